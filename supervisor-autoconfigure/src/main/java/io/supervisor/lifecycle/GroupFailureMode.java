package io.supervisor.lifecycle;

/**
 * What a failure of the group means in this application, and why.
 *
 * @param exit whether the process ends; otherwise the failure is reported
 * @param reason why, in a few words
 */
record GroupFailureMode(boolean exit, String reason) {

	/**
	 * Ending the process is only for an application that was started from a {@code main}
	 * method.
	 * @param wanted what was configured
	 * @param web whether the application is a web application
	 * @param site where it was started from
	 */
	static GroupFailureMode of(OnGroupFailure wanted, boolean web, LaunchSite site) {
		return switch (wanted) {
			case REPORT -> new GroupFailureMode(false, "as configured");
			case EXIT -> ofExit("as configured", site);
			case AUTO -> web ? new GroupFailureMode(false, "web application") : ofExit("no web application", site);
		};
	}

	private static GroupFailureMode ofExit(String reason, LaunchSite site) {
		return (site == LaunchSite.MAIN) ? new GroupFailureMode(true, reason)
				: new GroupFailureMode(false, "no exit " + site.description());
	}

	@Override
	public String toString() {
		return (this.exit ? "a failure of the group ends the process" : "a failure of the group is reported") + " ("
				+ this.reason + ")";
	}

}
