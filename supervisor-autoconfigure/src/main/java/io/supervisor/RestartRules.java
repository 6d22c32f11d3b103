package io.supervisor;

import java.util.List;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Restart (rules 12 to 17): whether there is one, after which delay, and who is taken
 * along. What was decided is carried out when the run has ended, so that a new attempt
 * never begins beside an older one. Runs in the {@linkplain GroupLoop loop}.
 */
final class RestartRules {

	private final Group group;

	private final StopRules stops;

	private final DoubleSupplier random;

	RestartRules(Group group, StopRules stops, DoubleSupplier random) {
		this.group = group;
		this.stops = stops;
		this.random = random;
	}

	RestartDecision decide(Member member, ServiceExit exit) {
		return member.policy()
			.restart()
			.decide(exit, new RestartHistory(member.inARow, member.wasReady, member.readySince),
					this.group.agenda.now());
	}

	void backOff(Member member) {
		RestartPolicy restart = member.policy().restart();
		long delay = restart.delayNanos(member.inARow, this.random.getAsDouble());
		member.nextAttempt = this.group.agenda.instant().plusNanos(delay);
		this.group.agenda.set(member, delay);
		this.group.roster.transition(member, ServiceState.BACKOFF);
		if (restart.scope() == RestartPolicy.Scope.DEPENDENTS) {
			stopDependents(member);
		}
	}

	/**
	 * Take along all that depend on a failed service; they wait for it to be started
	 * again (rule 14).
	 */
	private void stopDependents(Member failed) {
		if (failed.relations == Relations.NONE) {
			return;
		}
		List<Member> scope = ServiceGraph.transitiveDependents(failed);
		for (Member dependent : scope) {
			switch (dependent.state) {
				case STARTING, RUNNING -> {
					dependent.relations.holdBackFor(failed);
					dependent.doom = CancellationCause.dependency(failed.name());
				}
				case WAITING, BACKOFF, STOPPING -> dependent.relations.holdBackFor(failed);
				case NEW, STUCK, STOPPED, COMPLETED, FAILED -> {
				}
			}
			this.stops.order().enter(dependent);
		}
		failed.relations.scopeAwaited = false;
		this.stops.order().enter(failed);
		scope.forEach(this.stops::cancelInOrder);
	}

	/**
	 * The delay is over, or the service is started by hand: it waits for its start, once
	 * all that are restarted with it have ended.
	 */
	void leaveBackOff(Member member) {
		if (member.policy().restart().scope() == RestartPolicy.Scope.DEPENDENTS && member.relations.notThrough > 0) {
			member.relations.scopeAwaited = true;
			return;
		}
		member.restarts++;
		this.group.roster.transition(member, ServiceState.WAITING);
		this.group.agenda.wake(member);
	}

	/**
	 * A run has ended that was cancelled; what comes then was decided before.
	 */
	void endedAfterCancel(Member member, @Nullable ServiceFailure failure) {
		this.stops.ended(member);
		if (failure != null && member.then != Member.Then.FAILED) {
			member.lastFailure = failure;
		}
		switch (member.then) {
			case STOPPED -> this.group.roster.transition(member, ServiceState.STOPPED);
			case FAILED -> this.group.roster.transition(member, ServiceState.FAILED);
			case BACKOFF -> backOff(member);
			case WAITING -> {
				this.group.roster.transition(member, ServiceState.WAITING);
				this.group.agenda.wake(member);
			}
		}
	}

}
