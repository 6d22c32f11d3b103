package io.supervisor;

import org.slf4j.MDC;

/**
 * What the thread of a run carries while it is in the run: its name, and the service and
 * the attempt in the logging context.
 */
final class RunScope {

	private static final String SERVICE_KEY = "supervisor.service";

	private static final String ATTEMPT_KEY = "supervisor.attempt";

	private RunScope() {
	}

	/**
	 * Do something about a run on another thread than its own, so that what is logged
	 * there is found by the service as well.
	 */
	static void about(String service, int attempt, Runnable task) {
		try {
			MDC.put(SERVICE_KEY, service);
			MDC.put(ATTEMPT_KEY, Integer.toString(attempt));
		}
		catch (Throwable ex) {
			// a logging system that throws: the task matters more
		}
		try {
			task.run();
		}
		finally {
			MDC.remove(SERVICE_KEY);
			MDC.remove(ATTEMPT_KEY);
		}
	}

	static void enter(Member member, int attempt) {
		Thread.currentThread().setName(member.threadName());
		MDC.put(SERVICE_KEY, member.name());
		MDC.put(ATTEMPT_KEY, Integer.toString(attempt));
	}

	/**
	 * Leave the thread as it was found; the executor may use it again. A virtual thread
	 * had no name, and is not used again.
	 */
	static void leave(String threadName) {
		try {
			MDC.remove(SERVICE_KEY);
			MDC.remove(ATTEMPT_KEY);
			if (!threadName.isEmpty()) {
				Thread.currentThread().setName(threadName);
			}
		}
		catch (Throwable ex) {
			// short of memory, or a logging system that throws: the run ends all the same
		}
	}

}
