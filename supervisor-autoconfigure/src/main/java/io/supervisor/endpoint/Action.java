package io.supervisor.endpoint;

/**
 * What can be asked of a group or a service.
 */
public enum Action {

	/**
	 * Start it.
	 */
	START,

	/**
	 * Stop it.
	 */
	STOP,

	/**
	 * Stop it, then start it.
	 */
	RESTART

}
