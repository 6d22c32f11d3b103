package io.supervisor;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Start (rules 1 to 5, 17 and 21): when a service starts, when it is ready, and what
 * follows when it is not. Handlers in the order of a service's life; runs in the
 * {@linkplain GroupLoop loop}.
 */
final class StartRules {

	private final GroupLoop loop;

	private final Group group;

	private final HeartbeatRules heartbeats;

	private final FailureRules failures;

	private final StopRules stops;

	private final Executor executor;

	private final long startTimeout;

	private final Deadline startDeadline = new Sweep.At(Sweep.START_TIMEOUT);

	/**
	 * Whether the run leaves alone what the stop before it did not end. Set by the thread
	 * that has claimed the run, before it is the owner.
	 */
	private boolean resuming;

	private @Nullable Runnable onRunning;

	/**
	 * Where among the members the latest one was that the start waits for.
	 */
	private int heldUpBy;

	StartRules(GroupLoop loop, HeartbeatRules heartbeats, FailureRules failures, StopRules stops, Executor executor,
			long startTimeout) {
		this.loop = loop;
		this.group = loop.group();
		this.heartbeats = heartbeats;
		this.failures = failures;
		this.stops = stops;
		this.executor = executor;
		this.startTimeout = startTimeout;
	}

	/**
	 * Let the run that was claimed take up what a stop has ended.
	 */
	void resume() {
		this.resuming = true;
	}

	/**
	 * A run of the group begins.
	 */
	void begin(@Nullable Runnable onRunning) {
		this.onRunning = onRunning;
		this.group.agenda.set(this.startDeadline, this.startTimeout);
		this.group.agenda.sweep(Sweep.START);
	}

	/**
	 * Bring a member from an earlier run of the group, or from none, into this one.
	 * @return {@code false} if it stays as it is
	 */
	boolean enlist(Member member) {
		if (this.group.isInPresentRun(member)) {
			return false;
		}
		member.epoch = this.group.epoch();
		if (this.resuming && member.outlastsStop()) {
			return false;
		}
		member.lastFailure = null;
		member.inARow = 0;
		member.cause = null;
		member.doom = null;
		member.relations.holdBackNoLonger();
		member.relations.startInOrder(this.resuming);
		member.relations.unblock();
		if (member.run != null) {
			member.older = member.run;
		}
		this.group.roster.transition(member, ServiceState.WAITING);
		return true;
	}

	/**
	 * Start a member that is waiting, if nothing is missing (rules 2 and 21).
	 */
	void tryStart(Member member) {
		if (this.group.isStopping()) {
			this.stops.stopUnstarted(member);
			return;
		}
		if (member.older != null) {
			this.group.agenda.set(member, this.startTimeout);
			publishMissing(member);
			return;
		}
		Member missing = member.relations.firstMissing();
		if (missing == null) {
			if (isLetIn(member)) {
				start(member);
			}
			return;
		}
		member.leaveGate();
		if (missing.state == ServiceState.FAILED) {
			this.failures.giveUp(member, this.group.failure(member, new IllegalStateException(
					"It cannot start: '" + missing.name() + "', which it depends on, has failed", missing.failed())));
		}
		else {
			member.waitForStartOf(missing);
			publishMissing(member);
		}
	}

	/**
	 * Whether a member need not wait at its gate; asks for a pass where it has none.
	 */
	private boolean isLetIn(Member member) {
		RunGate gate = member.definition().gate();
		if (gate == null) {
			return true;
		}
		member.relations.unblock();
		if (member.pass == null) {
			GatePass pass = new GatePass(this.loop, member);
			member.pass = pass;
			try {
				gate.request(pass);
			}
			catch (Throwable ex) {
				this.failures.giveUp(member,
						this.group.failure(member, new IllegalStateException("Its gate cannot be asked", ex)));
				return false;
			}
		}
		if (member.pass.isOpen(this.group.agenda.now())) {
			return true;
		}
		publishMissing(member);
		return false;
	}

	/**
	 * Say what a member waits for, if that has changed.
	 */
	void publishMissing(Member member) {
		String missing = member.describeMissing();
		if (!Objects.equals(missing, member.waitingFor)) {
			member.waitingFor = missing;
			this.group.publication.publish(member);
		}
	}

	private void start(Member member) {
		Run run = member.nextRun(this.loop, this.group.epoch());
		member.relations.startInOrder(false);
		if (this.group.isIn(GroupState.RUNNING)) {
			this.group.agenda.set(member, this.startTimeout);
		}
		this.group.roster.transition(member, ServiceState.STARTING);
		@Nullable Throwable refusal = null;
		try {
			this.executor.execute(run);
		}
		catch (Throwable ex) {
			refusal = ex;
		}
		if ((refusal != null || run.calledByLoop()) && run.withdraw()) {
			notStarted(member, refusal);
		}
	}

	private void notStarted(Member member, @Nullable Throwable refusal) {
		String message = "The executor called it in the thread that asked; every service needs a thread of its own";
		if (refusal instanceof OutOfMemoryError) {
			message = "No thread could be created for it (java.lang.OutOfMemoryError): a limit of the process, its user or its container on threads or on memory is reached";
		}
		else if (refusal != null) {
			message = "The executor refused to start it; every service needs a thread of its own, so it must have as many threads as there are services";
		}
		ServiceExit exit = (refusal instanceof VirtualMachineError) ? ServiceExit.UNRECOVERABLE : ServiceExit.FAILED;
		this.failures.ended(member, exit, this.group.failure(member, new IllegalStateException(message, refusal)));
	}

	void onEntered(Run run) {
		Member member = run.member();
		if (member.run != run) {
			return;
		}
		member.entered();
		if (!member.announces()) {
			becomeReady(member, run);
		}
		else {
			this.group.publication.publish(member);
		}
	}

	void onReady(Run run) {
		if (run.member().run == run) {
			run.member().lookAtThread(run);
		}
		becomeReady(run.member(), run);
	}

	private void becomeReady(Member member, Run run) {
		if (member.run != run || member.state != ServiceState.STARTING) {
			return;
		}
		member.wasReady = true;
		member.readySince = this.group.agenda.now();
		this.group.agenda.cancel(member);
		this.group.roster.transition(member, ServiceState.RUNNING);
		this.heartbeats.begin(member, run);
	}

	/**
	 * An attempt has taken too long to be ready.
	 */
	void attemptTimedOut(Member member) {
		startTimedOut(member, Durations.describe(this.startTimeout));
	}

	private void startTimedOut(Member member, String limit) {
		Run run = member.requireRun();
		if (!run.withdraw()) {
			this.failures.charge(member, CancellationCause.START_TIMEOUT, "Not ready within " + limit);
			return;
		}
		ServiceFailure failure = this.group.failure(member, new TimeoutException("The executor did not begin it within "
				+ limit
				+ "; every service needs a thread of its own, so it must have as many threads as there are services"));
		if (this.group.agenda.isSweeping(Sweep.START_TIMEOUT)) {
			this.failures.giveUp(member, failure);
		}
		else {
			this.failures.ended(member, ServiceExit.FAILED, failure);
		}
	}

	/**
	 * The run that a member waits for has ended, from an earlier run of the group.
	 */
	void olderRunEnded(Member member, Run run) {
		member.older = null;
		if (run.pass() != null) {
			run.pass().release();
		}
		member.stack = null;
		if (member.state == ServiceState.WAITING) {
			this.group.agenda.cancel(member);
			member.relations.lookAtFailedFirst();
			this.group.agenda.wake(member);
		}
	}

	/**
	 * The run that a member waits for does not end.
	 */
	void olderRunLivesOn(Member member) {
		Run older = Objects.requireNonNull(member.older);
		List<StackTraceElement> stack = (member.stack != null) ? member.stack : List.of();
		IllegalStateException reason = new IllegalStateException(
				"Attempt " + older.attempt() + " from an earlier run of the group is stuck and has not ended within "
						+ Durations.describe(this.startTimeout) + ". Its thread" + StackTaker.describe(stack));
		if (!stack.isEmpty()) {
			reason.setStackTrace(stack.toArray(new StackTraceElement[0]));
		}
		this.failures.giveUp(member, this.group.failure(member, reason));
	}

	/**
	 * The group's start has taken too long: whatever is not ready fails for good (rule
	 * 3).
	 */
	void startTimedOut(Member member) {
		String limit = Durations.describe(this.startTimeout);
		switch (member.state) {
			case STARTING -> startTimedOut(member, limit);
			case WAITING -> {
				if (member.older != null) {
					olderRunLivesOn(member);
				}
				else if (!member.isHeldBack()) {
					this.failures.giveUp(member, this.group.failure(member, new TimeoutException(
							"Not ready within " + limit + ": still waiting for " + member.waitingFor)));
				}
			}
			case BACKOFF -> {
				ServiceFailure last = member.lastFailure;
				this.group.roster.transition(member, ServiceState.WAITING);
				this.failures.giveUp(member, notReady(member, last, limit));
			}
			case STOPPING -> {
				if (member.then.isRestart()) {
					ServiceFailure last = (member.then == Member.Then.BACKOFF) ? member.lastFailure : null;
					ServiceFailure failure = notReady(member, last, limit);
					member.then = Member.Then.FAILED;
					member.lastFailure = failure;
					this.failures.failForGood(member, failure);
				}
			}
			case NEW, RUNNING, STUCK, STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	/**
	 * The failure of one whose next attempt would come too late: the one that it was to
	 * be restarted after, if any.
	 */
	private ServiceFailure notReady(Member member, @Nullable ServiceFailure last, String limit) {
		return (last != null && last.attempt() == member.attempt) ? last.withRemark("not ready within " + limit)
				: this.group.failure(member, new TimeoutException("Not ready within " + limit));
	}

	/**
	 * All that were not ready in time are known.
	 */
	void startIsOver() {
		if (this.failures.isStartFailed()) {
			this.failures.stopGroup(CancellationCause.SHUTDOWN, GroupState.FAILED);
		}
		else {
			becomeRunning();
		}
	}

	/**
	 * Whether the group's start is over (rule 3).
	 */
	boolean isStarted() {
		Roster roster = this.group.roster;
		int waiting = roster.count(ServiceState.WAITING);
		int unsettled = roster.count(ServiceState.NEW) + waiting + roster.count(ServiceState.STARTING)
				+ roster.count(ServiceState.BACKOFF) + roster.count(ServiceState.STOPPING);
		return unsettled == 0 || (unsettled == waiting && !isHeldUp());
	}

	/**
	 * Whether a member waits that the start has to wait for. Looks on from the one found
	 * last, so that many turns look at each member a few times only.
	 */
	private boolean isHeldUp() {
		Member[] members = this.group.roster.members();
		for (int i = 0; i < members.length; i++) {
			int index = (int) (((long) this.heldUpBy + i) % members.length);
			if (members[index].state == ServiceState.WAITING && !members[index].isHeldBack()) {
				this.heldUpBy = index;
				return true;
			}
		}
		return false;
	}

	void becomeRunning() {
		this.group.agenda.cancel(this.startDeadline);
		this.group.moveTo(GroupState.RUNNING);
		if (this.onRunning == null) {
			return;
		}
		try {
			this.onRunning.run();
		}
		catch (Throwable ex) {
			// the context of a parent that is not ours
		}
	}

	/**
	 * The start of the group is of no interest any more: it stops, or has ended.
	 */
	void end() {
		this.group.agenda.cancel(this.startDeadline);
		this.resuming = false;
	}

}
