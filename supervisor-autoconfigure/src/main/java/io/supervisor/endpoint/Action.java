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
	 * Stop the group, and end the grace of all of its services: each is interrupted at
	 * once, whatever depends on it. Also for a group that is stopping already; not for a
	 * single service.
	 */
	STOP_NOW,

	/**
	 * Stop it, then start it.
	 */
	RESTART

}
