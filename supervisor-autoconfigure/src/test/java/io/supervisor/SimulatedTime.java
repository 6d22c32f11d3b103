package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/**
 * Time that passes when a test says so. Threads that wait do wait, until they are woken.
 */
final class SimulatedTime implements Timing {

	private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

	/**
	 * Starts shortly before the overflow of the clock, which nobody should notice.
	 */
	private static final long START = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

	/**
	 * The thread that takes the stacks of those that are stuck.
	 */
	private static final String STACKS = "supervisor-stacks";

	private volatile long elapsed;

	void advance(long nanos) {
		this.elapsed += nanos;
	}

	Duration elapsed() {
		return Duration.ofNanos(this.elapsed);
	}

	@Override
	public long nanoTime() {
		return START + this.elapsed;
	}

	@Override
	public Instant instant() {
		return EPOCH.plusNanos(this.elapsed);
	}

	@Override
	public void park(Object blocker, long nanos) {
		LockSupport.park(blocker);
	}

	@Override
	public void unpark(Thread thread) {
		LockSupport.unpark(thread);
	}

	/**
	 * Stacks are taken at once.
	 */
	@Override
	public void start(Thread thread) {
		if (thread.getName().equals(STACKS)) {
			thread.run();
		}
		else {
			thread.start();
		}
	}

}
