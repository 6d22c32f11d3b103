package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * What the judge knows of one run.
 */
final class JudgedRun {

	static final long NEVER = Long.MAX_VALUE / 4;

	final JudgedService service;

	final int attempt;

	/**
	 * What the executor does with it.
	 */
	final Handling handling;

	/**
	 * The lease that let it in.
	 */
	@Nullable JudgedPass pass;

	/**
	 * Why it is not well, as it has said last.
	 */
	@Nullable String degraded;

	boolean entered;

	boolean readied;

	int beats;

	/**
	 * The thread is out of it, or will never be in it.
	 */
	boolean over;

	/**
	 * Whether the thread found the token set.
	 */
	boolean sawToken;

	@Nullable Throwable thrown;

	boolean woken;

	/**
	 * Whether an action or an interrupt had begun before it was over.
	 */
	boolean disturbed;

	long interruptedAt = NEVER;

	/**
	 * When the group will give it up at the latest, once it was cancelled.
	 */
	long giveUpAt = NEVER;

	/**
	 * The group whose run it is for, by number.
	 */
	final int epoch;

	JudgedRun(JudgedService service, int attempt, Handling handling, int epoch) {
		this.service = service;
		this.attempt = attempt;
		this.handling = handling;
		this.epoch = epoch;
	}

	/**
	 * An action begins.
	 */
	void disturb() {
		this.disturbed |= !this.over;
	}

	boolean wasInterrupted() {
		return this.interruptedAt != NEVER;
	}

	@Override
	public String toString() {
		return this.service.name + "#" + this.attempt;
	}

	/**
	 * What an executor does with a run.
	 */
	enum Handling {

		ACCEPTED, REFUSED, CALLED_IN_THE_LOOP

	}

}
