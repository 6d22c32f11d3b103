package io.supervisor.lifecycle;

/**
 * What a failure of the group means for the application.
 */
public enum OnGroupFailure {

	/**
	 * {@link #REPORT} in a web application, otherwise {@link #EXIT}.
	 */
	AUTO,

	/**
	 * The application lives on and says so: health is down, liveness broken, and traffic
	 * is refused.
	 */
	REPORT,

	/**
	 * The application context is closed and the process ends, with an exit code that is
	 * not zero. Only for an application that was started from a {@code main} method; any
	 * other one reports.
	 */
	EXIT

}
