package io.supervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * One service in a group: what the owner knows of it. A member is its own deadline, since
 * there is never more than one thing that it waits for. Unless stated otherwise its
 * fields are only accessed by the owner of the group.
 */
final class Member extends Deadline {

	private static final VarHandle UNANNOUNCED_READY;

	static {
		try {
			UNANNOUNCED_READY = MethodHandles.lookup().findVarHandle(Member.class, "unannouncedReady", boolean.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	/**
	 * How many causes are remembered, those that were seen last.
	 */
	private static final int MAX_CAUSES = 64;

	/**
	 * With the policy that its latest run began with. Written by the owner before it
	 * hands over a run, read by any thread, as the definition is immutable.
	 */
	private ServiceDefinition definition;

	/**
	 * What the next run begins with, if that is another policy.
	 */
	private @Nullable ServiceDefinition nextDefinition;

	private final boolean announces;

	private final String threadName;

	/**
	 * How it stands to other members, if it does.
	 */
	Relations relations = Relations.NONE;

	ServiceState state = ServiceState.NEW;

	/**
	 * The run of the group that it was started in, or kept from starting.
	 */
	int epoch;

	/**
	 * Whether it has another state than its snapshot says, or had in between, and whether
	 * the snapshot is about to be replaced.
	 */
	private boolean moved;

	boolean stale;

	/**
	 * The state before the first transition that there was no memory to tell of, and
	 * whether there was none to tell that it has gone. Written by the
	 * {@link Publication}.
	 */
	@Nullable ServiceState untoldFrom;

	boolean removalUntold;

	/**
	 * The one after it of those. Written by the {@link Publication}, as is the flag.
	 */
	@Nullable Member nextStale;

	/**
	 * Whether it is to be looked at again, and the one after it. Written by the
	 * {@link Agenda}.
	 */
	boolean woken;

	@Nullable Member nextWoken;

	int attempt;

	/**
	 * Restarts since the group exists, and in a row.
	 */
	int restarts;

	int inARow;

	/**
	 * Whether failures, and whether completions, are among the ends in a row.
	 */
	boolean failedInARow;

	boolean completedInARow;

	/**
	 * Failures in a row, while there are any.
	 */
	private @Nullable FailureRow row;

	@Nullable ServiceFailure lastFailure;

	/**
	 * Its failures in the group's run. Written by the {@link Group}.
	 */
	Group.@Nullable Failures failures;

	@Nullable Instant nextAttempt;

	/**
	 * Why the latest run was cancelled, or the service was stopped.
	 */
	@Nullable CancellationCause cause;

	/**
	 * The run that is under way, also while it is stuck.
	 */
	@Nullable Run run;

	/**
	 * A run from an earlier run of the group that has not ended.
	 */
	@Nullable Run older;

	/**
	 * What an executor that may block has not returned from. Written by the
	 * {@link Submitter}.
	 */
	@Nullable Submission submission;

	/**
	 * What lets the next run in, while it waits at its gate.
	 */
	@Nullable GatePass pass;

	/**
	 * The name of the thread that has entered the run, as of the latest look.
	 */
	@Nullable String threadInRun;

	/**
	 * When the run became ready.
	 */
	long readySince;

	boolean wasReady;

	/**
	 * What comes when the run has ended that was cancelled.
	 */
	Then then = Then.STOPPED;

	/**
	 * When it was cancelled.
	 */
	long cancelledAt;

	/**
	 * Whether it was interrupted since, and whether it is given up and only its stack is
	 * waited for.
	 */
	boolean interrupted;

	boolean givenUp;

	/**
	 * Why it will be cancelled once those that depend on it have ended.
	 */
	@Nullable CancellationCause doom;

	/**
	 * What is known of the heartbeats of the run, if it has to give any.
	 */
	@Nullable Pulse pulse;

	@Nullable String waitingFor;

	/**
	 * Why its run is not well, if it says so, and whether there was no memory to tell of
	 * that. The latter is written by the {@link Publication}.
	 */
	@Nullable String degraded;

	boolean degradedUntold;

	/**
	 * Whether it is counted among those that hold the group open. Written by the
	 * {@link Roster}.
	 */
	boolean holdsOpen;

	@Nullable List<StackTraceElement> stack;

	/**
	 * Commands to carry out when the run has ended, the latest first, linked by
	 * {@link Command#nextPending}.
	 */
	@Nullable Command pending;

	/**
	 * Written by the owner, read by any thread.
	 */
	private volatile ServiceSnapshot snapshot;

	/**
	 * Written once by any thread.
	 */
	@SuppressWarnings("unused")
	private boolean unannouncedReady;

	/**
	 * Causes that are in the log with their stack. Only accessed by threads of the runs,
	 * of which there is one at a time.
	 */
	private @Nullable Set<Integer> loggedCauses;

	Member(ServiceDefinition definition, Instant now) {
		if (definition.placement().kind() != Placement.Kind.EVERYWHERE && definition.gate() == null) {
			throw new IllegalArgumentException(
					"'%s' is to run as %s, but there is nothing that lets one replica in at a time: give its definition a gate, or let a lease store do so"
						.formatted(definition.name(), definition.placement().kind()));
		}
		this.definition = definition;
		this.announces = announcesReadiness(definition);
		this.threadName = "supervisor-" + definition.name();
		this.snapshot = takeSnapshot(now);
	}

	private static boolean announcesReadiness(ServiceDefinition definition) {
		try {
			return definition.service().announcesReadiness();
		}
		catch (Throwable ex) {
			throw new IllegalStateException("'" + definition.name()
					+ "' cannot say whether it announces its readiness: announcesReadiness() must return true or false at any time, before the service is run as well",
					ex);
		}
	}

	String name() {
		return this.definition.name();
	}

	/**
	 * The name of the threads that run it.
	 */
	String threadName() {
		return this.threadName;
	}

	Service service() {
		return this.definition.service();
	}

	ServicePolicy policy() {
		return this.definition.policy();
	}

	ServiceDefinition definition() {
		return this.definition;
	}

	/**
	 * Time from a cancel to the interrupt. Not kept, as the following are not: there may
	 * be a hundred thousand members.
	 */
	long gracePeriod() {
		return (service() instanceof NestedGroup nested) ? nested.group().loop().shutdownTimeout()
				: Durations.toNanos(policy().gracePeriod());
	}

	long interruptPeriod() {
		return Durations.toNanos(policy().interruptPeriod());
	}

	/**
	 * Time from the begin of an attempt until it must be ready. The members of a nested
	 * group have theirs.
	 * @param byDefault that of a service which has none of its own
	 */
	long startTimeout(long byDefault) {
		Duration timeout = policy().startTimeout();
		return (timeout != null) ? Durations.toNanos(timeout)
				: (service() instanceof NestedGroup) ? Durations.NONE : byDefault;
	}

	long heartbeatTimeout() {
		Duration timeout = policy().heartbeatTimeout();
		return (timeout != null) ? Durations.toNanos(timeout) : Durations.NONE;
	}

	boolean announces() {
		return this.announces;
	}

	ServiceSnapshot snapshot() {
		return this.snapshot;
	}

	/**
	 * What it is like, with what its run says of itself. For any thread: who has seen the
	 * snapshot sees its run, or a later one, which has nothing to do with it.
	 */
	ServiceSnapshot look() {
		ServiceSnapshot snapshot = this.snapshot;
		Run run = runOf(snapshot);
		RunReport report = (run != null) ? run.reportIfAny() : null;
		RunReport.Activity activity = (report != null) ? report.read() : null;
		return (activity != null) ? snapshot.with(activity) : snapshot;
	}

	/**
	 * Where the thread of its run is. For any thread.
	 */
	List<StackTraceElement> stackNow() {
		Run run = runOf(this.snapshot);
		Thread thread = (run != null) ? run.threadIfKnown() : null;
		StackTraceElement[] stack = (thread != null) ? thread.getStackTrace() : new StackTraceElement[0];
		// the thread of a run that has ended meanwhile may do something else
		return (run == null || run.isEnded()) ? List.of() : List.of(stack);
	}

	/**
	 * The run that a snapshot is of, unless it has ended. For any thread.
	 */
	private @Nullable Run runOf(ServiceSnapshot snapshot) {
		Run run = this.run;
		boolean live = snapshot.state().isLive() || snapshot.state() == ServiceState.STUCK;
		return (live && run != null && run.attempt() == snapshot.attempt() && !run.isEnded()) ? run : null;
	}

	/**
	 * Be in another state; what belongs to the former one goes.
	 */
	void moveTo(ServiceState next) {
		this.state = next;
		this.moved = true;
		if (next == ServiceState.WAITING) {
			this.relations.lookAtFailedFirst();
		}
		this.waitingFor = (next == ServiceState.WAITING) ? describeMissing() : null;
		if (next != ServiceState.BACKOFF) {
			this.nextAttempt = null;
		}
		if (!next.isLive() && next != ServiceState.STUCK) {
			this.degraded = null;
			Run run = this.run;
			this.run = null;
			if (run != null && run.pass() != null && run != this.older) {
				run.pass().release();
			}
		}
	}

	/**
	 * A run has ended.
	 * @param count how many have in a row, with this one
	 */
	void endedInARow(boolean failed, int count) {
		this.failedInARow = failed || (this.failedInARow && count > 1);
		this.completedInARow = !failed || (this.completedInARow && count > 1);
	}

	/**
	 * It is to have another policy from its next run on.
	 */
	void changePolicy(ServicePolicy policy) {
		this.nextDefinition = this.definition.toBuilder().policy(policy).build();
	}

	/**
	 * It begins its next run.
	 */
	Run nextRun(GroupLoop loop, int epoch) {
		GatePass pass = this.pass;
		Run run = new Run(loop, this, ++this.attempt, epoch, pass);
		this.run = run;
		this.pass = null;
		if (pass != null) {
			pass.run = run;
		}
		if (this.nextDefinition != null) {
			this.definition = this.nextDefinition;
			this.nextDefinition = null;
		}
		this.threadInRun = null;
		this.wasReady = false;
		this.cause = null;
		this.pulse = null;
		return run;
	}

	/**
	 * It does not want to run any more.
	 */
	void leaveGate() {
		GatePass pass = this.pass;
		this.pass = null;
		if (pass != null) {
			pass.release();
		}
	}

	/**
	 * Whether no run of it is under way, not even one that is stuck.
	 */
	boolean hasNoRun() {
		return this.run == null && this.older == null;
	}

	/**
	 * Whether its run was cancelled, and its end is not waited for: its thread waits for
	 * the stop of the group.
	 */
	boolean isExcused() {
		return this.state == ServiceState.STOPPING && this.run != null && this.run.isExcused();
	}

	/**
	 * Whether the end of its run was taken, but not carried out: what a handler that
	 * threw has left.
	 */
	boolean isEndLeft() {
		return this.run != null && this.run.isEndTaken() && (this.state.isLive() || this.state == ServiceState.STUCK);
	}

	/**
	 * Its run, which there is.
	 */
	Run requireRun() {
		return Objects.requireNonNull(this.run, "there is no run");
	}

	/**
	 * Why its run was cancelled, which it was.
	 */
	CancellationCause requireCause() {
		return Objects.requireNonNull(this.cause, "the run was not cancelled");
	}

	/**
	 * What its latest failure was.
	 */
	@Nullable Throwable failed() {
		return (this.lastFailure != null) ? this.lastFailure.cause() : null;
	}

	/**
	 * Whether it has gone into another state since its snapshot was taken.
	 */
	boolean isUnpublished() {
		return this.moved;
	}

	ServiceSnapshot publish(Instant now) {
		ServiceSnapshot snapshot = takeSnapshot(this.moved ? now : this.snapshot.since());
		this.snapshot = snapshot;
		this.moved = false;
		return snapshot;
	}

	private ServiceSnapshot takeSnapshot(Instant since) {
		return new ServiceSnapshot(this.definition, this.state, since, this.attempt, threadInRun(), this.cause,
				ServiceSnapshot.Details.of(this.restarts, this.lastFailure, this.nextAttempt, this.waitingFor,
						this.stack, lease(), (this.pulse != null) ? this.pulse.lastBeat : null, row(), this.degraded));
	}

	private @Nullable FailureRow row() {
		return (this.inARow > 0) ? this.row : null;
	}

	/**
	 * It is to be started again.
	 * @param failure what for, if it has not completed
	 * @param inARow how often it is then in a row
	 */
	void restartedFor(@Nullable ServiceFailure failure, int inARow) {
		this.row = (failure != null) ? FailureRow.next((inARow > 1) ? this.row : null) : null;
		this.inARow = inARow;
	}

	/**
	 * The storm that a failure of its run belongs to, if it is one. For the thread of the
	 * run: what it reads was there before the run began, but for the moment at which the
	 * run became ready, of which it may hear late.
	 */
	@Nullable FailureRow storm(long now) {
		FailureRow row = row();
		long resetAfter = Durations.toNanos(policy().restart().resetAfter());
		boolean recovered = new RestartHistory(this.inARow, this.wasReady, this.readySince).upFor(resetAfter, now);
		return (row != null && row.isStorm() && !recovered) ? row : null;
	}

	private @Nullable String threadInRun() {
		return (this.run != null) ? this.threadInRun : null;
	}

	/**
	 * The loop has been told that the thread of the run has entered it, by this name.
	 */
	void entered() {
		this.threadInRun = this.threadName;
	}

	/**
	 * The thread of the run may have another name by now. Not worth a look each time: a
	 * hundred thousand threads are started by other processors than the loop's.
	 */
	void lookAtThread(Run run) {
		this.threadInRun = run.thread().getName();
	}

	private @Nullable Lease lease() {
		if (this.pass != null) {
			return this.pass.lease;
		}
		GatePass pass = (this.run != null) ? this.run.pass() : null;
		return (pass != null) ? pass.lease : null;
	}

	/**
	 * Whether those that depend on this one may start (rule 2). One that another replica
	 * runs is there for them.
	 */
	boolean isSatisfying() {
		return (this.state == ServiceState.RUNNING && this.doom == null) || this.state == ServiceState.COMPLETED
				|| (this.pass != null && this.pass.isHeldElsewhere());
	}

	/**
	 * Whether a stop of the group found it at rest, so that a resumed group leaves it so.
	 */
	boolean outlastsStop() {
		return switch (this.state) {
			case COMPLETED -> true;
			case FAILED -> !policy().critical();
			case STOPPED -> this.cause != null && this.cause.kind() == CancellationCause.Kind.STOPPED;
			case NEW, WAITING, STARTING, RUNNING, BACKOFF, STOPPING, STUCK -> false;
		};
	}

	/**
	 * Whether it is done and leaves the group then (rule 32).
	 */
	boolean isToGo() {
		return this.definition.removedWhenDone() && this.state.isTerminal() && hasNoRun()
				&& (this.state != ServiceState.FAILED || !policy().critical());
	}

	/**
	 * What it has to wait for before it can start, if anything.
	 */
	@Nullable String describeMissing() {
		try {
			return describeWhatIsMissing();
		}
		catch (Throwable ex) {
			// no memory for words
			return null;
		}
	}

	private @Nullable String describeWhatIsMissing() {
		if (this.older != null) {
			return "the end of attempt " + this.older.attempt() + ", which is stuck";
		}
		Member missing = this.relations.firstMissing();
		if (missing != null) {
			return "'" + missing.name() + "'";
		}
		return (this.pass != null) ? describeLease(this.pass.lease) : null;
	}

	private static String describeLease(Lease lease) {
		if (lease.holder() == null) {
			return "its lease";
		}
		return "its lease, which " + lease.holder() + " holds"
				+ ((lease.until() != null) ? " until " + lease.until() : "");
	}

	void waitForStartOf(Member other) {
		this.relations.blockedOn = other;
		other.relations.addStartWaiter(this);
	}

	/**
	 * Whether it waits for a lease, or for one that somebody stopped by hand, directly or
	 * not: such a one does not hold up the group's start (rules 2 and 3).
	 */
	boolean isHeldBack() {
		Member last = this;
		Member other = this;
		while (other != null && other.state == ServiceState.WAITING) {
			last = other;
			other = other.relations.blockedOn;
		}
		return (other != null) ? other.isStoppedByHand() : last.pass != null;
	}

	/**
	 * Whether somebody stopped it in a group that does not stop; one that is stuck is as
	 * stopped as it will be.
	 */
	private boolean isStoppedByHand() {
		return this.state == ServiceState.STOPPED || (this.state == ServiceState.STUCK && !this.then.isRestart());
	}

	/**
	 * For the threads of the runs.
	 */
	boolean isNewCause(int signature) {
		if (this.loggedCauses == null) {
			this.loggedCauses = new LinkedHashSet<>();
		}
		boolean isNew = !this.loggedCauses.remove(signature);
		this.loggedCauses.add(signature);
		if (this.loggedCauses.size() > MAX_CAUSES) {
			this.loggedCauses.remove(this.loggedCauses.iterator().next());
		}
		return isNew;
	}

	/**
	 * For any thread.
	 */
	boolean isFirstUnannouncedReady() {
		return UNANNOUNCED_READY.compareAndSet(this, false, true);
	}

	@Override
	void due(Rules rules) {
		rules.onDue(this);
	}

	@Override
	public String toString() {
		return name() + " " + this.state;
	}

	/**
	 * The heartbeats of a run, as the loop has found them.
	 */
	static final class Pulse {

		/**
		 * The count at the latest look, and looks without one.
		 */
		int beatsSeen;

		int silentLooks;

		/**
		 * When a look last found one.
		 */
		@Nullable Instant lastBeat;

	}

	/**
	 * What comes when a run has ended that was cancelled.
	 */
	enum Then {

		/**
		 * Nothing more.
		 */
		STOPPED,

		/**
		 * Its failure is final.
		 */
		FAILED,

		/**
		 * The next attempt after a delay.
		 */
		BACKOFF,

		/**
		 * The next attempt as soon as nothing is missing.
		 */
		WAITING;

		boolean isRestart() {
			return this == BACKOFF || this == WAITING;
		}

	}

}
