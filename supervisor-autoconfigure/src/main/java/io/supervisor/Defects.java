package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * What a handler that threw has left (rule 26): a defect of ours, or no memory. It must
 * not leave services alone, so the group stops, and what was left undone is found from
 * the states of the members, soon, and again for as long as that fails.
 * <p>
 * Runs in the {@linkplain GroupLoop loop}; all of it is only accessed by the owner of the
 * group.
 */
final class Defects {

	/**
	 * How soon what has failed is tried once more.
	 */
	private static final long TEN_MILLISECONDS = 10_000_000L;

	private final Rules rules;

	private final Group group;

	/**
	 * When what was left is to be looked for.
	 */
	private final Deadline mending = new Mending();

	/**
	 * The first thing that a handler threw in this run of the group, whether that is why
	 * it stops, and whether it is among the failures.
	 */
	private @Nullable Throwable defect;

	private boolean stoppedByDefect;

	private boolean added;

	/**
	 * Whether a handler threw in the latest run of the group, or since: ends of stuck
	 * runs may be left.
	 */
	private boolean left;

	Defects(Rules rules) {
		this.rules = rules;
		this.group = rules.group();
	}

	/**
	 * A run of the group begins.
	 */
	void begin() {
		this.defect = null;
		this.stoppedByDefect = false;
		this.added = false;
		this.group.agenda.cancel(this.mending);
	}

	/**
	 * A handler threw. Needs no memory.
	 */
	void onDefect(Throwable ex) {
		boolean first = this.defect == null;
		if (this.group.isLive()) {
			this.defect = first ? ex : this.defect;
			this.group.agenda.set(this.mending, first ? 0 : TEN_MILLISECONDS);
		}
		else {
			this.left = true;
		}
		if (first) {
			this.group.publication.notifyLog((log) -> log.defect(this.group.name, ex));
		}
	}

	/**
	 * Stop the group, or go over its members once more if it stops already.
	 */
	private void mend() {
		if (this.group.isStopping()) {
			this.rules.stops().again();
		}
		else {
			this.stoppedByDefect = true;
			this.rules.stops().stopGroup(CancellationCause.DEFECT, GroupState.FAILED);
		}
		add();
	}

	/**
	 * The run of the group ends.
	 */
	void end() {
		add();
		this.left |= this.defect != null;
	}

	private void add() {
		if (this.defect != null && !this.added) {
			this.rules.failures().addDefect(this.defect, this.stoppedByDefect);
			this.added = true;
		}
	}

	/**
	 * Whether there may be something to do in a group that does not run.
	 */
	boolean isLeft() {
		return this.left;
	}

	/**
	 * Carry out the ends of runs that a handler has left, if any, in a group that does
	 * not run.
	 */
	void mendAtRest() {
		if (!this.left) {
			return;
		}
		this.left = false;
		for (Member member : this.group.roster.members()) {
			if (member.isEndLeft()) {
				this.rules.onEnded(member.requireRun());
			}
		}
	}

	/**
	 * The moment to look for what was left.
	 */
	private static final class Mending extends Deadline {

		@Override
		void due(Rules rules) {
			rules.defects().mend();
		}

	}

}
