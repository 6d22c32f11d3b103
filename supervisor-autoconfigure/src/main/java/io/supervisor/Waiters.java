package io.supervisor;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Threads that wait for a state. Each looks at the snapshots itself; the owner of the
 * group only wakes it.
 */
final class Waiters {

	private final Timing timing;

	private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

	Waiters(Timing timing) {
		this.timing = timing;
	}

	/**
	 * Wait until a condition holds.
	 * @param service the service whose transitions may change the condition, or
	 * {@code null} for those of the group
	 * @param nanos how long at most
	 * @return {@code false} if the time was over first
	 */
	boolean await(@Nullable String service, BooleanSupplier condition, long nanos) throws InterruptedException {
		Waiter waiter = new Waiter(Thread.currentThread(), service);
		long start = this.timing.nanoTime();
		this.waiters.add(waiter);
		try {
			long left = nanos;
			while (!condition.getAsBoolean()) {
				if (Thread.interrupted()) {
					throw new InterruptedException();
				}
				if (left <= 0) {
					return false;
				}
				this.timing.park(this, left);
				left = (nanos != Durations.NONE) ? nanos - (this.timing.nanoTime() - start) : nanos;
			}
			return true;
		}
		finally {
			this.waiters.remove(waiter);
		}
	}

	/**
	 * A service, or the group, has a new state. For the owner of the group, after it was
	 * published.
	 */
	void wake(@Nullable String service) {
		if (this.waiters.isEmpty()) {
			return;
		}
		for (Waiter waiter : this.waiters) {
			if ((service == null) ? waiter.service == null : service.equals(waiter.service)) {
				this.timing.unpark(waiter.thread);
			}
		}
	}

	private static final class Waiter {

		private final Thread thread;

		private final @Nullable String service;

		Waiter(Thread thread, @Nullable String service) {
			this.thread = thread;
			this.service = service;
		}

	}

}
