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
 * loop does it after a moment. For the same reason the actions for a cancel get threads
 * that need no carrier where theirs have not begun after another moment (rule 34).
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

	/**
	 * How long a thread that is to perform actions may take to begin.
	 */
	private static final long HUNDRED_MILLISECONDS = 100_000_000L;

	/**
	 * How many threads take over at a time.
	 */
	private static final int HELPERS = 16;

	private final Group group;

	private final List<Run> runs = new ArrayList<>();

	/**
	 * Actions that were released and may not have begun.
	 */
	private final List<Release> releases = new ArrayList<>();

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
		boolean many = this.runs.size() >= MANY && GroupThreads.isVirtual(this.runs.get(0).thread());
		if (!many || !handOver()) {
			wake(this.runs);
			if (countUnbegun(this.runs) > 0) {
				watchActions();
			}
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
			watchActions();
			return true;
		}
		catch (Throwable ex) {
			return false;
		}
	}

	/**
	 * See to it that actions depend on no carrier for ever. Short of memory they do.
	 */
	private void watchActions() {
		if (!GroupThreads.hasVirtual()) {
			return;
		}
		try {
			Release release = new Release(List.copyOf(this.runs));
			this.releases.add(release);
			this.group.agenda.set(release, HUNDRED_MILLISECONDS);
		}
		catch (OutOfMemoryError ex) {
			// their own threads have to do
		}
	}

	/**
	 * The run of the group is over: there will be no loop to look at what has not begun.
	 */
	void leave() {
		for (int i = 0; i < this.releases.size(); i++) {
			this.releases.get(i).takeOver(1);
		}
		this.releases.clear();
	}

	private static void wake(List<Run> runs) {
		for (int i = 0; i < runs.size(); i++) {
			runs.get(i).wakeUp();
		}
	}

	private static int countUnbegun(List<Run> runs) {
		int count = 0;
		for (int i = 0; i < runs.size(); i++) {
			count += runs.get(i).hasUnbegunActions() ? 1 : 0;
		}
		return count;
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

	/**
	 * Runs whose actions were released together.
	 */
	private final class Release extends Deadline implements Runnable {

		private final List<Run> runs;

		Release(List<Run> runs) {
			this.runs = runs;
		}

		@Override
		void due(Rules rules) {
			takeOver(HELPERS);
			if (countUnbegun(this.runs) > 0) {
				WakeUps.this.group.agenda.set(this, HUNDRED_MILLISECONDS);
			}
			else {
				WakeUps.this.releases.remove(this);
			}
		}

		/**
		 * Have other threads perform what has not begun: each goes over all of it, so
		 * that there need not be one for each of many thousands.
		 */
		void takeOver(int helpers) {
			try {
				Group group = WakeUps.this.group;
				for (int i = Math.min(countUnbegun(this.runs), helpers); i > 0; i--) {
					group.timing.start(GroupThreads.daemon("supervisor-cancel", this, group.classLoader));
				}
			}
			catch (Throwable ex) {
				// no thread to be had: with the next look, or their own
			}
		}

		@Override
		public void run() {
			for (Run run : this.runs) {
				run.takeOverActions();
			}
		}

	}

}
