package io.supervisor;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Threads that wait for a state. Each looks at the snapshots itself; the owner of the
 * group only wakes it, once a publication is complete: what one is told of is then in
 * every snapshot (rule 24).
 */
final class Waiters {

	private static final Waiter[] NOBODY = {};

	/**
	 * How long at least who has seen what it waits for waits for the rest of it.
	 */
	private static final long A_MOMENT = 100_000L;

	private final Timing timing;

	/**
	 * Changed by any thread, by CAS; an array is never changed.
	 */
	private final AtomicReference<Waiter[]> waiters = new AtomicReference<>(NOBODY);

	/**
	 * Who waited when the publication began that is under way. Only accessed by the owner
	 * of the group.
	 */
	private Waiter[] early = NOBODY;

	Waiters(Timing timing) {
		this.timing = timing;
	}

	/**
	 * Wait until what is looked at passes a test.
	 * @param service the service whose transitions may change what is looked at, or
	 * {@code null} for those of the group
	 * @param look reads what is tested; another object if that has changed
	 * @param test may be foreign code
	 * @param settled whether no publication is under way
	 * @param nanos how long at most
	 * @return {@code false} if the time was over first
	 */
	<T> boolean await(@Nullable String service, Supplier<T> look, Predicate<T> test, BooleanSupplier settled,
			long nanos) throws InterruptedException {
		Waiter waiter = new Waiter(Thread.currentThread(), service);
		long start = this.timing.nanoTime();
		add(waiter);
		try {
			long left = nanos;
			while (true) {
				T seen = look.get();
				boolean passed = test.test(seen);
				if (passed && settled.getAsBoolean()) {
					return true;
				}
				if (Thread.interrupted()) {
					throw new InterruptedException();
				}
				if (left <= 0 && !passed) {
					return false;
				}
				// a test that parks may have used up the wake-up for what it has not seen
				if (look.get() == seen) {
					this.timing.park(this, Math.max(left, A_MOMENT));
				}
				left = (nanos != Durations.NONE) ? nanos - (this.timing.nanoTime() - start) : nanos;
			}
		}
		finally {
			remove(waiter);
		}
	}

	private Waiter[] present() {
		return Objects.requireNonNull(this.waiters.get());
	}

	private void add(Waiter waiter) {
		while (true) {
			Waiter[] present = present();
			Waiter[] more = Arrays.copyOf(present, present.length + 1);
			more[present.length] = waiter;
			if (this.waiters.compareAndSet(present, more)) {
				return;
			}
		}
	}

	private void remove(Waiter waiter) {
		while (true) {
			Waiter[] present = present();
			Waiter[] less = NOBODY;
			if (present.length > 1) {
				less = new Waiter[present.length - 1];
				int size = 0;
				for (Waiter other : present) {
					if (other != waiter) {
						less[size++] = other;
					}
				}
			}
			if (this.waiters.compareAndSet(present, less)) {
				return;
			}
		}
	}

	/**
	 * A publication begins. For the owner of the group, as are the following.
	 */
	void begin() {
		this.early = present();
	}

	/**
	 * A service, or the group, has a new state: who waits for that is to look at the end
	 * of the publication.
	 */
	void mark(@Nullable String service) {
		for (Waiter waiter : present()) {
			if ((service == null) ? waiter.service == null : service.equals(waiter.service)) {
				waiter.due = true;
			}
		}
	}

	/**
	 * The publication is complete. Who came while it was under way may have seen a part
	 * of it, and is to look again as well.
	 */
	void wake() {
		Waiter[] present = present();
		for (Waiter waiter : present) {
			if (waiter.due || present != this.early) {
				waiter.due = false;
				this.timing.unpark(waiter.thread);
			}
		}
		this.early = NOBODY;
	}

	private static final class Waiter {

		private final Thread thread;

		private final @Nullable String service;

		/**
		 * Whether it is to be woken. Only accessed by the owner of the group.
		 */
		private boolean due;

		Waiter(Thread thread, @Nullable String service) {
			this.thread = thread;
			this.service = service;
		}

	}

}
