package io.supervisor;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What the thread of a run carries while it is in the run: its name, and the service and
 * the attempt in the logging context.
 */
final class RunScope {

	private static final String SERVICE_KEY = "supervisor.service";

	private static final String ATTEMPT_KEY = "supervisor.attempt";

	private static final String FIRST = "1";

	private RunScope() {
	}

	/**
	 * Do something about a run on another thread than its own, so that what is logged
	 * there is found by the service as well.
	 */
	static void about(String service, int attempt, Runnable task) {
		@Nullable Map<String, String> found = null;
		try {
			found = extendContext(service, attempt);
		}
		catch (Throwable ex) {
			// a logging system that throws: the task matters more
		}
		try {
			task.run();
		}
		finally {
			restoreContext(found);
		}
	}

	/**
	 * Give the thread what it carries.
	 * @return the logging context it had, if any
	 */
	static @Nullable Map<String, String> enter(Member member, int attempt) {
		Thread.currentThread().setName(member.threadName());
		return extendContext(member.name(), attempt);
	}

	/**
	 * Leave the thread as it was found; the executor may use it again. A virtual thread
	 * had no name, and is not used again.
	 */
	static void leave(String threadName, @Nullable Map<String, String> context) {
		try {
			restoreContext(context);
			if (!threadName.isEmpty()) {
				Thread.currentThread().setName(threadName);
			}
		}
		catch (Throwable ex) {
			// short of memory, or a logging system that throws: the run ends all the same
		}
	}

	/**
	 * As a whole: a logging system then keeps a map that is no larger than it must be,
	 * for each of a hundred thousand threads.
	 */
	private static @Nullable Map<String, String> extendContext(String service, int attempt) {
		Map<String, String> found = MDC.getCopyOfContextMap();
		Map<String, String> context = Map.of(SERVICE_KEY, service, ATTEMPT_KEY,
				(attempt == 1) ? FIRST : Integer.toString(attempt));
		if (found != null) {
			Map<String, String> extended = new HashMap<>(found);
			extended.putAll(context);
			context = extended;
		}
		MDC.setContextMap(context);
		return found;
	}

	private static void restoreContext(@Nullable Map<String, String> found) {
		if (found != null) {
			MDC.setContextMap(found);
		}
		else {
			MDC.clear();
		}
	}

}
