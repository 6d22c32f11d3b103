package io.supervisor;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs that were cancelled, whose threads are to be {@linkplain Run#wakeUp() woken}
 * together. Only accessed by the owner of the group.
 * <p>
 * A virtual thread that is woken from a platform thread, such as that of the loop, is
 * handed to a carrier that often has to be woken first, and sleeps again before the next
 * one comes: that takes longer than what the threads have to do. So one virtual thread
 * wakes the others. Where no carrier is free for it, none is for them; and who computes
 * there is interrupted by the loop when the grace period is over.
 */
final class WakeUps {

	/**
	 * From how many on a thread for it is worth its while. Fewer are interrupted at once
	 * even where they hold all carriers.
	 */
	private static final int MANY = 16;

	private final Timing timing;

	private final List<Run> runs = new ArrayList<>();

	WakeUps(Timing timing) {
		this.timing = timing;
	}

	void add(Run run) {
		this.runs.add(run);
	}

	/**
	 * Wake those that were added.
	 */
	void perform() {
		if (this.runs.isEmpty()) {
			return;
		}
		List<Run> runs = List.copyOf(this.runs);
		this.runs.clear();
		if (runs.size() >= MANY && GroupThreads.isVirtual(runs.get(0).thread())) {
			try {
				this.timing.start("supervisor-wake-up", () -> runs.forEach(Run::wakeUp));
				return;
			}
			catch (Throwable ex) {
				// no thread to be had: this one does it
			}
		}
		runs.forEach(Run::wakeUp);
	}

}
