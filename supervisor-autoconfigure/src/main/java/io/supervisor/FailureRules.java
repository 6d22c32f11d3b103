package io.supervisor;

import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Failure (rules 6 to 11, 20 and 23): what the end of a run means, and what a failure
 * that is final does to the group. Handlers in the order of a service's life; runs in the
 * {@linkplain GroupLoop loop}.
 */
final class FailureRules {

	private final Group group;

	private final RestartRules restarts;

	private final StopRules stops;

	FailureRules(Group group, RestartRules restarts, StopRules stops) {
		this.group = group;
		this.restarts = restarts;
		this.stops = stops;
	}

	/**
	 * A run ended before the group cancelled it.
	 */
	void endedByItself(Member member, Run run) {
		this.group.makeRoomForFailure(member);
		ServiceFailure failure = run.failure();
		if (failure != null) {
			ended(member, run.unrecoverable() ? ServiceExit.UNRECOVERABLE : ServiceExit.FAILED, failure);
		}
		else if (member.policy().onCompletion() == OnCompletion.STOP_GROUP) {
			member.doom = null;
			this.group.agenda.cancel(member);
			this.group.roster.transition(member, ServiceState.COMPLETED);
			this.stops.stopGroup(CancellationCause.SHUTDOWN, GroupState.COMPLETED);
		}
		else {
			ended(member, ServiceExit.COMPLETED, null);
		}
	}

	/**
	 * A run ended by itself, or did not begin: restart, accept or give up (rules 10 to
	 * 13, 20).
	 */
	void ended(Member member, ServiceExit exit, @Nullable ServiceFailure failure) {
		if (this.group.isStopping()) {
			endedInStop(member, failure);
			return;
		}
		member.doom = null;
		this.group.agenda.cancel(member);
		if (failure != null) {
			member.lastFailure = failure;
		}
		RestartDecision decision = this.restarts.decide(member, exit);
		member.endedInARow(failure != null, decision.count());
		switch (decision.kind()) {
			case RESTART -> {
				member.restartedFor(failure, decision.count());
				this.restarts.backOff(member);
			}
			case COMPLETE -> this.group.roster.transition(member, ServiceState.COMPLETED);
			case FAIL -> giveUp(member, (failure != null) ? failure : completed(member, decision));
			case BUDGET_SPENT -> giveUp(member, (member.lastFailure != null && member.failedInARow)
					? withCount(member, member.lastFailure, decision) : completed(member, decision));
		}
	}

	/**
	 * A run ended by itself when the group had begun to stop and its own turn had not
	 * come: what it threw is secondary, and in the log (rule 20).
	 */
	private void endedInStop(Member member, @Nullable ServiceFailure failure) {
		if (failure == null) {
			member.doom = null;
			this.group.agenda.cancel(member);
			this.group.roster.transition(member, ServiceState.COMPLETED);
			return;
		}
		ServiceFailure logged = failure.asLogged();
		addSecondary(member, logged);
		member.doom = null;
		member.lastFailure = logged;
		this.group.agenda.cancel(member);
		this.group.roster.transition(member, ServiceState.FAILED);
	}

	private ServiceFailure completed(Member member, RestartDecision decision) {
		return this.group.failure(member,
				new IllegalStateException("'" + member.name() + "' completed " + decision.count() + " times in a row"));
	}

	/**
	 * The last failure, with how often the service has ended in a row.
	 */
	private static ServiceFailure withCount(Member member, ServiceFailure failure, RestartDecision decision) {
		return (decision.kind() == RestartDecision.Kind.BUDGET_SPENT)
				? failure
					.withRemark((member.completedInARow ? "ended " : "failed ") + decision.count() + " times in a row")
				: failure;
	}

	/**
	 * Cancel a run for something that counts as its failure; what follows is decided now.
	 */
	void charge(Member member, CancellationCause cause, String message) {
		this.group.makeRoomForFailure(member);
		ServiceFailure failure = this.group.failure(member, new TimeoutException(message));
		RestartDecision decision = this.restarts.decide(member, ServiceExit.FAILED);
		member.endedInARow(true, decision.count());
		if (decision.kind() == RestartDecision.Kind.RESTART && !this.group.isStopping()) {
			member.restartedFor(failure, decision.count());
			member.lastFailure = failure;
			this.stops.cancel(member, cause, Member.Then.BACKOFF);
			return;
		}
		failure = withCount(member, failure, decision);
		member.lastFailure = failure;
		this.stops.cancel(member, cause, Member.Then.FAILED);
		failForGood(member, failure);
	}

	/**
	 * A failure that is final while the service is not live (rules 6 and 9).
	 */
	void giveUp(Member member, ServiceFailure failure) {
		this.group.makeRoomForFailure(member);
		member.lastFailure = failure;
		this.group.agenda.cancel(member);
		this.group.roster.transition(member, ServiceState.FAILED);
		failForGood(member, failure);
	}

	void failForGood(Member member, ServiceFailure failure) {
		if (this.group.isStopping()) {
			addSecondary(member, failure);
		}
		else if (member.policy().critical()) {
			this.group.addFailure(failure);
			this.group.addCause(failure);
			this.stops.stopGroup(CancellationCause.groupFailure(failure.service()), GroupState.FAILED);
		}
		else {
			this.group.addIsolated(member, failure);
		}
	}

	/**
	 * A run that was cancelled has thrown something that is no echo of that.
	 */
	void addSecondary(Run run, ServiceFailure failure) {
		// what a run from an earlier run of the group still throws is none of this one's
		if (run.epoch() == this.group.epoch()) {
			addSecondary(run.member(), failure);
		}
	}

	private void addSecondary(Member member, ServiceFailure failure) {
		if (this.group.isLive() && this.group.roster.has(member)) {
			this.group.makeRoomForFailure(member);
			this.group.addSecondary(member, failure);
		}
	}

	/**
	 * A run has not ended after its cancel and its interrupt. Where a restart was due
	 * that nobody has asked for, that is a failure of its own (rule 23).
	 */
	void becomeStuck(Member member) {
		CancellationCause cause = member.requireCause();
		boolean isFailure = switch (cause.kind()) {
			case RESTARTED, LEASE_LOST, HANDED_OVER -> false;
			case GROUP_FAILURE, SHUTDOWN, GROUP_COMPLETED, STOPPED, DEPENDENCY, HEARTBEAT_MISSED, START_TIMEOUT,
					PARENT ->
				member.then.isRestart() && !this.group.isStopping();
		};
		if (!isFailure) {
			this.stops.becomeStuck(member);
			return;
		}
		this.group.makeRoomForFailure(member);
		ServiceFailure failure = this.group.failure(member, new IllegalStateException(
				"It is stuck: it has not ended after it was cancelled because " + cause.describe(), member.failed()));
		member.lastFailure = failure;
		member.then = member.policy().critical() ? Member.Then.FAILED : member.then;
		this.stops.becomeStuck(member);
		failForGood(member, failure);
	}

	/**
	 * A handler threw: a defect of ours, which must not leave services alone (rule 26).
	 * @param isCause whether that is why the group stops
	 */
	void addDefect(Throwable thrown, boolean isCause) {
		this.group.makeRoomForFailure();
		ServiceFailure failure = ServiceFailure.undescribed("supervisor", 0, thrown, this.group.agenda.instant());
		if (isCause) {
			this.group.addCause(failure);
		}
		else {
			this.group.addError(failure);
		}
		this.group.addFailure(failure);
	}

}
