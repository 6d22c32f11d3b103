package io.supervisor;

/**
 * How a run ended by itself, as far as the restart decision wants to know.
 */
enum ServiceExit {

	/**
	 * It returned.
	 */
	COMPLETED,

	/**
	 * It failed.
	 */
	FAILED,

	/**
	 * It failed in a way that no restart mends (rules 7 and 15).
	 */
	UNRECOVERABLE

}
