package io.supervisor;

/**
 * The classes of the core that have something to initialize, and those that nothing uses
 * before a stop. A class whose initialization fails once, for want of memory or of stack,
 * can never be used again: so none is first initialized in the loop, which would then end
 * (rule 26). And a stop needs no memory, so it must not be what loads a class.
 */
final class CoreClasses {

	/**
	 * Also those that the compiler makes for a {@code switch}, which not every compiler
	 * does.
	 */
	private static final String[] NAMES = { "CancelActions", "CancelActions$Action", "CancellationCause",
			"CancellationCause$1", "CancellationCause$Kind", "Command$Kind", "Commands$1", "Durations",
			"FailureRules$1", "GroupEvent$LogLine", "GroupLog", "GroupLog$1", "GroupState", "GroupState$1",
			"GroupThreads", "ListenerThread", "Member", "Member$1", "Member$Then", "MembersByName", "OnCompletion",
			"Placement", "Placement$Kind", "Relations", "RestartDecision$Kind", "RestartPolicy", "RestartPolicy$Mode",
			"RestartPolicy$Scope", "RestartRules$1", "Roster", "Rules$1", "Run", "RunLog", "RunReport", "RunWord",
			"ServiceExit", "ServicePolicy", "ServiceSnapshot$1", "ServiceSnapshot$Details", "ServiceState",
			"ServiceState$1", "SignalQueue", "StackSpace", "StackTaker", "StartRules$1", "StateCounts", "StopReport",
			"StopRules$1", "Submitter$Worker", "Sweep", "Throwables", "Timing", "Waiters" };

	/**
	 * Of the JDK, what the loop uses and other code perhaps does not.
	 */
	private static final String RESULT = "java.util.concurrent.FutureTask";

	private static boolean initialized;

	private CoreClasses() {
	}

	/**
	 * For the thread that builds a group; twice does no harm.
	 */
	static void initialize() {
		if (initialized) {
			return;
		}
		for (String name : NAMES) {
			initialize("io.supervisor." + name);
		}
		initialize(RESULT);
		initialized = true;
	}

	private static void initialize(String name) {
		try {
			Class.forName(name, true, CoreClasses.class.getClassLoader());
		}
		catch (ClassNotFoundException ex) {
			// not made by this compiler
		}
	}

}
