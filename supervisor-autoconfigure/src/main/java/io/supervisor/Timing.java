package io.supervisor;

import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/**
 * The one source of time, of waiting and of the threads that no executor provides, so
 * that a test can put simulated ones in their place.
 */
interface Timing {

	/**
	 * The time of the machine.
	 */
	Timing SYSTEM = new Timing() {

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public Instant instant() {
			return Instant.now();
		}

		@Override
		public long millis() {
			return System.currentTimeMillis();
		}

		@Override
		public void park(Object blocker, long nanos) {
			if (nanos == Durations.NONE) {
				LockSupport.park(blocker);
			}
			else {
				LockSupport.parkNanos(blocker, nanos);
			}
		}

		@Override
		public void unpark(Thread thread) {
			LockSupport.unpark(thread);
		}

	};

	/**
	 * The wall clock again, for who has no memory to spare.
	 * @return milliseconds since 1970
	 */
	default long millis() {
		return instant().toEpochMilli();
	}

	/**
	 * The monotonic clock.
	 */
	long nanoTime();

	/**
	 * The wall clock.
	 */
	Instant instant();

	/**
	 * Wait until unparked, interrupted, or the time is over; may return for no reason.
	 * @param nanos how long; {@link Durations#NONE} for as long as it takes
	 */
	void park(Object blocker, long nanos);

	/**
	 * Let a thread go on that waits in {@link #park(Object, long)}, or its next call
	 * return at once.
	 */
	void unpark(Thread thread);

	/**
	 * Start a thread of the group's own that may live for long.
	 */
	default void start(Thread thread) {
		thread.start();
	}

	/**
	 * Do something short beside the services.
	 * @see GroupThreads#start(String, Runnable)
	 */
	default void start(String name, Runnable task) {
		GroupThreads.start(name, task);
	}

}
