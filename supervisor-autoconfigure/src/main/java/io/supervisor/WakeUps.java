package io.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs that were cancelled, whose threads are to be {@linkplain Run#wakeUp() woken}
 * together. Only accessed by the owner of the group.
 * <p>
 * A virtual thread that is woken from a platform thread, such as that of the loop, is
 * handed to a carrier that often has to be woken first, and sleeps again before the next
 * one comes: that takes longer than what the threads have to do. So one virtual thread
 * wakes the others. Where services hold all carriers it finds none to begin on, and the
 * loop does it after a moment.
 */
final class WakeUps {

	/**
	 * From how many on a thread for it is worth its while.
	 */
	private static final int MANY = 16;

	/**
	 * How long the loop waits for that thread to begin.
	 */
	private static final long TEN_MILLISECONDS = 10_000_000L;

	private final Group group;

	private final List<Run> runs = new ArrayList<>();

	WakeUps(Group group) {
		this.group = group;
	}

	void add(Run run) {
		try {
			this.runs.add(run);
		}
		catch (OutOfMemoryError ex) {
			run.wakeUp();
		}
	}

	/**
	 * Wake those that were added.
	 */
	void perform() {
		if (this.runs.isEmpty()) {
			return;
		}
		if (this.runs.size() < MANY || !GroupThreads.isVirtual(this.runs.get(0).thread()) || !handOver()) {
			wake(this.runs);
		}
		this.runs.clear();
	}

	/**
	 * Let another thread wake them.
	 * @return {@code false} if there is none
	 */
	private boolean handOver() {
		try {
			Batch batch = new Batch(List.copyOf(this.runs));
			this.group.timing.start("supervisor-wake-up", batch);
			this.group.agenda.set(batch, TEN_MILLISECONDS);
			return true;
		}
		catch (Throwable ex) {
			return false;
		}
	}

	private static void wake(List<Run> runs) {
		for (int i = 0; i < runs.size(); i++) {
			runs.get(i).wakeUp();
		}
	}

	/**
	 * Runs that one thread wakes: whichever begins first.
	 */
	private static final class Batch extends Deadline implements Runnable {

		private final List<Run> runs;

		private final AtomicBoolean begun = new AtomicBoolean();

		Batch(List<Run> runs) {
			this.runs = runs;
		}

		@Override
		public void run() {
			if (this.begun.compareAndSet(false, true)) {
				wake(this.runs);
			}
		}

		@Override
		void due(Rules rules) {
			run();
		}

	}

}
