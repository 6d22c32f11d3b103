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

	/**
	 * Calls the executor, where that may block.
	 */
	private final @Nullable Submitter submitter;

	/**
	 * That of services which have none of their own.
	 */
	private final long startTimeout;

	/**
	 * Whether the run leaves alone what the stop before it did not end. Set by the thread
	 * that has claimed the run, before it is the owner.
	 */
	private boolean resuming;

	/**
	 * Who is to hear that the group is running, and whether it is, unheard.
	 */
	private @Nullable Runnable onRunning;

	private boolean runningUntold;

	/**
	 * Where among the members the latest one was that the start waits for.
	 */
	private int heldUpBy;

	/**
	 * Whether a member has ever come to a gate.
	 */
	private boolean gated;

	StartRules(GroupLoop loop, HeartbeatRules heartbeats, FailureRules failures, StopRules stops, Executor executor,
			boolean mayBlock, long startTimeout) {
		this.loop = loop;
		this.group = loop.group();
		this.heartbeats = heartbeats;
		this.failures = failures;
		this.stops = stops;
		this.executor = executor;
		this.submitter = mayBlock ? new Submitter(loop, executor) : null;
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
		this.runningUntold = false;
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
			this.group.agenda.set(member, member.startTimeout(this.startTimeout));
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
		this.gated = true;
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
		Submission submission = new Submission(member.nextRun(this.loop, this.group.epoch()));
		member.relations.startInOrder(false);
		this.group.agenda.set(member, member.startTimeout(this.startTimeout));
		this.group.roster.transition(member, ServiceState.STARTING);
		submit(submission);
	}

	/**
	 * Hand a run to the executor, or have it handed over.
	 */
	private void submit(Submission submission) {
		if (this.submitter == null) {
			submission.perform(this.executor);
			failIfRefused(submission);
			return;
		}
		try {
			this.submitter.submit(submission);
		}
		catch (Throwable ex) {
			submission.refuse(ex);
			failIfRefused(submission);
		}
	}

	/**
	 * An executor that may block has returned.
	 */
	void onSubmitted(Submission submission) {
		Submission after = Objects.requireNonNull(this.submitter).returned(submission);
		if (after != null) {
			submit(after);
		}
		failIfRefused(submission);
	}

	/**
	 * Fail the member whose run the executor has not taken, unless it has begun all the
	 * same or was withdrawn.
	 */
	private void failIfRefused(Submission submission) {
		if (!submission.isRefused() || !submission.run().withdraw()) {
			return;
		}
		Member member = submission.member();
		this.group.publication.notifyLog(submission::log);
		this.failures.ended(member, submission.isUnrecoverable() ? ServiceExit.UNRECOVERABLE : ServiceExit.FAILED,
				this.group.failure(member, submission.reason()));
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
	 * An attempt has taken too long to be ready (rule 3).
	 */
	void attemptTimedOut(Member member) {
		String limit = Durations.describe(member.startTimeout(this.startTimeout));
		if (member.requireRun().withdraw()) {
			this.failures.ended(member, ServiceExit.FAILED, this.group
				.failure(member, new TimeoutException("The executor did not begin it within " + limit
						+ "; every service needs a thread of its own, so it must have as many threads as there are services")));
		}
		else {
			this.failures.charge(member, CancellationCause.START_TIMEOUT, "Not ready within " + limit);
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
						+ Durations.describe(member.startTimeout(this.startTimeout)) + ". Its thread"
						+ StackTaker.describe(stack));
		if (!stack.isEmpty()) {
			reason.setStackTrace(stack.toArray(new StackTraceElement[0]));
		}
		this.failures.giveUp(member, this.group.failure(member, reason));
	}

	/**
	 * Whether the group's start is over (rule 3). Looks on from the member found last
	 * that holds it up, so that many turns look at each member a few times only.
	 */
	boolean isStarted() {
		Member[] members = this.group.roster.members();
		for (int i = 0; i < members.length; i++) {
			int index = (int) (((long) this.heldUpBy + i) % members.length);
			if (holdsUpStart(members[index])) {
				this.heldUpBy = index;
				return false;
			}
		}
		return true;
	}

	private boolean holdsUpStart(Member member) {
		return member.policy().critical() && switch (member.state) {
			case NEW, STARTING, BACKOFF, STOPPING -> true;
			case WAITING -> !mayBeHeldBack() || !member.isHeldBack();
			case STUCK -> member.then.isRestart();
			case RUNNING, STOPPED, COMPLETED, FAILED -> false;
		};
	}

	/**
	 * Whether there is anything that holds members back, so that it is worth while to
	 * follow one that waits to what it waits for in the end.
	 */
	private boolean mayBeHeldBack() {
		return this.gated
				|| this.group.roster.count(ServiceState.STOPPED) + this.group.roster.count(ServiceState.STUCK) > 0;
	}

	void becomeRunning() {
		this.group.moveTo(GroupState.RUNNING);
		this.runningUntold = true;
	}

	/**
	 * Tell the group around that this one is running, now that everybody sees it (rule
	 * 24).
	 */
	void tellRunning() {
		if (!this.runningUntold) {
			return;
		}
		this.runningUntold = false;
		try {
			if (this.onRunning != null) {
				this.onRunning.run();
			}
		}
		catch (Throwable ex) {
			// the context of a parent that is not ours
		}
	}

	/**
	 * The run of the group has ended.
	 */
	void end() {
		this.resuming = false;
	}

}
