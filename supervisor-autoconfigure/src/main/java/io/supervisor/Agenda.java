package io.supervisor;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What the owner of a group has to do next: members to look at again, something to do to
 * all of them, and deadlines; and what the time is. A rule that wants something of a rule
 * above it leaves it here. Only accessed by the owner of the group.
 */
final class Agenda {

	private final Timing timing;

	private final Deadlines deadlines = new Deadlines();

	/**
	 * The members to look at again, linked by {@link Member#nextWoken}: that needs no
	 * memory.
	 */
	private @Nullable Member firstWoken;

	private @Nullable Member lastWoken;

	/**
	 * What is being done to all members, and how many have had their turn.
	 */
	private @Nullable Sweep sweep;

	private int swept;

	/**
	 * The present, on both clocks, as of the latest look.
	 */
	private long now;

	private Instant instant;

	Agenda(Timing timing) {
		this.timing = timing;
		this.now = timing.nanoTime();
		this.instant = timing.instant();
	}

	/**
	 * Look at the clocks.
	 */
	void look() {
		this.now = this.timing.nanoTime();
		this.instant = this.timing.instant();
	}

	long now() {
		return this.now;
	}

	Instant instant() {
		return this.instant;
	}

	/**
	 * Set or move a deadline; one at {@link Durations#NONE} from now never comes.
	 */
	void set(Deadline deadline, long delay) {
		this.deadlines.set(deadline, this.now, delay);
	}

	void cancel(Deadline deadline) {
		this.deadlines.cancel(deadline);
	}

	/**
	 * The nearest deadline that is due, which is not set any more.
	 */
	@Nullable Deadline takeDue() {
		Deadline first = this.deadlines.first();
		if (first == null || this.now - first.at < 0) {
			return null;
		}
		this.deadlines.cancel(first);
		return first;
	}

	/**
	 * How long there is nothing to do but for signals.
	 * @return nanoseconds, or {@link Durations#NONE}
	 */
	long untilNextDeadline() {
		Deadline first = this.deadlines.first();
		return (first != null) ? Math.max(0, first.at - this.timing.nanoTime()) : Durations.NONE;
	}

	/**
	 * Look at a member again: what it waited for has happened.
	 */
	void wake(Member member) {
		if (member.woken) {
			return;
		}
		member.woken = true;
		if (this.lastWoken == null) {
			this.firstWoken = member;
		}
		else {
			this.lastWoken.nextWoken = member;
		}
		this.lastWoken = member;
	}

	/**
	 * The next member to look at again.
	 */
	@Nullable Member takeWoken() {
		Member member = this.firstWoken;
		if (member != null) {
			this.firstWoken = member.nextWoken;
			if (this.firstWoken == null) {
				this.lastWoken = null;
			}
			member.nextWoken = null;
			member.woken = false;
		}
		return member;
	}

	/**
	 * Do something to all members, instead of what was being done to them.
	 */
	void sweep(Sweep sweep) {
		this.sweep = sweep;
		this.swept = 0;
	}

	@Nullable Sweep sweep() {
		return this.sweep;
	}

	/**
	 * The member whose turn it is in the sweep; {@code null} if all had theirs, which is
	 * the end of it.
	 * @param members each after those that it depends on
	 */
	@Nullable Member takeSwept(Member[] members) {
		if (this.sweep != null && this.swept < members.length) {
			return this.sweep.member(members, this.swept++);
		}
		this.sweep = null;
		return null;
	}

	/**
	 * A member has gone that stood at this place.
	 */
	void removed(Member[] members, Member member) {
		for (int i = 0; this.sweep != null && i < this.swept; i++) {
			if (this.sweep.member(members, i) == member) {
				this.swept--;
				return;
			}
		}
	}

	boolean hasWork() {
		return this.sweep != null || this.firstWoken != null;
	}

	/**
	 * The run of the group is over.
	 */
	void clear() {
		this.deadlines.clear();
	}

}
