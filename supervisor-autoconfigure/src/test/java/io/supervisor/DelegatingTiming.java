package io.supervisor;

import java.time.Instant;

/**
 * The time of the machine, for tests that watch or disturb it.
 */
class DelegatingTiming implements Timing {

	@Override
	public long nanoTime() {
		return SYSTEM.nanoTime();
	}

	@Override
	public Instant instant() {
		return SYSTEM.instant();
	}

	@Override
	public void park(Object blocker, long nanos) {
		SYSTEM.park(blocker, nanos);
	}

	@Override
	public void unpark(Thread thread) {
		SYSTEM.unpark(thread);
	}

}
