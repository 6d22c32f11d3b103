package io.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What the judge knows of one service: its definition, and what was seen of it from
 * outside. What may come next is said by {@link ServiceRules}.
 */
final class JudgedService {

	private static final Duration CENTURY = Duration.ofDays(36_525);

	final String name;

	final ServiceDefinition definition;

	final ServicePolicy policy;

	final long grace;

	final long interruptPeriod;

	final long startTimeout;

	final long heartbeatTimeout;

	final boolean announces;

	final boolean gated;

	final List<JudgedService> dependencies = new ArrayList<>();

	final List<JudgedService> dependents = new ArrayList<>();

	/**
	 * Whether it had dependents at some time in the latest turn.
	 */
	boolean hadDependents;

	ServiceState state = ServiceState.NEW;

	int transitions;

	/**
	 * When it entered its state.
	 */
	long since;

	int attempt;

	/**
	 * How often it was started again after a run that ended by itself.
	 */
	int restarts;

	/**
	 * The group's run that it was taken into.
	 */
	int epoch;

	/**
	 * Handed to the executor, and no transition has told so yet.
	 */
	final Deque<JudgedRun> handed = new ArrayDeque<>(2);

	int handedAttempt;

	@Nullable JudgedRun run;

	/**
	 * A run from an earlier run of the group that is not over.
	 */
	@Nullable JudgedRun older;

	/**
	 * The pass for the next run.
	 */
	@Nullable JudgedPass pass;

	/**
	 * How often its gate could not be asked, and no transition has told so yet.
	 */
	int gateFailures;

	/**
	 * The turn in which it was last held by another replica.
	 */
	int heldElsewhereIn = -1;

	/**
	 * Restarts in a row that are possible, one bit for each number: a command whose
	 * moment is not seen from outside leaves two.
	 */
	long counts = 1;

	boolean wasReady;

	long readySince;

	/**
	 * When the attempt must be ready.
	 */
	long readyBy = JudgedRun.NEVER;

	long nextAttempt;

	/**
	 * Whether it was started by hand while it waited for its next attempt.
	 */
	boolean startNow;

	/**
	 * Whether it may have been: the command came in the same turn.
	 */
	boolean mayStartNow;

	/**
	 * Those that have to end before its next attempt.
	 */
	final List<JudgedService> scope = new ArrayList<>();

	/**
	 * Whether a stop by hand found it stuck, and nobody wanted anything else since: it is
	 * done, and counts when the thread ends after all.
	 */
	boolean stopsOnceItEnds;

	/**
	 * How its runs ended so far that ended by themselves: {@code F}ailed or
	 * {@code C}ompleted.
	 */
	final StringBuilder ends = new StringBuilder();

	/**
	 * The failed ones that it waits for, and those it is to be cancelled with.
	 */
	final Set<JudgedService> heldBy = new HashSet<>();

	final Set<JudgedService> doomedBy = new HashSet<>();

	/**
	 * Whether it starts again after a stop of the group, or of a scope.
	 */
	boolean inOrder;

	/**
	 * Why it is not well, as was told last.
	 */
	@Nullable String degraded;

	@Nullable CancellationCause cause;

	/**
	 * Whether a person stopped it, and it has stayed so.
	 */
	boolean stoppedByHand;

	long cancelledAt;

	/**
	 * When the stop of the group cancels it whatever depends on it.
	 */
	long cancelledAnywayAt = JudgedRun.NEVER;

	/**
	 * When its run is interrupted.
	 */
	long interruptDue;

	/**
	 * The states that may come when a cancelled run has ended, one bit for each.
	 */
	int then;

	/**
	 * Whether it did not begin before it was cancelled, and waits again.
	 */
	boolean waitsAgain;

	long nextLook;

	int beatsSeen;

	int silentLooks;

	/**
	 * The judge of a group has one more service.
	 * @param startTimeout what the group's services have that have none of their own
	 */
	JudgedService(ServiceDefinition definition, long startTimeout) {
		this.name = definition.name();
		this.definition = definition;
		this.policy = definition.policy();
		this.interruptPeriod = nanos(this.policy.interruptPeriod());
		this.grace = definition.group().isPresent()
				? definition.timeToEnd().map((time) -> time.toNanos() - this.interruptPeriod).orElse(JudgedRun.NEVER)
				: nanos(this.policy.gracePeriod());
		this.startTimeout = (this.policy.startTimeout() != null) ? nanos(this.policy.startTimeout())
				: definition.group().isPresent() ? JudgedRun.NEVER : startTimeout;
		this.heartbeatTimeout = (this.policy.heartbeatTimeout() != null) ? nanos(this.policy.heartbeatTimeout())
				: JudgedRun.NEVER;
		this.announces = definition.service().announcesReadiness();
		this.gated = definition.gate() != null;
	}

	static long nanos(Duration duration) {
		return (duration.compareTo(CENTURY) > 0) ? JudgedRun.NEVER : duration.toNanos();
	}

	/**
	 * Handed to an executor, and waited for.
	 */
	boolean isLive() {
		return this.state == ServiceState.STARTING || this.state == ServiceState.RUNNING
				|| this.state == ServiceState.STOPPING;
	}

	boolean hasEndedByItself() {
		return this.state == ServiceState.COMPLETED || this.state == ServiceState.FAILED;
	}

	/**
	 * Rule 32.
	 */
	boolean isToGo() {
		return this.definition.removedWhenDone() && !olderLives() && switch (this.state) {
			case COMPLETED -> true;
			case FAILED -> !this.policy.critical();
			case STOPPED -> this.stoppedByHand;
			default -> false;
		};
	}

	boolean olderLives() {
		return this.older != null && !this.older.over;
	}

	/**
	 * Rule 18: one that depends on it, at any distance, and has not ended.
	 */
	@Nullable JudgedService liveDependent() {
		for (JudgedService dependent : allDependents()) {
			if (dependent.isLive()) {
				return dependent;
			}
		}
		return null;
	}

	/**
	 * Rule 14: such a one that is to end as well, since it is taken along or for a reason
	 * of its own.
	 */
	@Nullable JudgedService endingDependent() {
		for (JudgedService dependent : allDependents()) {
			if (dependent.isLive() && (dependent.state == ServiceState.STOPPING || !dependent.doomedBy.isEmpty())) {
				return dependent;
			}
		}
		return null;
	}

	/**
	 * Rule 2: what those need that depend on it. One that is about to be taken along with
	 * a failed one is not there any more.
	 */
	boolean isThere() {
		return (this.state == ServiceState.RUNNING && this.doomedBy.isEmpty()) || this.state == ServiceState.COMPLETED;
	}

	boolean isHeldElsewhere() {
		return this.pass != null && this.pass.heldElsewhere && !this.pass.granted;
	}

	/**
	 * When a run with a lease has to be cancelled.
	 */
	long cancelBy(JudgedPass pass) {
		return pass.validUntil - this.grace - this.interruptPeriod;
	}

	boolean isHeldBackByScope() {
		for (JudgedService failed : this.heldBy) {
			if (failed.state == ServiceState.BACKOFF) {
				return true;
			}
		}
		return false;
	}

	boolean dependsOnFailed() {
		for (JudgedService dependency : this.dependencies) {
			if (dependency.state == ServiceState.FAILED) {
				return true;
			}
		}
		return false;
	}

	boolean isAnythingMissing() {
		for (JudgedService dependency : this.dependencies) {
			if (!dependency.isThere() && !dependency.isHeldElsewhere()) {
				return true;
			}
		}
		for (JudgedService below : belowThoseAtRest()) {
			if (!below.isThere() && !below.isHeldElsewhere()) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Rule 3: whether the group is not running because of it.
	 * @param all whether one that waits has to wait for nothing but a lease, or for those
	 * that somebody stopped by hand, in order not to
	 */
	boolean holdsUpStart(boolean all) {
		return this.policy.critical() && switch (this.state) {
			case NEW, STARTING, BACKOFF, STOPPING -> true;
			case WAITING -> !isHeldBack(all);
			case STUCK -> isRestartDue();
			case RUNNING, STOPPED, COMPLETED, FAILED -> false;
		};
	}

	/**
	 * Rule 18: those that it depends on through completed ones, and through others below
	 * them that have ended, if their order matters for its next start.
	 */
	Set<JudgedService> belowThoseAtRest() {
		Set<JudgedService> below = new HashSet<>();
		Set<JudgedService> seen = new HashSet<>();
		List<JudgedService> left = new ArrayList<>();
		if (!this.inOrder) {
			return below;
		}
		for (JudgedService dependency : this.dependencies) {
			if (dependency.state == ServiceState.COMPLETED) {
				left.add(dependency);
			}
		}
		while (!left.isEmpty()) {
			JudgedService service = left.remove(left.size() - 1);
			if (!service.state.isTerminal()) {
				below.add(service);
			}
			else if (seen.add(service)) {
				left.addAll(service.dependencies);
			}
		}
		return below;
	}

	/**
	 * Whether it waits only for a lease, or for those that somebody stopped by hand.
	 * @param all whether it waits for nothing else, or for one such at least
	 */
	boolean isHeldBack(boolean all) {
		if (this.state != ServiceState.WAITING || olderLives() || (all && isHeldBackByScope())) {
			return false;
		}
		boolean any = false;
		for (JudgedService dependency : this.dependencies) {
			if (dependency.isThere() || dependency.isHeldElsewhere()) {
				continue;
			}
			boolean heldBack = dependency.isStoppedByHand() || dependency.isHeldBack(all);
			if (all && !heldBack) {
				return false;
			}
			any |= heldBack;
			if (!all && any) {
				return true;
			}
		}
		for (JudgedService below : belowThoseAtRest()) {
			if (below.isThere() || below.isHeldElsewhere()) {
				continue;
			}
			boolean heldBack = below.isStoppedByHand() || below.isHeldBack(all);
			if (all && !heldBack) {
				return false;
			}
			any |= heldBack;
		}
		return any || this.pass != null;
	}

	/**
	 * One that is stuck is as stopped as it will be.
	 */
	private boolean isStoppedByHand() {
		return this.state == ServiceState.STOPPED || (this.state == ServiceState.STUCK && !isRestartDue());
	}

	/**
	 * Whether its thread is out of the run, whose end the loop may have before what is
	 * posted from now on.
	 */
	boolean isRunOver() {
		return this.run != null && this.run.over;
	}

	/**
	 * Whether it is to be started again when its run has ended that was cancelled.
	 */
	boolean isRestartDue() {
		return mayThen(ServiceState.WAITING) || mayThen(ServiceState.BACKOFF);
	}

	boolean mayThen(ServiceState next) {
		return (this.then & bit(next)) != 0;
	}

	static int bit(ServiceState state) {
		return 1 << state.ordinal();
	}

	/**
	 * All that depend on it, directly or not.
	 */
	Set<JudgedService> allDependents() {
		Set<JudgedService> all = new HashSet<>();
		List<JudgedService> left = new ArrayList<>(this.dependents);
		while (!left.isEmpty()) {
			JudgedService dependent = left.remove(left.size() - 1);
			if (all.add(dependent)) {
				left.addAll(dependent.dependents);
			}
		}
		return all;
	}

	/**
	 * What the loop is to make of the end of a run: what was thrown, or a failure
	 * without, or {@code null} if it is none.
	 */
	boolean endedInFailure(JudgedRun run) {
		if (run.thrown == null) {
			return !run.sawToken && this.policy.onCompletion() == OnCompletion.FAIL;
		}
		return !run.sawToken || !Echoes.lost(run.thrown, run.disturbed).isEmpty();
	}

	@Override
	public String toString() {
		return this.name + " " + this.state;
	}

	/**
	 * What its latest ends were, in one word.
	 */
	String ends(int count) {
		String latest = this.ends.substring(Math.max(0, this.ends.length() - count));
		return !latest.contains("C") ? "failed" : !latest.contains("F") ? "completed" : "ended";
	}

}
