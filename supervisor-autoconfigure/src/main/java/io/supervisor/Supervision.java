package io.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The rules: what follows when something happens to a service (design §5). Each signal
 * and each deadline has one handler here, in the order of a service's life. All of it
 * runs in the {@linkplain GroupLoop loop}, which owns the state; nothing here waits, and
 * no foreign code is called but {@link Executor#execute} and {@link Thread#interrupt}.
 */
final class Supervision {

	/**
	 * How much earlier than its parent a nested group gives up (rule 18).
	 */
	private static final long ONE_SECOND = 1_000_000_000L;

	private final GroupLoop loop;

	private final Commands commands;

	private final Executor executor;

	private final DoubleSupplier random;

	private final long startTimeout;

	private GroupState outcome = GroupState.COMPLETED;

	/**
	 * Why the group is about to stop, as soon as all that were not ready in time are
	 * known.
	 */
	private @Nullable CancellationCause startFailure;

	/**
	 * When it is over in any case, or {@link Durations#NONE}.
	 */
	private long stopAt;

	/**
	 * The number of the group's run.
	 */
	private int epoch;

	private @Nullable ServiceContext parent;

	private @Nullable Runnable onRunning;

	/**
	 * Why the next run is to return at once.
	 */
	private @Nullable CancellationCause stopRequested;

	private final Deadline startDeadline = new GroupDeadline(Sweep.START_TIMEOUT);

	private final Deadline forceDeadline = new GroupDeadline(Sweep.FORCE);

	private final Deadline shutdownDeadline = new GroupDeadline(Sweep.GIVE_UP);

	private long longestInterruptPeriod;

	private int stacksWanted;

	/**
	 * Where among the members the latest one was that the start waits for.
	 */
	private int heldUpBy;

	private final long shutdownTimeout;

	/**
	 * Of the stop of the group that is under way or was the latest.
	 */
	private @Nullable StopReport stopReport;

	Supervision(GroupLoop loop, Executor executor, DoubleSupplier random, long startTimeout, long shutdownTimeout) {
		this.loop = loop;
		this.commands = new Commands(loop, this);
		this.executor = executor;
		this.random = random;
		this.startTimeout = startTimeout;
		this.shutdownTimeout = shutdownTimeout;
	}

	Commands commands() {
		return this.commands;
	}

	/**
	 * There is one more member.
	 */
	void included(Member member) {
		this.longestInterruptPeriod = Math.max(this.longestInterruptPeriod, member.interruptPeriod());
	}

	/**
	 * There is one member less.
	 */
	void excluded(Member member) {
		if (member.interruptPeriod() == this.longestInterruptPeriod) {
			this.longestInterruptPeriod = 0;
			for (Member other : this.loop.members) {
				included(other);
				if (this.longestInterruptPeriod == member.interruptPeriod()) {
					return;
				}
			}
		}
	}

	/**
	 * Begin a run of the group.
	 */
	void begin(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		this.parent = parent;
		this.onRunning = onRunning;
		this.epoch++;
		this.startFailure = null;
		this.outcome = GroupState.COMPLETED;
		this.stacksWanted = 0;
		this.loop.deadlines.set(this.startDeadline, this.loop.now, this.startTimeout);
		this.loop.sweep(Sweep.START);
		this.loop.moveTo(GroupState.STARTING);
		if (this.stopRequested != null) {
			stopGroup(this.stopRequested, GroupState.STOPPED);
			this.stopRequested = null;
		}
	}

	/**
	 * It is a member's turn in a sweep.
	 */
	void onSweep(Sweep sweep, Member member) {
		switch (sweep) {
			case START -> firstStart(member);
			case START_TIMEOUT -> startTimedOut(member);
			case STOP -> stopWithGroup(member);
			case FORCE -> force(member);
			case GIVE_UP -> giveUpWaiting(member);
		}
	}

	/**
	 * All members had their turn.
	 */
	void onSwept(Sweep sweep) {
		if (this.startFailure != null) {
			stopGroup(this.startFailure, GroupState.FAILED);
		}
		else if (sweep == Sweep.START_TIMEOUT) {
			becomeRunning();
		}
	}

	long shutdownTimeout() {
		return this.shutdownTimeout;
	}

	boolean isInPresentRun(Member member) {
		return member.epoch == this.epoch;
	}

	void firstStart(Member member) {
		if (isInPresentRun(member)) {
			return;
		}
		enlist(member);
		this.commands.carryOutPending(member);
		if (member.state == ServiceState.WAITING) {
			tryStart(member);
		}
	}

	/**
	 * Bring a member from an earlier run of the group, or from none, into this one.
	 * @return {@code false} if it stays as it is
	 */
	boolean enlist(Member member) {
		if (member.epoch == this.epoch) {
			return false;
		}
		member.epoch = this.epoch;
		if (this.loop.resuming && member.outlastsStop()) {
			return false;
		}
		member.lastFailure = null;
		member.inARow = 0;
		member.cause = null;
		member.doom = null;
		member.relations.holdBackNoLonger();
		member.relations.unblock();
		if (member.run != null) {
			member.older = member.run;
		}
		this.loop.transition(member, ServiceState.WAITING);
		return true;
	}

	/**
	 * Start a member that is waiting, if nothing is missing (rules 2 and 21).
	 */
	void tryStart(Member member) {
		if (this.loop.state == GroupState.STOPPING) {
			stopUnstarted(member);
			return;
		}
		if (member.older != null) {
			this.loop.deadlines.set(member, this.loop.now, this.startTimeout);
			publishMissing(member);
			return;
		}
		Member missing = member.relations.firstMissing();
		if (missing != null) {
			leaveGate(member);
		}
		if (missing == null) {
			if (isLetIn(member)) {
				start(member);
			}
		}
		else if (missing.state == ServiceState.FAILED) {
			giveUp(member, failure(member, new IllegalStateException(
					"It cannot start: '" + missing.name() + "', which it depends on, has failed", cause(missing))));
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
				giveUp(member, failure(member, new IllegalStateException("Its gate cannot be asked", ex)));
				return false;
			}
		}
		if (member.pass.isOpen(this.loop.now)) {
			return true;
		}
		publishMissing(member);
		return false;
	}

	/**
	 * A member does not want to run any more.
	 */
	void leaveGate(Member member) {
		GatePass pass = member.pass;
		member.pass = null;
		release(pass);
	}

	/**
	 * A pass goes back, now that its run has ended, or will not begin.
	 */
	void release(@Nullable GatePass pass) {
		if (pass == null || pass.released) {
			return;
		}
		pass.released = true;
		this.loop.deadlines.cancel(pass);
		try {
			Objects.requireNonNull(pass.member().definition().gate()).release(pass);
		}
		catch (Throwable ex) {
			this.loop.notifyLog((log) -> log.passNotReturned(pass.service(), ex));
		}
	}

	void onHeldBy(GatePass pass, Lease lease) {
		if (pass.granted) {
			return;
		}
		pass.lease = lease;
		Member member = pass.member();
		publishMissing(member);
		if (pass.isHeldElsewhere()) {
			this.loop.wakeStartWaiters(member);
		}
	}

	void onGranted(GatePass pass, long token, long validUntil) {
		pass.granted = true;
		pass.token = token;
		onValid(pass, validUntil);
	}

	void onExtended(GatePass pass, long validUntil) {
		if (pass.granted && validUntil - pass.validUntil > 0) {
			onValid(pass, validUntil);
		}
	}

	private void onValid(GatePass pass, long validUntil) {
		Member member = pass.member();
		pass.validUntil = validUntil;
		pass.lease = new Lease(null, this.loop.instant.plusNanos(validUntil - this.loop.now), pass.token);
		if (member.pass == pass) {
			tryStart(member);
		}
		else if (member.run == pass.run) {
			this.loop.publish(member);
		}
		if (pass.run != null && !pass.released) {
			this.loop.deadlines.set(pass, this.loop.now, Math.max(0, pass.cancelAt() - this.loop.now));
		}
	}

	/**
	 * What lets a run in was not extended in time.
	 */
	void onPassExpiring(GatePass pass) {
		endRunOf(pass, CancellationCause.LEASE_LOST, pass.validUntil);
	}

	void onRevoked(GatePass pass) {
		pass.validUntil = this.loop.now;
		endRunOf(pass, CancellationCause.LEASE_LOST, this.loop.now);
	}

	void onHandOver(GatePass pass) {
		endRunOf(pass, CancellationCause.HANDED_OVER, Durations.NONE);
	}

	/**
	 * Cancel the run that a pass has let in, and see to it that it ends by a given
	 * moment; one that is about to end for another reason ends in time or faster.
	 * @param by when, or {@link Durations#NONE}
	 */
	private void endRunOf(GatePass pass, CancellationCause cause, long by) {
		Member member = pass.member();
		if (pass.run == null) {
			leaveGate(member);
			tryStart(member);
			return;
		}
		if (member.run != pass.run) {
			return;
		}
		if (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING) {
			cancel(member, cause, (this.loop.state == GroupState.STOPPING) ? Member.Then.STOPPED : Member.Then.WAITING);
		}
		if (by != Durations.NONE && member.run == pass.run && member.state == ServiceState.STOPPING
				&& !member.interrupted) {
			long grace = by - this.loop.now - member.interruptPeriod();
			if (grace <= 0) {
				interrupt(member);
			}
			else if (!member.isSet() || this.loop.now + grace - member.at < 0) {
				this.loop.deadlines.set(member, this.loop.now, grace);
			}
		}
	}

	private static @Nullable Throwable cause(Member failed) {
		return (failed.lastFailure != null) ? failed.lastFailure.cause() : null;
	}

	private void publishMissing(Member member) {
		String missing = member.describeMissing();
		if (!Objects.equals(missing, member.waitingFor)) {
			member.waitingFor = missing;
			this.loop.publish(member);
		}
	}

	private void start(Member member) {
		GatePass pass = member.pass;
		Run run = new Run(this.loop, member, ++member.attempt, this.epoch, pass);
		member.run = run;
		member.pass = null;
		if (pass != null) {
			pass.run = run;
		}
		member.threadInRun = null;
		member.wasReady = false;
		member.cause = null;
		member.pulse = null;
		if (this.loop.state == GroupState.RUNNING) {
			this.loop.deadlines.set(member, this.loop.now, this.startTimeout);
		}
		this.loop.transition(member, ServiceState.STARTING);
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
		ended(member, exit, failure(member, new IllegalStateException(message, refusal)));
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
			this.loop.publish(member);
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
		member.readySince = this.loop.now;
		this.loop.deadlines.cancel(member);
		this.loop.transition(member, ServiceState.RUNNING);
		if (member.heartbeatTimeout() != Durations.NONE) {
			Member.Pulse pulse = new Member.Pulse();
			member.pulse = pulse;
			lookAnew(member, run, pulse);
		}
	}

	/**
	 * Look for heartbeats twice per timeout; two looks in a row without one are a miss
	 * (rule 23).
	 */
	private void lookForHeartbeat(Member member, Run run) {
		Member.Pulse pulse = Objects.requireNonNull(member.pulse);
		boolean late = this.loop.now - member.at > member.heartbeatTimeout() / 2;
		boolean beat = run.beats() != pulse.beatsSeen;
		if (beat) {
			pulse.lastBeat = this.loop.instant;
			this.loop.publish(member);
		}
		if (late || beat) {
			lookAnew(member, run, pulse);
		}
		else if (++pulse.silentLooks < 2) {
			this.loop.deadlines.set(member, this.loop.now, member.heartbeatTimeout() / 2);
		}
		else {
			charge(member, CancellationCause.HEARTBEAT_MISSED,
					"No heartbeat for " + Durations.describe(member.heartbeatTimeout()));
		}
	}

	private void lookAnew(Member member, Run run, Member.Pulse pulse) {
		pulse.beatsSeen = run.beats();
		pulse.silentLooks = 0;
		this.loop.deadlines.set(member, this.loop.now, member.heartbeatTimeout() / 2);
	}

	/**
	 * Cancel a run for something that counts as its failure; what follows is decided now.
	 */
	private void charge(Member member, CancellationCause cause, String message) {
		ServiceFailure failure = failure(member, new TimeoutException(message));
		RestartDecision decision = decide(member, ServiceExit.FAILED);
		if (decision.kind() == RestartDecision.Kind.RESTART && this.loop.sweep != Sweep.START_TIMEOUT
				&& this.loop.state != GroupState.STOPPING) {
			member.inARow = decision.count();
			member.lastFailure = failure;
			cancel(member, cause, Member.Then.BACKOFF);
			return;
		}
		member.lastFailure = withCount(failure, decision);
		cancel(member, cause, Member.Then.FAILED);
		failForGood(member, member.lastFailure);
	}

	void onEnded(Run run) {
		Member member = run.member();
		if (member.older == run) {
			member.older = null;
			release(run.pass());
			member.stack = null;
			this.commands.carryOutPending(member);
			if (member.state == ServiceState.WAITING) {
				this.loop.deadlines.cancel(member);
				member.relations.lookAtFailedFirst();
				tryStart(member);
			}
		}
		else if (member.run != run) {
			throw new IllegalStateException("a run ended that nobody knows: " + run);
		}
		else if (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING) {
			endedByItself(member, run);
		}
		else {
			endedAfterCancel(member, run);
		}
	}

	private void endedByItself(Member member, Run run) {
		ServiceFailure failure = run.failure();
		if (failure != null) {
			ended(member, run.unrecoverable() ? ServiceExit.UNRECOVERABLE : ServiceExit.FAILED, failure);
		}
		else if (member.policy().onCompletion() == OnCompletion.STOP_GROUP) {
			member.doom = null;
			this.loop.deadlines.cancel(member);
			this.loop.transition(member, ServiceState.COMPLETED);
			stopGroup(CancellationCause.SHUTDOWN, GroupState.COMPLETED);
			this.commands.carryOutPending(member);
		}
		else {
			ended(member, ServiceExit.COMPLETED, null);
		}
	}

	/**
	 * A run ended by itself, or did not begin: restart, accept or give up (rules 10 to
	 * 13, 20).
	 */
	private void ended(Member member, ServiceExit exit, @Nullable ServiceFailure failure) {
		member.doom = null;
		this.loop.deadlines.cancel(member);
		if (failure != null) {
			member.lastFailure = failure;
		}
		if (this.loop.state == GroupState.STOPPING) {
			if (failure != null) {
				addSecondary(failure);
			}
			this.loop.transition(member, (failure != null) ? ServiceState.FAILED : ServiceState.COMPLETED);
			this.commands.carryOutPending(member);
			return;
		}
		RestartDecision decision = decide(member, exit);
		switch (decision.kind()) {
			case RESTART -> {
				member.inARow = decision.count();
				backOff(member);
			}
			case COMPLETE -> this.loop.transition(member, ServiceState.COMPLETED);
			case FAIL,
					BUDGET_SPENT ->
				giveUp(member,
						withCount(
								(failure != null) ? failure
										: failure(member,
												new IllegalStateException("'" + member.name() + "' completed "
														+ decision.count() + " times in a row")),
								(failure != null) ? decision : RestartDecision.noRestart(exit)));
		}
	}

	private RestartDecision decide(Member member, ServiceExit exit) {
		return member.policy()
			.restart()
			.decide(exit, new RestartHistory(member.inARow, member.wasReady, member.readySince), this.loop.now);
	}

	private ServiceFailure withCount(ServiceFailure failure, RestartDecision decision) {
		return (decision.kind() == RestartDecision.Kind.BUDGET_SPENT)
				? failure.withRemark("failed " + decision.count() + " times in a row") : failure;
	}

	private void backOff(Member member) {
		RestartPolicy restart = member.policy().restart();
		long delay = restart.delayNanos(member.inARow, this.random.getAsDouble());
		member.nextAttempt = this.loop.instant.plusNanos(delay);
		this.loop.deadlines.set(member, this.loop.now, delay);
		this.loop.transition(member, ServiceState.BACKOFF);
		if (restart.scope() == RestartPolicy.Scope.DEPENDENTS) {
			stopDependents(member);
		}
	}

	/**
	 * Take along all that depend on a failed service; they wait for it to be started
	 * again (rule 14).
	 */
	private void stopDependents(Member failed) {
		List<Member> scope = new ArrayList<>();
		for (Member dependent : ServiceGraph.transitiveDependents(failed)) {
			switch (dependent.state) {
				case STARTING, RUNNING -> {
					dependent.doom = CancellationCause.dependency(failed.name());
					dependent.relations.holdBackFor(failed);
					scope.add(dependent);
				}
				case STOPPING -> {
					dependent.relations.holdBackFor(failed);
					scope.add(dependent);
				}
				case WAITING, BACKOFF -> {
					dependent.relations.holdBackFor(failed);
				}
				case NEW, STUCK, STOPPED, COMPLETED, FAILED -> {
				}
			}
		}
		failed.relations.restartWith(scope);
		scope.forEach(this::cancelInOrder);
	}

	void leaveBackOff(Member member) {
		Relations.RestartScope scope = member.relations.restartScope;
		Member live = (scope != null) ? scope.firstLive() : null;
		if (scope != null && live != null) {
			scope.awaited = true;
			member.waitForEndOf(live);
			return;
		}
		member.restarts++;
		this.loop.transition(member, ServiceState.WAITING);
		tryStart(member);
	}

	/**
	 * A failure that is final while the service is not live (rules 6 and 9).
	 */
	private void giveUp(Member member, ServiceFailure failure) {
		member.lastFailure = failure;
		this.loop.deadlines.cancel(member);
		this.loop.transition(member, ServiceState.FAILED);
		failForGood(member, failure);
	}

	private void failForGood(Member member, ServiceFailure failure) {
		if (this.loop.state == GroupState.STOPPING) {
			addSecondary(failure);
			return;
		}
		this.loop.failures.add(failure);
		if (member.policy().critical()) {
			failGroup(failure);
		}
	}

	private void failGroup(ServiceFailure failure) {
		if (this.startFailure != null) {
			this.loop.errors.add(failure);
			return;
		}
		this.loop.errors.addFirst(failure);
		CancellationCause cause = CancellationCause.groupFailure(failure.service());
		if (this.loop.sweep == Sweep.START_TIMEOUT) {
			// first let the sweep find all that were not ready
			this.startFailure = cause;
		}
		else {
			stopGroup(cause, GroupState.FAILED);
		}
	}

	private void addSecondary(ServiceFailure failure) {
		if (this.loop.state.isLive()) {
			this.loop.failures.add(failure);
			this.loop.errors.add(failure);
			this.loop.changed = true;
		}
	}

	/**
	 * What a run from an earlier run of the group still throws is none of the present
	 * one's failures (rule 21).
	 */
	private void addSecondary(Run run, ServiceFailure failure) {
		if (run.epoch() == this.epoch) {
			addSecondary(failure);
		}
	}

	void onActionFailed(Run run, ServiceFailure failure) {
		addSecondary(run, failure);
	}

	/**
	 * The group's start has taken too long: whatever is not ready fails for good (rule
	 * 3).
	 */
	private void startTimedOut(Member member) {
		String limit = Durations.describe(this.startTimeout);
		switch (member.state) {
			case STARTING -> startTimedOut(member, limit);
			case WAITING -> {
				if (member.older != null) {
					olderRunLivesOn(member);
				}
				else if (!member.isHeldBack()) {
					giveUp(member, failure(member, new TimeoutException(
							"Not ready within " + limit + ": still waiting for " + member.waitingFor)));
				}
			}
			case BACKOFF -> {
				ServiceFailure last = member.lastFailure;
				this.loop.transition(member, ServiceState.WAITING);
				giveUp(member, notReady(member, last, limit));
			}
			case STOPPING -> {
				if (member.then.isRestart()) {
					ServiceFailure last = (member.then == Member.Then.BACKOFF) ? member.lastFailure : null;
					member.then = Member.Then.FAILED;
					member.lastFailure = notReady(member, last, limit);
					failForGood(member, member.lastFailure);
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
				: failure(member, new TimeoutException("Not ready within " + limit));
	}

	private void startTimedOut(Member member, String limit) {
		Run run = Objects.requireNonNull(member.run);
		if (!run.withdraw()) {
			charge(member, CancellationCause.START_TIMEOUT, "Not ready within " + limit);
			return;
		}
		ServiceFailure failure = failure(member, new TimeoutException("The executor did not begin it within " + limit
				+ "; every service needs a thread of its own, so it must have as many threads as there are services"));
		if (this.loop.sweep == Sweep.START_TIMEOUT) {
			giveUp(member, failure);
		}
		else {
			ended(member, ServiceExit.FAILED, failure);
		}
	}

	void onInterrupt() {
		this.loop.interrupted = true;
		if (this.loop.state == GroupState.STOPPING) {
			this.loop.sweep(Sweep.FORCE);
		}
		else {
			onStop(CancellationCause.SHUTDOWN);
		}
	}

	void onStop(CancellationCause cause) {
		if (this.loop.state == GroupState.STOPPING) {
			limitStop();
		}
		else if (this.loop.state.isLive()) {
			stopGroup(cause, GroupState.STOPPED);
		}
		else if (this.loop.state == GroupState.NEW || this.loop.isClaimed()) {
			this.stopRequested = cause;
		}
	}

	/**
	 * Begin to stop the whole group, if it does not yet (rule 18).
	 */
	void stopGroup(CancellationCause cause, GroupState outcome) {
		if (this.loop.state == GroupState.STOPPING) {
			return;
		}
		boolean startFailed = this.startFailure != null;
		this.loop.cause = startFailed ? this.startFailure : cause;
		this.outcome = startFailed ? GroupState.FAILED : outcome;
		this.stopReport = new StopReport(this.loop.now);
		this.loop.deadlines.cancel(this.startDeadline);
		this.stopAt = Durations.NONE;
		limitStop();
		this.loop.sweep(Sweep.STOP);
		this.loop.moveTo(GroupState.STOPPING);
	}

	/**
	 * Set when it is over in any case, or move that forward.
	 */
	private void limitStop() {
		long limit = shutdownLimit();
		if (limit == Durations.NONE
				|| (this.shutdownDeadline.isSet() && this.loop.now + limit - this.shutdownDeadline.at >= 0)) {
			return;
		}
		this.stopAt = this.loop.now + limit;
		this.loop.deadlines.set(this.shutdownDeadline, this.loop.now, limit);
		this.loop.deadlines.set(this.forceDeadline, this.loop.now, Math.max(0, limit - this.longestInterruptPeriod));
	}

	/**
	 * A nested group is to be through before its parent gives it up.
	 */
	private long shutdownLimit() {
		if (this.parent instanceof Run run && run.isCancelRequested() && run.giveUpAt() != Durations.NONE) {
			long left = Math.max(0, run.giveUpAt() - this.loop.now - ONE_SECOND);
			return Math.min(this.shutdownTimeout, left);
		}
		return this.shutdownTimeout;
	}

	private void stopWithGroup(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				member.doom = groupCause();
				cancelInOrder(member);
			}
			case STOPPING, STUCK -> stayStopped(member);
			case STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	private void stayStopped(Member member) {
		if (member.then.isRestart()) {
			member.then = Member.Then.STOPPED;
		}
	}

	private CancellationCause groupCause() {
		return Objects.requireNonNull(this.loop.cause);
	}

	void stopUnstarted(Member member) {
		member.epoch = this.epoch;
		member.cause = (this.loop.state == GroupState.STOPPING) ? groupCause() : CancellationCause.STOPPED;
		this.loop.deadlines.cancel(member);
		this.loop.transition(member, ServiceState.STOPPED);
	}

	/**
	 * Cancel a member as soon as no live one depends on it.
	 */
	private void cancelInOrder(Member member) {
		if (member.state != ServiceState.STARTING && member.state != ServiceState.RUNNING) {
			return;
		}
		Member dependent = member.relations.firstLiveDependent();
		if (dependent != null) {
			member.waitForEndOf(dependent);
		}
		else {
			cancel(member, Objects.requireNonNull(member.doom),
					(this.loop.state == GroupState.STOPPING) ? Member.Then.STOPPED : Member.Then.WAITING);
		}
	}

	/**
	 * Cancel the run of a member; one that has not begun ends at once (rule 5).
	 */
	void cancel(Member member, CancellationCause cause, Member.Then then) {
		Run run = Objects.requireNonNull(member.run);
		member.cause = cause;
		member.then = then;
		member.doom = null;
		member.cancelledAt = this.loop.now;
		member.interrupted = false;
		if (run.withdraw()) {
			this.loop.deadlines.cancel(member);
			this.loop.transition(member, ServiceState.STOPPED);
			if (then == Member.Then.WAITING) {
				this.loop.transition(member, ServiceState.WAITING);
				tryStart(member);
			}
			this.commands.carryOutPending(member);
			return;
		}
		if (run.cancel(cause, giveUpAt(member))) {
			this.loop.wakeUps.add(run);
		}
		this.loop.transition(member, ServiceState.STOPPING);
		if (member.gracePeriod() == 0) {
			interrupt(member);
		}
		else {
			this.loop.deadlines.set(member, this.loop.now, member.gracePeriod());
		}
	}

	private long giveUpAt(Member member) {
		long own = plus(plus(this.loop.now, member.gracePeriod()), member.interruptPeriod());
		GatePass pass = Objects.requireNonNull(member.run).pass();
		if (pass != null && member.cause == CancellationCause.LEASE_LOST
				&& (own == Durations.NONE || pass.validUntil - own < 0)) {
			own = pass.validUntil;
		}
		if (this.loop.state != GroupState.STOPPING || this.stopAt == Durations.NONE) {
			return own;
		}
		return (own == Durations.NONE || this.stopAt - own < 0) ? this.stopAt : own;
	}

	private static long plus(long time, long delay) {
		return (time == Durations.NONE || delay == Durations.NONE) ? Durations.NONE : time + delay;
	}

	private void interrupt(Member member) {
		// who is still to be woken is told of the cancel first
		this.loop.wakeUps.perform();
		member.interrupted = true;
		Objects.requireNonNull(member.run).interrupt();
		this.loop.deadlines.set(member, this.loop.now, member.interruptPeriod());
	}

	private void force(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				cancel(member, groupCause(), Member.Then.STOPPED);
				if (member.state == ServiceState.STOPPING && !member.interrupted) {
					interrupt(member);
				}
			}
			case STOPPING -> {
				stayStopped(member);
				if (!member.interrupted) {
					interrupt(member);
				}
			}
			case STUCK -> stayStopped(member);
			case STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	private void giveUpWaiting(Member member) {
		force(member);
		if (member.state == ServiceState.STOPPING) {
			becomeStuck(member);
		}
	}

	private void becomeStuck(Member member) {
		Run run = Objects.requireNonNull(member.run);
		CancellationCause cause = Objects.requireNonNull(member.cause);
		boolean restartIsDue = member.then.isRestart() && this.loop.state != GroupState.STOPPING;
		if (restartIsDue) {
			member.lastFailure = failure(member, new IllegalStateException(
					"It is stuck: it has not ended after it was cancelled because " + cause.describe(), cause(member)));
			member.then = member.policy().critical() ? Member.Then.FAILED : member.then;
		}
		this.loop.deadlines.cancel(member);
		member.lookAtThread(run);
		this.loop.transition(member, ServiceState.STUCK);
		this.loop.stuck.add(new StackTaker.Report(run, cause, this.loop.now - member.cancelledAt,
				this.stacksWanted++ < StackTaker.MAX_STACKS));
		this.commands.carriedOut(member, Command.Kind.STOP);
		if (restartIsDue && member.lastFailure != null) {
			failForGood(member, member.lastFailure);
		}
	}

	void onStackTaken(Run run, List<StackTraceElement> stack) {
		Member member = run.member();
		if ((member.run == run && member.state == ServiceState.STUCK) || member.older == run) {
			member.stack = stack;
			this.loop.publish(member);
		}
	}

	/**
	 * A run has ended that was cancelled; what comes then was decided before.
	 */
	private void endedAfterCancel(Member member, Run run) {
		member.stack = null;
		this.loop.deadlines.cancel(member);
		if (this.stopReport != null) {
			this.stopReport.ended(member.name(), this.loop.now - member.cancelledAt);
		}
		ServiceFailure failure = run.failure();
		if (failure != null) {
			addSecondary(run, failure);
			if (member.then != Member.Then.FAILED) {
				member.lastFailure = failure;
			}
		}
		if (this.loop.state == GroupState.STOPPING) {
			// its turn in the stop may be still to come
			stayStopped(member);
		}
		switch (member.then) {
			case STOPPED -> this.loop.transition(member, ServiceState.STOPPED);
			case FAILED -> this.loop.transition(member, ServiceState.FAILED);
			case BACKOFF -> backOff(member);
			case WAITING -> this.loop.transition(member, ServiceState.WAITING);
		}
		this.commands.carryOutPending(member);
		if (member.state == ServiceState.WAITING) {
			tryStart(member);
		}
	}

	void onDue(Member member) {
		switch (member.state) {
			case STARTING -> startTimedOut(member, Durations.describe(this.startTimeout));
			case RUNNING -> lookForHeartbeat(member, Objects.requireNonNull(member.run));
			case BACKOFF -> leaveBackOff(member);
			case WAITING -> olderRunLivesOn(member);
			case STOPPING -> {
				if (member.interrupted) {
					becomeStuck(member);
				}
				else {
					interrupt(member);
					int attempt = member.attempt;
					this.loop.notifyLog((log) -> log.interrupted(member.name(), attempt, member.gracePeriod()));
				}
			}
			case NEW, STUCK, STOPPED, COMPLETED, FAILED ->
				throw new IllegalStateException("a deadline of " + member + ", which waits for nothing");
		}
	}

	private void olderRunLivesOn(Member member) {
		Run older = Objects.requireNonNull(member.older);
		List<StackTraceElement> stack = (member.stack != null) ? member.stack : List.of();
		IllegalStateException reason = new IllegalStateException(
				"Attempt " + older.attempt() + " from an earlier run of the group is stuck and has not ended within "
						+ Durations.describe(this.startTimeout) + ". Its thread" + StackTaker.describe(stack));
		if (!stack.isEmpty()) {
			reason.setStackTrace(stack.toArray(new StackTraceElement[0]));
		}
		giveUp(member, failure(member, reason));
	}

	/**
	 * What a member waited for has happened.
	 */
	void proceed(Member member) {
		if (member.state == ServiceState.WAITING) {
			tryStart(member);
		}
		else if (member.doom != null) {
			cancelInOrder(member);
		}
		else if (member.state == ServiceState.BACKOFF && member.relations.isScopeAwaited()) {
			leaveBackOff(member);
		}
	}

	/**
	 * Look whether the group as a whole has got on (rules 3 and 4).
	 */
	void advance() {
		if (this.loop.hasWork()) {
			return;
		}
		if (this.loop.state == GroupState.STARTING && isStarted()) {
			becomeRunning();
		}
		if (this.loop.state == GroupState.RUNNING && hasEndedByItself()) {
			finish(GroupState.COMPLETED);
		}
		if (this.loop.state == GroupState.STOPPING && !hasLive()) {
			finish(this.outcome);
		}
	}

	private boolean isStarted() {
		int waiting = this.loop.count(ServiceState.WAITING);
		int unsettled = this.loop.count(ServiceState.NEW) + waiting + this.loop.count(ServiceState.STARTING)
				+ this.loop.count(ServiceState.BACKOFF) + this.loop.count(ServiceState.STOPPING);
		if (unsettled == 0) {
			return true;
		}
		return unsettled == waiting && !isHeldUp();
	}

	/**
	 * Whether a member waits that the start has to wait for. Looks on from the one found
	 * last, so that many turns look at each member a few times only.
	 */
	private boolean isHeldUp() {
		Member[] members = this.loop.members;
		for (int i = 0; i < members.length; i++) {
			int index = (int) (((long) this.heldUpBy + i) % members.length);
			if (members[index].state == ServiceState.WAITING && !members[index].isHeldBack()) {
				this.heldUpBy = index;
				return true;
			}
		}
		return false;
	}

	private boolean hasEndedByItself() {
		return this.loop.count(ServiceState.COMPLETED)
				+ this.loop.count(ServiceState.FAILED) == this.loop.members.length;
	}

	private boolean hasLive() {
		return this.loop.count(ServiceState.STARTING) + this.loop.count(ServiceState.RUNNING)
				+ this.loop.count(ServiceState.STOPPING) > 0;
	}

	private void becomeRunning() {
		this.loop.deadlines.cancel(this.startDeadline);
		this.loop.moveTo(GroupState.RUNNING);
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

	private void finish(GroupState outcome) {
		this.loop.deadlines.clear();
		reportStop();
		this.commands.refusePending("'" + this.loop.name + "' has ended");
		this.loop.end(outcome);
	}

	private void reportStop() {
		StopReport report = this.stopReport;
		this.stopReport = null;
		if (report == null) {
			return;
		}
		for (Member member : this.loop.members) {
			if (member.state == ServiceState.STUCK) {
				report.stuck(member.name());
			}
		}
		long now = this.loop.now;
		this.loop.notifyLog((log) -> log.stopped(this.loop.name, report, now));
	}

	private ServiceFailure failure(Member member, Exception reason) {
		return new ServiceFailure(member.name(), member.attempt, reason, this.loop.instant);
	}

	/**
	 * A deadline of the whole group.
	 */
	private static final class GroupDeadline extends Deadline {

		private final Sweep sweep;

		GroupDeadline(Sweep sweep) {
			this.sweep = sweep;
		}

		@Override
		void due(GroupLoop loop) {
			loop.sweep(this.sweep);
		}

	}

}
