package io.supervisor;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * All rules of a group, and which of them something that happens is for.
 * <p>
 * They form a ladder: {@link Commands} and {@link LeaseRules} start, {@link StartRules}
 * hand over to {@link HeartbeatRules} and {@link FailureRules}, failures to
 * {@link RestartRules}, restarts to {@link StopRules}. A rule calls down the ladder only;
 * what goes up is a state, or is left in the {@link Agenda}, and this class, which is
 * above them all, takes it to the rule that it concerns.
 * <p>
 * Runs in the {@linkplain GroupLoop loop}; nothing here waits, and no foreign code is
 * called but the {@link Executor#execute} of an executor that cannot block and
 * {@link Thread#interrupt}.
 */
final class Rules {

	private final Group group;

	private final Ownership ownership;

	private final Commands commands;

	private final LeaseRules leases;

	private final StartRules starts;

	private final ObservationRules observations;

	private final HeartbeatRules heartbeats;

	private final FailureRules failures;

	private final RestartRules restarts;

	private final StopRules stops;

	/**
	 * Whether the group goes on when all have ended by themselves, and when there are
	 * none.
	 */
	private final boolean keepOpen;

	private final Defects defects;

	Rules(GroupLoop loop, Executor executor, boolean mayBlock, DoubleSupplier random, long startTimeout,
			long shutdownTimeout, boolean keepOpen) {
		this.keepOpen = keepOpen;
		this.group = loop.group();
		this.ownership = loop.ownership();
		this.stops = new StopRules(this.group, loop.wakeUps(), loop.stacks(), shutdownTimeout);
		this.restarts = new RestartRules(this.group, this.stops, random);
		this.failures = new FailureRules(this.group, this.restarts, this.stops);
		this.observations = new ObservationRules(this.group, this.stops);
		this.heartbeats = new HeartbeatRules(this.group, this.failures);
		this.starts = new StartRules(loop, this.heartbeats, this.failures, this.stops, executor, mayBlock,
				startTimeout);
		this.leases = new LeaseRules(this.group, this.starts, this.stops);
		this.commands = new Commands(this, this.ownership);
		this.defects = new Defects(this);
	}

	/**
	 * A run of the group begins.
	 */
	void begin(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		this.defects.mendAtRest();
		this.group.begin(this.ownership.run(), parent);
		this.defects.begin();
		this.stops.begin(parent);
		this.starts.begin(onRunning);
		if (parent != null && parent.isCancelled()) {
			onParentCancelled(parent);
		}
	}

	/**
	 * What a member waited for has happened.
	 */
	void proceed(Member member) {
		this.stops.order().letGo(member);
		if (member.pending != null && member.hasNoRun() && this.group.isInPresentRun(member)) {
			this.commands.carryOutPending(member);
		}
		if (member.state == ServiceState.WAITING) {
			this.starts.tryStart(member);
		}
		else if (member.doom != null) {
			this.stops.cancelInOrder(member);
		}
		else if (member.state == ServiceState.BACKOFF && member.relations.scopeAwaited) {
			this.restarts.leaveBackOff(member);
		}
		else {
			removeIfDone(member);
		}
	}

	/**
	 * One that is to leave the group when it is done may be (rule 32).
	 */
	private void removeIfDone(Member member) {
		if (member.isToGo() && this.group.isLive() && !this.group.isStopping() && this.group.isInPresentRun(member)
				&& this.group.roster.has(member)) {
			this.commands.removeEnded(member);
		}
	}

	void sweep(Sweep sweep) {
		Member member = this.group.agenda.takeSwept(this.group.roster.members());
		if (member != null) {
			sweep(sweep, member);
		}
	}

	private void sweep(Sweep sweep, Member member) {
		if (member.isEndLeft()) {
			onEnded(member.requireRun());
		}
		switch (sweep) {
			case START -> firstStart(member);
			case STOP -> this.stops.stopWithGroup(member);
			case FORCE -> this.stops.force(member);
			case GIVE_UP -> this.stops.giveUp(member);
		}
	}

	/**
	 * A member has its turn in the start of the group, or has come later.
	 */
	void firstStart(Member member) {
		if (this.group.isInPresentRun(member)) {
			return;
		}
		this.starts.enlist(member);
		this.commands.carryOutPending(member);
		if (member.state == ServiceState.WAITING) {
			this.starts.tryStart(member);
		}
		removeIfDone(member);
	}

	/**
	 * The moment of a member has come.
	 */
	void onDue(Member member) {
		switch (member.state) {
			case STARTING -> this.starts.attemptTimedOut(member);
			case RUNNING -> this.heartbeats.look(member);
			case BACKOFF -> this.restarts.leaveBackOff(member);
			case WAITING -> this.starts.olderRunLivesOn(member);
			case STOPPING -> {
				if (member.givenUp) {
					becomeStuck(member);
				}
				else if (member.interrupted) {
					this.stops.giveUpRun(member);
				}
				else {
					this.stops.graceIsOver(member);
				}
			}
			case NEW, STUCK, STOPPED, COMPLETED, FAILED ->
				throw new IllegalStateException("a deadline of " + member + ", which waits for nothing");
		}
	}

	private void becomeStuck(Member member) {
		this.failures.becomeStuck(member);
		this.commands.onStuck(member);
	}

	/**
	 * The thread that takes stacks has one, or could not take it.
	 */
	void onStackTaken(Run run, List<StackTraceElement> stack) {
		Member member = run.member();
		if (run.isEnded()) {
			return;
		}
		if (member.run == run && member.givenUp) {
			member.stack = stack;
			if (member.state == ServiceState.STOPPING) {
				becomeStuck(member);
			}
			else if (member.state == ServiceState.STUCK) {
				this.group.publication.publish(member);
			}
		}
		else if (member.older == run) {
			member.stack = stack;
			this.group.publication.publish(member);
		}
	}

	/**
	 * The moment has come to do something to all members.
	 */
	void onDue(Sweep sweep) {
		this.stops.escalate(sweep);
	}

	/**
	 * The thread of a run has left it.
	 */
	void onEnded(Run run) {
		Member member = run.member();
		if (member.older == run) {
			this.starts.olderRunEnded(member, run);
		}
		else if (member.run != run) {
			throw new IllegalStateException("a run ended that nobody knows: " + run);
		}
		else if (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING) {
			this.failures.endedByItself(member, run);
		}
		else {
			ServiceFailure failure = run.failure();
			if (failure != null) {
				this.failures.addSecondary(run, failure);
			}
			this.restarts.endedAfterCancel(member, failure);
		}
		this.commands.carryOutPending(member);
		removeIfDone(member);
	}

	/**
	 * The thread of the loop was interrupted (rule 22).
	 */
	void onInterrupt() {
		if (this.group.isStopping()) {
			endGrace();
		}
		else {
			onStop(CancellationCause.SHUTDOWN);
		}
	}

	/**
	 * Nobody has any time left but to react to its interrupt.
	 */
	void endGrace() {
		if (this.group.isStopping()) {
			this.stops.escalate(Sweep.FORCE);
		}
	}

	/**
	 * The group is to stop, or to stop sooner.
	 */
	void onStop(CancellationCause cause) {
		if (this.group.isStopping()) {
			this.stops.limitStop();
		}
		else if (this.group.isLive()) {
			this.stops.stopGroup(cause, GroupState.STOPPED);
		}
	}

	/**
	 * The run is cancelled that the group is a part of.
	 */
	void onParentCancelled(ServiceContext parent) {
		CancellationCause cause = CancellationCause.PARENT;
		try {
			cause = CancellationCause.parent(parent.cancellationCause().orElse(null));
		}
		catch (Throwable ex) {
			// no memory, or a context that is not ours: stop all the same
		}
		onStop(cause);
	}

	/**
	 * No run came of a claim.
	 */
	void onAbandoned() {
		if (!this.group.isLive() && !this.ownership.isClaimed()) {
			this.commands.refusePending("'" + this.group.name + "' could not be run");
			this.group.publication.wakeWaiters();
		}
	}

	/**
	 * Look whether the group as a whole has got on (rules 3 and 4).
	 */
	void advance() {
		if (this.group.agenda.hasWork()) {
			return;
		}
		if (this.group.isIn(GroupState.STARTING) && this.starts.isStarted()) {
			this.starts.becomeRunning();
		}
		if (this.group.isIn(GroupState.RUNNING) && hasEndedByItself()) {
			finish(GroupState.COMPLETED);
		}
		if (isLeftToAuxiliaries()) {
			this.stops.stopGroup(CancellationCause.GROUP_COMPLETED, GroupState.COMPLETED);
			return;
		}
		if (this.group.isStopping() && !this.group.roster.hasLive()) {
			finish(this.group.outcome());
		}
	}

	private boolean hasEndedByItself() {
		Roster roster = this.group.roster;
		return !this.keepOpen
				&& roster.count(ServiceState.COMPLETED) + roster.count(ServiceState.FAILED) == roster.size();
	}

	/**
	 * Whether nobody but auxiliary services has anything to do (rule 31).
	 */
	private boolean isLeftToAuxiliaries() {
		return (this.group.isIn(GroupState.STARTING) || this.group.isIn(GroupState.RUNNING)) && !this.keepOpen
				&& !this.group.roster.isHeldOpen() && this.group.roster.size() > 0;
	}

	private void finish(GroupState outcome) {
		this.defects.end();
		this.starts.end();
		this.group.agenda.clear();
		this.stops.reportStop();
		this.commands.refusePending("'" + this.group.name + "' has ended");
		if (outcome == GroupState.FAILED) {
			this.group.publication.complete();
		}
		this.ownership.endClaim();
		this.group.moveTo(outcome);
	}

	Group group() {
		return this.group;
	}

	Commands commands() {
		return this.commands;
	}

	LeaseRules leases() {
		return this.leases;
	}

	StartRules starts() {
		return this.starts;
	}

	ObservationRules observations() {
		return this.observations;
	}

	FailureRules failures() {
		return this.failures;
	}

	RestartRules restarts() {
		return this.restarts;
	}

	StopRules stops() {
		return this.stops;
	}

	Defects defects() {
		return this.defects;
	}

}
