package io.supervisor;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * How a group stands as a whole: its state, why it stops, what has failed. Only accessed
 * by the owner of the group, as are the rooms that it holds together.
 */
final class Group {

	final String name;

	final Timing timing;

	/**
	 * The one that sees the application, for threads that call what is the application's
	 * (rule 34).
	 */
	final @Nullable ClassLoader classLoader;

	final Agenda agenda;

	final Roster roster;

	final Publication publication;

	/**
	 * Sees the steps of services, unless it is null; and the one of this run, which may
	 * be that of the group around. The latter is written before the runs begin, read by
	 * their threads.
	 */
	private final @Nullable StepObserver ownStepObserver;

	private @Nullable StepObserver stepObserver;

	private GroupState state = GroupState.NEW;

	private Instant since;

	/**
	 * The number of the group's run, present or latest.
	 */
	private int epoch;

	/**
	 * Why the group stops, and how it is to end.
	 */
	private @Nullable CancellationCause cause;

	private GroupState outcome = GroupState.COMPLETED;

	/**
	 * All failures of this run, and those that make up the group's error.
	 */
	private FailureList failures = new FailureList();

	private FailureList errors = new FailureList();

	Group(String name, Timing timing, @Nullable ClassLoader classLoader, @Nullable StepObserver stepObserver,
			List<ServiceGroupListener> listeners, List<Member> members) {
		this.name = name;
		this.timing = timing;
		this.classLoader = classLoader;
		this.ownStepObserver = stepObserver;
		this.stepObserver = stepObserver;
		this.agenda = new Agenda(timing);
		this.since = this.agenda.instant();
		this.roster = new Roster(this, members);
		this.publication = new Publication(this, listeners);
	}

	GroupState state() {
		return this.state;
	}

	Instant since() {
		return this.since;
	}

	boolean isIn(GroupState state) {
		return this.state == state;
	}

	boolean isStopping() {
		return this.state == GroupState.STOPPING;
	}

	boolean isLive() {
		return this.state.isLive();
	}

	int epoch() {
		return this.epoch;
	}

	/**
	 * Whether a member has been started in the present run of the group, or kept from
	 * starting.
	 */
	boolean isInPresentRun(Member member) {
		return member.epoch == this.epoch;
	}

	@Nullable CancellationCause cause() {
		return this.cause;
	}

	/**
	 * Why the group stops, which it does.
	 */
	CancellationCause stopCause() {
		return Objects.requireNonNull(this.cause, "the group does not stop");
	}

	GroupState outcome() {
		return this.outcome;
	}

	List<ServiceFailure> failures() {
		return this.failures.view();
	}

	List<ServiceFailure> errors() {
		return this.errors.view();
	}

	/**
	 * Who sees the steps of services. For the threads of the runs.
	 */
	@Nullable StepObserver stepObserver() {
		return this.stepObserver;
	}

	/**
	 * A run of the group begins. Short of memory nothing does.
	 * @param epoch its number
	 * @param parent the run that it is a part of, if any
	 */
	void begin(int epoch, @Nullable ServiceContext parent) {
		this.stepObserver = (this.ownStepObserver == null && parent instanceof Run run)
				? run.loop().group().stepObserver : this.ownStepObserver;
		this.publication.begin();
		FailureList failures = new FailureList();
		FailureList errors = new FailureList();
		this.epoch = epoch;
		this.cause = null;
		this.outcome = GroupState.COMPLETED;
		this.failures = failures;
		this.errors = errors;
		moveTo(GroupState.STARTING);
	}

	void stop(CancellationCause cause, GroupState outcome) {
		this.cause = cause;
		this.outcome = outcome;
		moveTo(GroupState.STOPPING);
	}

	void moveTo(GroupState next) {
		GroupState from = this.state;
		if (!from.canMoveTo(next)) {
			throw new IllegalStateException("'%s' cannot go from %s to %s".formatted(this.name, from, next));
		}
		this.state = next;
		this.since = this.agenda.instant();
		this.publication.moved();
	}

	/**
	 * See to it that a failure can be added once the state says that there was one: what
	 * throws before has changed nothing.
	 */
	void makeRoomForFailure() {
		this.failures.makeRoom();
		this.errors.makeRoom();
	}

	/**
	 * The same for one of a member.
	 */
	void makeRoomForFailure(Member member) {
		makeRoomForFailure();
		failuresOf(member);
	}

	/**
	 * A failure that fails the group (rule 6).
	 */
	void addFailure(ServiceFailure failure) {
		this.failures.add(failure);
		this.publication.changed();
	}

	/**
	 * A failure that leaves the group as it is (rule 9).
	 */
	void addIsolated(Member member, ServiceFailure failure) {
		Failures of = failuresOf(member);
		this.failures.add(failure, of, ++of.failures);
		this.publication.changed();
	}

	/**
	 * A failure of a run that was cancelled, or of a group that stops (rules 8 and 20).
	 */
	void addSecondary(Member member, ServiceFailure failure) {
		addIsolated(member, failure);
		Failures of = failuresOf(member);
		this.errors.add(failure, of, ++of.errors);
	}

	private Failures failuresOf(Member member) {
		Failures failures = member.failures;
		if (failures == null || failures.epoch != this.epoch) {
			failures = new Failures(this.epoch);
			member.failures = failures;
		}
		return failures;
	}

	/**
	 * A member has gone: nothing is kept of it (rule 27). What a run of the group has
	 * ended with stays as it is.
	 */
	void forgetFailures(Member member) {
		Failures of = member.failures;
		if (of != null && of.epoch == this.epoch && isLive()) {
			makeRoomForFailure();
			this.failures.forget(of, of.failures);
			this.errors.forget(of, of.errors);
			member.failures = null;
		}
	}

	/**
	 * The failure that stops the group.
	 */
	void addCause(ServiceFailure failure) {
		this.errors.addFirst(failure);
	}

	/**
	 * One more failure of a group that stops.
	 */
	void addError(ServiceFailure failure) {
		this.errors.add(failure);
	}

	ServiceFailure failure(Member member, Exception reason) {
		return new ServiceFailure(member.name(), member.attempt, reason, this.agenda.instant());
	}

	/**
	 * Stands for a member among the failures of a run of the group, and counts those that
	 * do not fail it.
	 */
	static final class Failures {

		private final int epoch;

		private int failures;

		private int errors;

		Failures(int epoch) {
			this.epoch = epoch;
		}

	}

}
