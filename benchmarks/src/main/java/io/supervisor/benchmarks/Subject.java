package io.supervisor.benchmarks;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Who is measured.
 */
enum Subject {

	SUPERVISOR("Supervisor", "SupervisorPeer", true, 0),

	BARE("bare threads", "BareThreadsPeer", true, 0),

	STRUCTURED_TASK_SCOPE("StructuredTaskScope", "StructuredTaskScopePeer", false, 25),

	KOTLIN("Kotlin coroutineScope", "KotlinPeer", false, 0),

	JOX("jox", "JoxPeer", false, 25),

	GUAVA("Guava ServiceManager", "GuavaPeer", true, 0),

	PEKKO("Pekko typed", "PekkoPeer", false, 0),

	GO("Go", null, false, 0),

	/**
	 * The group alone: with nothing behind SLF4J there is no logging context, which the
	 * others do not have either.
	 */
	ALONE("Supervisor, no logging context", "SupervisorPeer", true, 0);

	private final String title;

	private final @Nullable String className;

	private final boolean platformThreads;

	private final int onlyOn;

	Subject(String title, @Nullable String className, boolean platformThreads, int onlyOn) {
		this.title = title;
		this.className = (className != null) ? "io.supervisor.benchmarks.group." + className : null;
		this.platformThreads = platformThreads;
		this.onlyOn = onlyOn;
	}

	String title() {
		return this.title;
	}

	/**
	 * The class, but for Go, which has none.
	 */
	@Nullable String className() {
		return this.className;
	}

	/**
	 * What its forks are started with.
	 */
	List<String> jvmOptions() {
		return (this == ALONE) ? List.of("-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider") : List.of();
	}

	boolean runsOn(int feature, Threads threads) {
		boolean threadsFit = (threads == Threads.VIRTUAL) ? feature >= 21 : this.platformThreads;
		return threadsFit && (this.onlyOn == 0 || this.onlyOn == feature);
	}

	/**
	 * The key of a measurement of a group.
	 */
	String group(Threads threads, int size, String step) {
		return "groups/" + name() + '/' + threads + '/' + size + '/' + step;
	}

	String memory() {
		return "memory/" + name();
	}

}
