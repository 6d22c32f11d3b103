package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * Stop (rules 18, 19 and 22): who is cancelled when, and what follows when it does not
 * end. Handlers in the order of a stop; runs in the {@linkplain GroupLoop loop}.
 */
final class StopRules {

	/**
	 * How long the stack of a stuck thread is waited for (rule 24).
	 */
	private static final long ONE_SECOND = 1_000_000_000L;

	/**
	 * How much earlier than its parent a nested group gives up, so that it is not taken
	 * for stuck while it waits for stacks (rule 24).
	 */
	private static final long THREE_SECONDS = 3 * ONE_SECOND;

	private final Group group;

	private final WakeUps wakeUps;

	private final StackTaker stacks;

	private final StopOrder order;

	private final long shutdownTimeout;

	/**
	 * The run that the present run of the group is a part of.
	 */
	private @Nullable ServiceContext parent;

	/**
	 * When it is over in any case, or {@link Durations#NONE}.
	 */
	private long stopAt;

	private final Deadline shutdownDeadline = new Sweep.At(Sweep.GIVE_UP);

	/**
	 * What was last done to all members of a group that stops, or is being done.
	 */
	private Sweep stage = Sweep.STOP;

	/**
	 * Of the stop of the group that is under way or was the latest.
	 */
	private @Nullable StopReport report;

	StopRules(Group group, WakeUps wakeUps, StackTaker stacks, long shutdownTimeout) {
		this.group = group;
		this.wakeUps = wakeUps;
		this.stacks = stacks;
		this.order = new StopOrder(group);
		this.shutdownTimeout = shutdownTimeout;
	}

	StopOrder order() {
		return this.order;
	}

	long shutdownTimeout() {
		return this.shutdownTimeout;
	}

	/**
	 * A run of the group begins.
	 */
	void begin(@Nullable ServiceContext parent) {
		this.parent = parent;
	}

	/**
	 * Begin to stop the whole group, if it does not yet (rule 18).
	 */
	void stopGroup(CancellationCause cause, GroupState outcome) {
		if (this.group.isStopping()) {
			return;
		}
		this.stopAt = Durations.NONE;
		this.stage = Sweep.STOP;
		limitStop();
		this.group.agenda.sweep(Sweep.STOP);
		this.group.stop(cause, outcome);
		try {
			this.report = new StopReport(this.group.agenda.now());
		}
		catch (OutOfMemoryError ex) {
			this.report = null;
		}
	}

	/**
	 * Do something to all members of a group that stops, unless more than that is done
	 * already.
	 */
	void escalate(Sweep next) {
		if (next.compareTo(this.stage) > 0) {
			this.stage = next;
		}
		this.group.agenda.sweep(this.stage);
	}

	/**
	 * See once more to it that each member has a next step.
	 */
	void again() {
		this.group.agenda.sweep(this.stage);
	}

	/**
	 * Set when it is over in any case, or move that forward, and with it what each member
	 * has of the time.
	 */
	void limitStop() {
		long limit = shutdownLimit();
		long now = this.group.agenda.now();
		if (limit == Durations.NONE || (this.shutdownDeadline.isSet() && now + limit - this.shutdownDeadline.at >= 0)) {
			return;
		}
		this.stopAt = now + limit;
		this.group.agenda.set(this.shutdownDeadline, limit);
		again();
	}

	/**
	 * A nested group is to be through before its parent gives it up.
	 */
	private long shutdownLimit() {
		if (this.parent instanceof Run run && run.isCancelRequested() && run.giveUpAt() != Durations.NONE) {
			long left = Math.max(0, run.giveUpAt() - this.group.agenda.now() - THREE_SECONDS);
			return Math.min(this.shutdownTimeout, left);
		}
		return this.shutdownTimeout;
	}

	/**
	 * It is a member's turn in the stop of the group.
	 */
	void stopWithGroup(Member member) {
		this.order.enter(member);
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				member.doom = this.group.stopCause();
				cancelInOrder(member);
				if (member.doom != null) {
					moveForward(member.relations, share(member));
				}
			}
			case STOPPING -> {
				stayStopped(member);
				if (!member.interrupted && member.isSet()) {
					moveForward(member, share(member));
				}
				setDeadline(member);
			}
			case STUCK -> stayStopped(member);
			case STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	/**
	 * One that is about to end has a deadline, unless a handler threw before it set it.
	 */
	private void setDeadline(Member member) {
		if (!member.isSet() && (member.givenUp || !member.isExcused())) {
			this.group.agenda.set(member,
					member.givenUp ? ONE_SECOND : member.interrupted ? member.interruptPeriod() : grace(member));
		}
	}

	private void moveForward(Deadline deadline, long delay) {
		if (delay != Durations.NONE && (!deadline.isSet() || this.group.agenda.now() + delay - deadline.at < 0)) {
			this.group.agenda.set(deadline, delay);
		}
	}

	/**
	 * How much of the time that is left for the stop of the group a member may take
	 * before its interrupt, or before it is cancelled whatever depends on it: all but its
	 * interrupt period, and two thirds at least.
	 */
	private long share(Member member) {
		if (!this.group.isStopping() || this.stopAt == Durations.NONE) {
			return Durations.NONE;
		}
		long left = Math.max(0, this.stopAt - this.group.agenda.now());
		return Math.max(left - member.interruptPeriod(), 2 * left / 3);
	}

	private long grace(Member member) {
		return Math.min(member.gracePeriod(), share(member));
	}

	private static void stayStopped(Member member) {
		if (member.then.isRestart()) {
			member.then = Member.Then.STOPPED;
		}
	}

	void stopUnstarted(Member member) {
		member.epoch = this.group.epoch();
		member.cause = this.group.isStopping() ? this.group.stopCause() : CancellationCause.STOPPED;
		this.group.agenda.cancel(member);
		this.group.roster.transition(member, ServiceState.STOPPED);
	}

	/**
	 * Cancel a member that is to end as soon as no live one depends on it, at any
	 * distance.
	 */
	void cancelInOrder(Member member) {
		if (member.doom != null && member.relations.notThrough == 0
				&& (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING)) {
			cancel(member, member.doom, this.group.isStopping() ? Member.Then.STOPPED : Member.Then.WAITING);
		}
	}

	/**
	 * Those that depend on a member have not ended in time to leave it its own.
	 */
	void cancelOutOfOrder(Member member) {
		if (member.doom != null && this.group.isStopping()
				&& (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING)) {
			cancel(member, member.doom, Member.Then.STOPPED);
		}
	}

	/**
	 * Cancel the run of a member; one that has not begun ends at once (rule 5).
	 */
	void cancel(Member member, CancellationCause cause, Member.Then then) {
		Run run = member.requireRun();
		member.cause = cause;
		member.then = then;
		member.doom = null;
		member.cancelledAt = this.group.agenda.now();
		this.group.agenda.cancel(member.relations);
		member.interrupted = false;
		member.givenUp = false;
		if (run.withdraw() || run.isWithdrawn()) {
			this.group.agenda.cancel(member);
			this.group.roster.transition(member, ServiceState.STOPPED);
			if (then == Member.Then.WAITING) {
				this.group.roster.transition(member, ServiceState.WAITING);
			}
			this.group.agenda.wake(member);
			return;
		}
		if (run.cancel(cause, giveUpAt(member))) {
			this.wakeUps.add(run);
		}
		this.group.roster.transition(member, ServiceState.STOPPING);
		long grace = grace(member);
		if (member.isExcused()) {
			excuse(member);
		}
		else if (grace == 0) {
			interrupt(member);
		}
		else {
			this.group.agenda.set(member, grace);
		}
	}

	private long giveUpAt(Member member) {
		long own = plus(plus(this.group.agenda.now(), member.gracePeriod()), member.interruptPeriod());
		GatePass pass = member.requireRun().pass();
		if (pass != null && member.cause == CancellationCause.LEASE_LOST
				&& (own == Durations.NONE || pass.validUntil - own < 0)) {
			own = pass.validUntil;
		}
		if (!this.group.isStopping() || this.stopAt == Durations.NONE) {
			return own;
		}
		return (own == Durations.NONE || this.stopAt - own < 0) ? this.stopAt : own;
	}

	private static long plus(long time, long delay) {
		return (time == Durations.NONE || delay == Durations.NONE) ? Durations.NONE : time + delay;
	}

	/**
	 * The thread of a run waits for the stop of the group, which therefore does not wait
	 * for it; until its time is over altogether (rule 34).
	 */
	void excuse(Member member) {
		if (!member.givenUp) {
			this.group.agenda.cancel(member);
		}
		// those that it depends on need not wait for it
		this.group.agenda.wake(member);
		this.group.publication.excused();
	}

	/**
	 * A run that is about to end is to end by a given moment at the latest.
	 */
	void endBy(Member member, long moment) {
		if (member.state != ServiceState.STOPPING || member.interrupted || member.isExcused()) {
			return;
		}
		long grace = moment - this.group.agenda.now() - member.interruptPeriod();
		if (grace <= 0) {
			interrupt(member);
		}
		else {
			moveForward(member, grace);
		}
	}

	/**
	 * A run that is about to end asks for more time (rule 30).
	 */
	void extend(Member member, RunReport report) {
		if (member.interrupted || !member.isSet()) {
			return;
		}
		long extension = Math.min(report.extensionFrom(member.cancelledAt), longestGrace(member));
		if (member.cancelledAt + extension - member.at > 0) {
			this.group.agenda.set(member, member.cancelledAt + extension - this.group.agenda.now());
		}
	}

	/**
	 * How long a run may have from its cancel to its interrupt, however much time it asks
	 * for: its share of the shutdown timeout, also where only it stops, and what its
	 * lease leaves.
	 */
	private long longestGrace(Member member) {
		long most = this.shutdownTimeout;
		if (this.group.isStopping() && this.stopAt != Durations.NONE) {
			most = Math.min(most, Math.max(0, this.stopAt - member.cancelledAt));
		}
		if (most != Durations.NONE) {
			most = Math.max(most - member.interruptPeriod(), 2 * (most / 3));
		}
		GatePass pass = member.requireRun().pass();
		if (pass == null || pass.cancelAt() - this.group.agenda.now() > 0) {
			return most;
		}
		return Math.min(most, pass.validUntil - member.interruptPeriod() - member.cancelledAt);
	}

	/**
	 * The grace period of a run is over.
	 */
	void graceIsOver(Member member) {
		interrupt(member);
		int attempt = member.attempt;
		long grace = this.group.agenda.now() - member.cancelledAt;
		this.group.publication.notifyLog((log) -> log.interrupted(member.name(), attempt, grace));
	}

	private void interrupt(Member member) {
		// who is still to be woken is told of the cancel first
		this.wakeUps.perform();
		member.interrupted = true;
		member.requireRun().interrupt();
		this.group.agenda.set(member, member.interruptPeriod());
	}

	/**
	 * There is no more grace, for any member.
	 */
	void force(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				cancel(member, this.group.stopCause(), Member.Then.STOPPED);
				interruptOnce(member);
			}
			case STOPPING -> {
				stayStopped(member);
				interruptOnce(member);
				setDeadline(member);
			}
			case STUCK -> stayStopped(member);
			case STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	private void interruptOnce(Member member) {
		if (member.state == ServiceState.STOPPING && !member.interrupted && !member.isExcused()) {
			interrupt(member);
		}
	}

	/**
	 * There is no more time, for any member.
	 */
	void giveUp(Member member) {
		force(member);
		if (member.state == ServiceState.STOPPING && !member.givenUp) {
			giveUpRun(member);
		}
	}

	/**
	 * A run has not ended after its cancel and its interrupt. It is stuck once its stack
	 * is there, or can be waited for no longer (rule 24).
	 */
	void giveUpRun(Member member) {
		Run run = member.requireRun();
		member.givenUp = true;
		this.group.agenda.set(member, 0);
		if (this.stacks.take(run, member.requireCause(), this.group.agenda.now() - member.cancelledAt)) {
			this.group.agenda.set(member, ONE_SECOND);
		}
	}

	void becomeStuck(Member member) {
		this.group.agenda.cancel(member);
		member.lookAtThread(member.requireRun());
		this.group.roster.transition(member, ServiceState.STUCK);
	}

	/**
	 * A run has ended that was cancelled.
	 */
	void ended(Member member) {
		member.stack = null;
		member.givenUp = false;
		this.group.agenda.cancel(member);
		if (this.report != null) {
			this.report.ended(member.name(), this.group.agenda.now() - member.cancelledAt);
		}
		if (this.group.isStopping()) {
			// its turn in the stop may be still to come
			stayStopped(member);
		}
	}

	/**
	 * The stop of the group is over.
	 */
	void reportStop() {
		StopReport report = this.report;
		this.report = null;
		if (report == null) {
			return;
		}
		for (Member member : this.group.roster.members()) {
			if (member.state == ServiceState.STUCK) {
				report.stuck(member.name());
			}
		}
		long now = this.group.agenda.now();
		this.group.publication.notifyLog((log) -> log.stopped(this.group.name, report, now));
	}

}
