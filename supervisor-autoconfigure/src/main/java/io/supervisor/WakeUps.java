package io.supervisor;

import java.util.ArrayList;
import java.util.List;

/**
 * Threads of runs that wait for their cancel, to be woken together. Only accessed by the
 * owner of the group.
 * <p>
 * A virtual thread that is woken from a platform thread, such as that of the loop, is
 * handed to a carrier that often has to be woken first, and sleeps again before the next
 * one comes: that takes longer than what the threads have to do. So one virtual thread
 * wakes the others.
 */
final class WakeUps {

	/**
	 * From how many on a thread for it is worth its while.
	 */
	private static final int MANY = 16;

	private final Timing timing;

	private final List<Thread> threads = new ArrayList<>();

	WakeUps(Timing timing) {
		this.timing = timing;
	}

	void add(Thread thread) {
		this.threads.add(thread);
	}

	/**
	 * Wake those that were added.
	 */
	void perform() {
		if (this.threads.isEmpty()) {
			return;
		}
		List<Thread> threads = List.copyOf(this.threads);
		this.threads.clear();
		if (threads.size() >= MANY && GroupThreads.isVirtual(threads.get(0))) {
			try {
				this.timing.start("supervisor-wake-up", () -> wake(threads));
				return;
			}
			catch (Throwable ex) {
				// no thread to be had: this one does it
			}
		}
		wake(threads);
	}

	private void wake(List<Thread> threads) {
		threads.forEach(this.timing::unpark);
	}

}
