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

	static void enter(String service, int attempt) {
		Thread.currentThread().setName("supervisor-" + service);
		MDC.put(SERVICE_KEY, service);
		MDC.put(ATTEMPT_KEY, Integer.toString(attempt));
	}

	/**
	 * Leave the thread as it was found; the executor may use it again.
	 */
	static void leave(String threadName) {
		try {
			MDC.remove(SERVICE_KEY);
			MDC.remove(ATTEMPT_KEY);
			Thread.currentThread().setName(threadName);
		}
		catch (Throwable ex) {
			// short of memory, or a logging system that throws: the run ends all the same
		}
	}

}
