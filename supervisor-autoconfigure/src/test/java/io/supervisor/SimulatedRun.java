package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * A run whose thread the player is: it goes in, announces, beats and ends when the script
 * says so.
 */
final class SimulatedRun {

	final SimulatedGroup group;

	final Run run;

	final JudgedRun judged;

	/**
	 * The nested group that it runs, if it does.
	 */
	final @Nullable SimulatedGroup nested;

	final Reaction reaction;

	/**
	 * What it throws when it reacts to a cancel.
	 */
	final @Nullable Throwable lastWords;

	boolean entered;

	boolean ended;

	private boolean interrupted;

	SimulatedRun(SimulatedGroup group, Run run, JudgedRun judged, @Nullable SimulatedGroup nested, Reaction reaction,
			@Nullable Throwable lastWords) {
		this.group = group;
		this.run = run;
		this.judged = judged;
		this.nested = nested;
		this.reaction = reaction;
		this.lastWords = lastWords;
	}

	boolean isLive() {
		return this.entered && !this.ended;
	}

	/**
	 * The executor has a thread for it.
	 */
	void enter() {
		this.entered = this.run.begin(new SimulatedThreads.ServiceThread(this));
		this.group.judge().entered(this.judged, this.entered);
		if (this.entered) {
			this.run.announceEntry();
		}
		else {
			this.ended = true;
		}
	}

	/**
	 * It returns, or throws.
	 */
	void end(@Nullable Throwable thrown) {
		this.ended = true;
		boolean cancelled = this.run.leave();
		this.group.judge().ended(this.judged, thrown, cancelled, this.run.cancellationCause().orElse(null));
		this.run.conclude(thrown, cancelled);
		this.run.loop().post(this.run);
	}

	/**
	 * Whether it does by itself what a cancel asks for.
	 */
	boolean reacts() {
		return isLive() && this.nested == null && switch (this.reaction) {
			case AT_ONCE -> this.run.isCancelled();
			case TO_THE_INTERRUPT -> this.interrupted;
			case NOT_AT_ALL -> false;
		};
	}

	void onWoken() {
		this.group.judge().woken(this.judged);
		if (this.nested != null) {
			this.nested.stopWith(this);
		}
	}

	void onInterrupted() {
		this.interrupted = true;
		this.group.judge().interrupted(this.judged);
		if (this.nested != null) {
			this.nested.interrupt();
		}
	}

	@Override
	public String toString() {
		return this.group.name() + "/" + this.run;
	}

	/**
	 * What a run does when it is cancelled.
	 */
	enum Reaction {

		AT_ONCE, TO_THE_INTERRUPT, NOT_AT_ALL

	}

}
