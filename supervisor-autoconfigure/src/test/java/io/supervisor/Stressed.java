package io.supervisor;

import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the concurrency tests of the core have in common. Each makes its objects anew for
 * every sample, so these are cheap ones: runs of a group that does not run.
 */
final class Stressed {

	/**
	 * What has not come by then never will.
	 */
	private static final long PATIENCE = 20_000_000_000L;

	static {
		((Logger) LoggerFactory.getLogger(ServiceGroup.class)).setLevel(Level.OFF);
	}

	private static final GroupLoop LOOP = ServiceGroup.builder("links").service("a", (context) -> {
	}).timing(new ImpatientTiming(), () -> 0).build().loop();

	private static final Thread ELSEWHERE = new Thread();

	private Stressed() {
	}

	static Run run() {
		return new Run(LOOP, LOOP.group().roster.members()[0], 1, 1, null);
	}

	/**
	 * A run in a thread that nobody minds being interrupted.
	 */
	static Run begunElsewhere() {
		Run run = run();
		run.begin(ELSEWHERE);
		return run;
	}

	/**
	 * Wait for another actor, or for a thread of the group.
	 * @return {@code false} if that does not come
	 */
	static boolean await(BooleanSupplier condition) {
		long start = System.nanoTime();
		for (int i = 0; !condition.getAsBoolean(); i++) {
			if (i < 1000) {
				Thread.onSpinWait();
			}
			else {
				Thread.yield();
				if (System.nanoTime() - start > PATIENCE) {
					return false;
				}
			}
		}
		return true;
	}

	/**
	 * What a service does, for an actor, which must not throw.
	 * @return what it returned, or 2 if it was interrupted
	 */
	static int call(Callable<Boolean> body) {
		try {
			return bit(body.call());
		}
		catch (InterruptedException ex) {
			return 2;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Wait for the cancel, or the end, of a run.
	 */
	static int awaitCancellation(Run run) {
		return call(() -> {
			run.awaitCancellation();
			return run.isCancelled();
		});
	}

	/**
	 * What the loop does to cancel a run.
	 */
	static void cancel(Run run) {
		if (run.cancel(CancellationCause.SHUTDOWN, 7)) {
			run.wakeUp();
		}
	}

	static int bit(boolean value) {
		return value ? 1 : 0;
	}

	static final class LostWakeUpError extends AssertionError {

		private static final long serialVersionUID = 1L;

	}

	/**
	 * A park that nobody ends is an error, not a test that hangs.
	 */
	static final class ImpatientTiming extends DelegatingTiming {

		@Override
		public void park(Object blocker, long nanos) {
			long start = nanoTime();
			super.park(blocker, Math.min(nanos, PATIENCE));
			if (nanoTime() - start >= PATIENCE) {
				throw new LostWakeUpError();
			}
		}

	}

}
