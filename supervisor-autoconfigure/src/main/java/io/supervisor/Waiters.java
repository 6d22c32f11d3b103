package io.supervisor;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;

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
	 * Wait until what is looked at passes a test.
	 * @param service the service whose transitions may change what is looked at, or
	 * {@code null} for those of the group
	 * @param look reads what is tested; another object if that has changed
	 * @param test may be foreign code
	 * @param nanos how long at most
	 * @return {@code false} if the time was over first
	 */
	<T> boolean await(@Nullable String service, Supplier<T> look, Predicate<T> test, long nanos)
			throws InterruptedException {
		Waiter waiter = new Waiter(Thread.currentThread(), service);
		long start = this.timing.nanoTime();
		this.waiters.add(waiter);
		try {
			long left = nanos;
			while (true) {
				T seen = look.get();
				if (test.test(seen)) {
					return true;
				}
				if (Thread.interrupted()) {
					throw new InterruptedException();
				}
				if (left <= 0) {
					return false;
				}
				// a test that parks may have used up the wake-up for what it has not seen
				if (look.get() == seen) {
					this.timing.park(this, left);
				}
				left = (nanos != Durations.NONE) ? nanos - (this.timing.nanoTime() - start) : nanos;
			}
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
