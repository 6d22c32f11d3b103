package io.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whether random groups before their judge find a mistake in the core: some are put into
 * it on purpose, and each is to be found within a bound of groups.
 */
@ExtendWith(SilentLog.class)
class MutationTests {

	/**
	 * A mistake that takes longer to find is one that a short run of the random groups
	 * would miss.
	 */
	private static final int BOUND = 5_000;

	private static final List<Mutation> MUTATIONS = List.of(
			new Mutation("a signal is dropped when two wait", "SignalQueue",
					"			first = signal;\n			signal = next;",
					"			first = signal;\n			signal = (next != null) ? next.next : null;"),
			new Mutation("signals are taken in the wrong order", "SignalQueue", "			signal.next = first;\n",
					"			signal.next = next;\n			if (first != null) {\n				break;\n			}\n"),
			new Mutation("the readiness of an old attempt counts", "StartRules",
					"if (member.run != run || member.state != ServiceState.STARTING)",
					"if (member.state != ServiceState.STARTING)"),
			new Mutation("the end of an older run is not noticed", "StartRules",
					"		member.older = null;\n		if (run.pass()", "		if (run.pass()"),
			new Mutation("a deadline is forgotten when another one goes", "Deadlines",
					"			this.first = meld(this.first, children);\n", ""),
			new Mutation("a deadline that is moved forward keeps its place", "Deadlines",
					"		cancel(deadline);\n		if (delay == Durations.NONE) {",
					"		if (deadline.set && delay != Durations.NONE) {\n			deadline.at = now + delay;\n			return;\n		}\n		cancel(deadline);\n		if (delay == Durations.NONE) {"),
			new Mutation("the later one of two deadlines comes first", "Deadlines", "other.at - one.at >= 0",
					"other.at - one.at <= 0"),
			new Mutation("the grace period has no deadline", "StopRules",
					"			this.group.agenda.set(member, grace);\n		}\n	}\n\n	private long giveUpAt",
					"			this.group.agenda.cancel(member);\n		}\n	}\n\n	private long giveUpAt"),
			new Mutation("the interrupt comes before the grace is over", "StopRules",
					"			this.group.agenda.set(member, grace);\n		}\n	}\n\n	private long giveUpAt",
					"			this.group.agenda.set(member, grace - 1);\n		}\n	}\n\n	private long giveUpAt"),
			new Mutation("a stuck run is given up too late", "StopRules",
					"this.group.agenda.set(member, member.interruptPeriod());",
					"this.group.agenda.set(member, member.interruptPeriod() + 2 * ONE_SECOND);"),
			new Mutation("one restart too many", "RestartPolicy", "before >= this.maxRestarts",
					"before > this.maxRestarts"),
			new Mutation("the jitter exceeds the cap", "RestartPolicy",
					"double highest = Math.min(cap, nominal * (1 + JITTER));",
					"double highest = nominal * (1 + JITTER);"),
			new Mutation("the delays do not grow", "RestartPolicy", "Math.pow(this.multiplier, restart - 1.0)",
					"Math.pow(this.multiplier, 0)"),
			new Mutation("a run that stayed up does not clear the budget", "RestartPolicy",
					"history.upFor(Durations.toNanos(this.resetAfter), now) ? 0 : history.inARow()",
					"history.inARow()"),
			new Mutation("readiness of the run before clears the budget", "Member", "		this.wasReady = false;\n",
					""),
			new Mutation("the group's next run has the old budget", "StartRules", "		member.inARow = 0;\n", ""),
			new Mutation("a start by hand does not clear the budget", "Commands",
					"			case STOPPED, COMPLETED, FAILED -> {\n				member.inARow = 0;\n",
					"			case STOPPED, COMPLETED, FAILED -> {\n"),
			new Mutation("what cannot be mended is restarted", "RestartPolicy",
					"\n				|| exit == ServiceExit.UNRECOVERABLE", ""),
			new Mutation("a stuck service is started beside itself", "Commands",
					"member.state == ServiceState.STOPPING || member.state == ServiceState.STUCK)",
					"member.state == ServiceState.STOPPING)"),
			new Mutation("an older run is not waited for", "StartRules",
					"		if (member.run != null) {\n			member.older = member.run;\n		}\n", ""),
			new Mutation("all are cancelled at once", "StopRules",
					"if (member.doom != null && member.relations.notThrough == 0", "if (member.doom != null"),
			new Mutation("the order looks at direct dependents only", "StopOrder",
					"relations.notThrough != 0 || isToEnd(member)", "isToEnd(member)"),
			new Mutation("the order of a resumed group looks at direct dependencies only", "Relations",
					" : firstMissingBelowThoseAtRest();", " : null;"),
			new Mutation("a dependency is skipped", "Relations",
					"first(this.dependencies, (dependency) -> !dependency.isSatisfying())",
					"first(this.dependencies.subList(0, this.dependencies.size() / 2), (dependency) -> !dependency.isSatisfying())"),
			new Mutation("a dependency that starts is enough", "Member",
					"(this.state == ServiceState.RUNNING && this.doom == null)",
					"(this.state.isLive() && this.doom == null)"),
			new Mutation("a run is executed twice", "Submission", "			executor.execute(this.run);\n",
					"			executor.execute(this.run);\n			executor.execute(this.run);\n"),
			new Mutation("a secondary failure is swallowed", "FailureRules",
					"			this.group.addSecondary(member, failure);\n",
					"			this.group.addIsolated(member, failure);\n"),
			new Mutation("the first of many failures is not kept", "FailureList",
					"(seen.add(entry.member) || entry.number == 1)", "seen.add(entry.member)"),
			new Mutation("the latest of many failures is not kept", "FailureList",
					"(seen.add(entry.member) || entry.number == 1)", "entry.number <= 2"),
			new Mutation("the failures of one that has gone are kept", "Roster",
					"		this.group.forgetFailures(member);\n", ""),
			new Mutation("the first failure is not the cause", "FailureRules",
					"			this.group.addCause(failure);\n			this.stops.stopGroup(CancellationCause.groupFailure",
					"			this.group.addError(failure);\n			this.stops.stopGroup(CancellationCause.groupFailure"),
			new Mutation("an isolated failure fails the group", "FailureRules",
					"		else if (member.policy().critical()) {\n			this.group.addFailure",
					"		else if (member.policy().critical() || member.attempt > 2) {\n			this.group.addFailure"),
			new Mutation("a stop leaves what is in back-off", "StopRules",
					"			case NEW, WAITING, BACKOFF -> stopUnstarted(member);\n			case STARTING, RUNNING -> {\n				member.doom = this.group.stopCause();",
					"			case NEW, WAITING -> stopUnstarted(member);\n			case BACKOFF -> {\n			}\n			case STARTING, RUNNING -> {\n				member.doom = this.group.stopCause();"),
			new Mutation("something is started after a stop", "StartRules",
					"		if (this.group.isStopping()) {\n			this.stops.stopUnstarted(member);\n			return;\n		}\n",
					""),
			new Mutation("what ends in a stop is restarted", "StopRules",
					"		if (this.group.isStopping()) {\n			// its turn in the stop may be still to come\n			stayStopped(member);\n		}\n",
					""),
			new Mutation("a wake-up between dependents is lost", "Roster",
					"		else if (member.isSatisfying() || from == ServiceState.BACKOFF || next == ServiceState.STOPPED) {",
					"		else if (member.isSatisfying() && from != ServiceState.STARTING) {"),
			new Mutation("the end of the last dependent is not noticed", "Roster",
					"if (from.isLive() && !next.isLive() && member",
					"if (from.isLive() && next.isTerminal() && member"),
			new Mutation("a dependent is not told of a failure", "Roster",
					"			wakeWaitingDependents(member);\n		}\n		else", "		}\n		else"),
			new Mutation("a lease goes back while the run lives", "Member",
					"		if (!next.isLive() && next != ServiceState.STUCK) {", "		if (!next.isLive()) {"),
			new Mutation("a lease that is not extended is kept", "LeaseRules",
					"		if (pass.run != null && !pass.isReleased()) {",
					"		if (pass.run != null && pass.isReleased()) {"),
			new Mutation("a revoked run has all of its grace", "LeaseRules",
					"		pass.validUntil = this.group.agenda.now();\n		endRunOf(pass, CancellationCause.LEASE_LOST, pass.validUntil);",
					"		pass.validUntil = this.group.agenda.now();\n		endRunOf(pass, CancellationCause.LEASE_LOST, Durations.NONE);"),
			new Mutation("a late failure of an earlier run is one of the next", "FailureRules",
					"		if (run.epoch() == this.group.epoch()) {\n			addSecondary(run.member(), failure);",
					"		if (run.epoch() <= this.group.epoch()) {\n			addSecondary(run.member(), failure);"),
			new Mutation("a lease too short for a run starts one", "GatePass", "cancelAt() - now > 0",
					"this.validUntil - now > 0"),
			new Mutation("a nested group does not know its parent's deadline", "StopRules",
					"			return Math.min(this.shutdownTimeout, left);\n",
					"			return this.shutdownTimeout;\n"),
			new Mutation("the cancel of a nested group's parent is not heard twice", "Rules",
					"			this.stops.limitStop();\n		}\n		else if (this.group.isLive())",
					"			return;\n		}\n		else if (this.group.isLive())"),
			new Mutation("one waits for others to end for as long as they take", "StopRules",
					"					moveForward(member.relations, share(member));\n", ""),
			new Mutation("the interrupt period of another counts", "StopRules",
					"Math.max(left - member.interruptPeriod(),",
					"Math.max(left - this.group.roster.members()[0].interruptPeriod(),"),
			new Mutation("the grace is taken away by a short shutdown", "StopRules", "2 * left / 3", "0"),
			new Mutation("one that is ending has all of its grace in a stop", "StopRules",
					"					moveForward(member, share(member));\n", ""),
			new Mutation("a second interrupt does nothing", "Rules", "			this.stops.escalate(Sweep.FORCE);\n",
					"			this.stops.stopGroup(CancellationCause.SHUTDOWN, GroupState.STOPPED);\n"),
			new Mutation("a stop before the first run is forgotten", "GroupLoop",
					"this.stop.isDemanded(this.group.epoch())", "this.group.epoch() == 0"),
			new Mutation("one silent look is a miss", "HeartbeatRules", "++pulse.silentLooks < 2",
					"++pulse.silentLooks < 1"),
			new Mutation("a paused process misses its heartbeats", "HeartbeatRules", "		if (late || beat) {",
					"		if (beat) {"),
			new Mutation("a late attempt has all the time it wants", "StartRules",
					"		this.group.agenda.set(member, member.startTimeout(this.startTimeout));\n		this.group.roster",
					"		if (!this.group.isIn(GroupState.RUNNING)) {\n			this.group.agenda.set(member, member.startTimeout(this.startTimeout));\n		}\n		this.group.roster"),
			new Mutation("the first attempt has no start-timeout", "StartRules",
					"		this.group.agenda.set(member, member.startTimeout(this.startTimeout));\n		this.group.roster",
					"		if (this.group.isIn(GroupState.RUNNING)) {\n			this.group.agenda.set(member, member.startTimeout(this.startTimeout));\n		}\n		this.group.roster"),
			new Mutation("a start-timeout of its own does not count", "Member",
					"return (timeout != null) ? Durations.toNanos(timeout)\n				: (service()",
					"return (service()"),
			new Mutation("a nested group has the start-timeout of others", "Member",
					"(service() instanceof NestedGroup) ? Durations.NONE : byDefault", "byDefault"),
			new Mutation("the start has no time for a second attempt", "FailureRules",
					"decision.kind() == RestartDecision.Kind.RESTART && !this.group.isStopping()",
					"decision.kind() == RestartDecision.Kind.RESTART && this.group.isIn(GroupState.RUNNING)"),
			new Mutation("one that is not critical holds up the start", "StartRules",
					"return member.policy().critical() && switch", "return switch"),
			new Mutation("one in back-off does not hold up the start", "StartRules",
					"			case NEW, STARTING, BACKOFF, STOPPING -> true;\n			case WAITING -> !mayBeHeldBack()",
					"			case NEW, STARTING, STOPPING -> true;\n			case BACKOFF -> false;\n			case WAITING -> !mayBeHeldBack()"),
			new Mutation("one that waits for a lease holds up the start", "StartRules", "		this.gated = true;\n",
					""),
			new Mutation("the scope is not waited for", "RestartRules", " && member.relations.notThrough > 0) {",
					" && member.relations.scopeAwaited) {"),
			new Mutation("the scope starts before the failed one", "Relations",
					"return (failed != null) ? failed : (missing", "return (missing"),
			new Mutation("the group completes with one stopped by hand", "Rules",
					"roster.count(ServiceState.COMPLETED) + roster.count(ServiceState.FAILED) == roster.size()",
					"roster.count(ServiceState.COMPLETED) + roster.count(ServiceState.FAILED) + roster.count(ServiceState.STOPPED) == roster.size()"),
			new Mutation("an echo is a failure", "Throwables",
					"return candidate instanceof InterruptedException || candidate",
					"return candidate instanceof IllegalMonitorStateException || candidate"),
			new Mutation("what the machine lacks is restarted behind another exception", "Throwables",
					"(candidate) -> candidate instanceof LinkageError",
					"(candidate) -> (candidate == thrown && candidate instanceof LinkageError)"),
			new Mutation("completions hide what failed among them", "FailureRules",
					"(member.lastFailure != null && member.failedInARow)",
					"(member.lastFailure != null && member.failedInARow && failure != null)"),
			new Mutation("a restart by hand that is stuck is a failure", "FailureRules",
					"case RESTARTED, LEASE_LOST, HANDED_OVER -> false;",
					"case RESTARTED, LEASE_LOST, HANDED_OVER -> !this.group.isStopping();"),
			new Mutation("a transition is told twice", "Publication",
					"				tell(GroupEvent.moved(from, publish(member)));\n",
					"				tell(GroupEvent.moved(from, publish(member)));\n				if (member.state == ServiceState.STUCK) {\n					tell(GroupEvent.moved(from, publish(member)));\n				}\n"),
			new Mutation("what is told is not published", "Publication",
					"		ServiceSnapshot snapshot = member.publish(this.group.agenda.instant());\n",
					"		ServiceSnapshot snapshot = (member.state == ServiceState.WAITING) ? member.snapshot() : member.publish(this.group.agenda.instant());\n"),
			new Mutation("the counts are off after a removal", "Roster",
					"		this.counts[member.state.ordinal()]--;\n		this.group.publication.removed(member);",
					"		this.group.publication.removed(member);"),
			new Mutation("a command on a stuck service is forgotten", "Commands", "			onCommand(command);\n",
					"			command.underWay = true;\n"),
			new Mutation("of many commands on a stuck service the first one counts", "Commands",
					"return command.kind() != Command.Kind.REMOVE && command.nextPending != null;",
					"return command.kind() != Command.Kind.REMOVE && this.group.isLive();"),
			new Mutation("a stop by hand is refused while the group stops", "Commands",
					"this.group.isStopping() && command.kind() != Command.Kind.STOP", "this.group.isStopping()"),
			new Mutation("one that others depend on is removed", "Commands",
					"command.kind() == Command.Kind.REMOVE && !member.relations.dependents.isEmpty()",
					"command.kind() == Command.Kind.REMOVE && member.relations.dependents.size() > 1"),
			new Mutation("one that is well again is not told of", "ObservationRules",
					"		if (!Objects.equals(reason, member.degraded)) {",
					"		if (reason != null && !Objects.equals(reason, member.degraded)) {"),
			new Mutation("the same degradation is told twice", "ObservationRules",
					"		if (!Objects.equals(reason, member.degraded)) {", "		if (true) {"),
			new Mutation("a degradation outlives its run", "Member", "			this.degraded = null;\n", ""),
			new Mutation("a degradation after the cancel counts", "ObservationRules",
					"member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING",
					"member.state.isLive()"),
			new Mutation("more time to end is not given", "StopRules",
					"		if (member.cancelledAt + extension - member.at > 0) {",
					"		if (extension == Durations.NONE) {"),
			new Mutation("more time to end is given beyond the shutdown timeout", "StopRules",
					"Math.min(report.extensionFrom(member.cancelledAt), longestGrace(member))",
					"report.extensionFrom(member.cancelledAt)"),
			new Mutation("less time to end than before is taken", "StopRules",
					"		if (member.cancelledAt + extension - member.at > 0) {", "		if (extension > 0) {"),
			new Mutation("a stop at once is a stop", "Signal", "				if (this.now) {\n",
					"				if (false) {\n"),
			new Mutation("an auxiliary service holds the group open", "Rules", "		if (isLeftToAuxiliaries()) {\n",
					"		if (false) {\n"),
			new Mutation("one that is stopped by hand does not hold the group open", "Roster",
					"member.state == ServiceState.COMPLETED || member.state == ServiceState.FAILED;",
					"member.state.isTerminal();"),
			new Mutation("one that has gone holds the group open", "Roster", "		countHolding(member, false);\n",
					""),
			new Mutation("a group that is to be kept open ends", "Rules",
					"return !this.keepOpen\n				&& roster", "return roster"),
			new Mutation("one that is done stays", "Roster", "		if (member.isToGo()) {\n",
					"		if (false) {\n"),
			new Mutation("the stop of the group removes what is done", "Rules",
					"if (member.isToGo() && this.group.isLive() && !this.group.isStopping()",
					"if (member.isToGo() && this.group.isLive()"),
			new Mutation("a restart is not counted", "RestartRules", "		member.restarts++;\n", ""),
			new Mutation("a resumed group takes up what had completed", "Member", "			case COMPLETED -> true;",
					"			case COMPLETED -> false;"));

	/**
	 * Whoever changes a line that is mutated hears of it at once, and not in the search.
	 */
	@Test
	void eachMistakeHasItsPlace() {
		assertThat(MUTATIONS).allSatisfy((mutation) -> assertThat(mutation.source()).contains(mutation.replacement()));
	}

	@Test
	@Tag("search")
	void eachMistakeIsFound() {
		List<Finding> findings = MUTATIONS.parallelStream().map(MutationTests::find).toList();
		StringBuilder table = new StringBuilder();
		for (Finding finding : findings) {
			table.append("%n%-58s %-9s %6s  %s".formatted(finding.mutation, (finding.rule != null) ? finding.rule : "-",
					(finding.rule != null) ? finding.groups : "never", finding.what));
		}
		System.out.println("Mistakes, found by which rule, after how many groups:" + table);
		assertThat(findings).filteredOn((finding) -> finding.rule == null).as("not found").isEmpty();
	}

	@SuppressWarnings("unchecked")
	private static Finding find(Mutation mutation) {
		try {
			LongFunction<@Nullable Throwable> groups = (LongFunction<@Nullable Throwable>) MutatedCore.of(mutation)
				.loadClass(RandomGroups.class.getName())
				.getDeclaredConstructor()
				.newInstance();
			for (int seed = 1; seed <= BOUND; seed++) {
				Throwable broken = groups.apply(seed);
				if (broken != null) {
					return new Finding(mutation, rule(broken), seed, firstLine(broken));
				}
			}
			return new Finding(mutation, null, BOUND, "");
		}
		catch (Exception ex) {
			throw new IllegalStateException("'" + mutation + "' cannot be played", ex);
		}
	}

	/**
	 * Its class is that of another class loader.
	 */
	private static String rule(Throwable broken) {
		String message = String.valueOf(broken.getMessage());
		return broken.getClass().getName().equals(RuleBroken.class.getName())
				? message.substring(0, message.indexOf(':')) : broken.getClass().getSimpleName();
	}

	private static String firstLine(Throwable broken) {
		String line = new ArrayList<>(String.valueOf(broken.getMessage()).lines().toList()).get(0);
		String what = line.substring(line.indexOf(": ") + 2);
		return (what.length() <= 90) ? what : what.substring(0, 90) + "...";
	}

	private record Finding(Mutation mutation, @Nullable String rule, int groups, String what) {

	}

}
