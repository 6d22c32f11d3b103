package io.supervisor;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * One service at one moment: immutable and consistent in itself (rule 24).
 */
public final class ServiceSnapshot {

	private final ServiceDefinition definition;

	private final ServiceState state;

	private final Instant since;

	private final int attempt;

	private final @Nullable String threadName;

	private final @Nullable CancellationCause cancellationCause;

	private final Details details;

	/**
	 * What the run does, as of the moment at which somebody looked.
	 */
	private final RunReport.@Nullable Activity activity;

	ServiceSnapshot(ServiceDefinition definition, ServiceState state, Instant since, int attempt,
			@Nullable String threadName, @Nullable CancellationCause cancellationCause, Details details) {
		this(definition, state, since, attempt, threadName, cancellationCause, details, null);
	}

	private ServiceSnapshot(ServiceDefinition definition, ServiceState state, Instant since, int attempt,
			@Nullable String threadName, @Nullable CancellationCause cancellationCause, Details details,
			RunReport.@Nullable Activity activity) {
		if ((details.nextAttempt != null) != (state == ServiceState.BACKOFF)) {
			throw new IllegalArgumentException("'%s' in state %s %s a next attempt".formatted(definition.name(), state,
					(details.nextAttempt != null) ? "cannot have" : "needs"));
		}
		if (state == ServiceState.FAILED && details.lastFailure == null) {
			throw new IllegalArgumentException("'" + definition.name() + "' has failed without a failure");
		}
		if ((state == ServiceState.STOPPING || state == ServiceState.STUCK) && cancellationCause == null) {
			throw new IllegalArgumentException("'" + definition.name() + "' is " + state + " without a cause");
		}
		this.definition = definition;
		this.state = state;
		this.since = since;
		this.attempt = attempt;
		this.threadName = threadName;
		this.cancellationCause = cancellationCause;
		this.details = details;
		this.activity = activity;
	}

	/**
	 * The same with what the run does.
	 */
	ServiceSnapshot with(RunReport.Activity activity) {
		return new ServiceSnapshot(this.definition, this.state, this.since, this.attempt, this.threadName,
				this.cancellationCause, this.details, activity);
	}

	/**
	 * The name of the service.
	 * @return the name
	 */
	public String name() {
		return this.definition.name();
	}

	/**
	 * The definition of the service: its policy and dependencies.
	 * @return the definition
	 */
	public ServiceDefinition definition() {
		return this.definition;
	}

	/**
	 * The state of the service.
	 * @return the state
	 */
	public ServiceState state() {
		return this.state;
	}

	/**
	 * When the service entered its state.
	 * @return the instant
	 */
	public Instant since() {
		return this.since;
	}

	/**
	 * Whether the service is at work: {@link ServiceState#RUNNING}.
	 * @return {@code true} if it is ready
	 */
	public boolean ready() {
		return this.state == ServiceState.RUNNING;
	}

	/**
	 * The number of the latest run.
	 * @return the attempt number; 0 before the first
	 */
	public int attempt() {
		return this.attempt;
	}

	/**
	 * How often the service was started again after a run that ended by itself, since the
	 * group object exists.
	 * @return the number of restarts
	 */
	public int restarts() {
		return this.details.restarts;
	}

	/**
	 * Whether a final failure of the service stops the group.
	 * @return {@code true} if it is critical
	 */
	public boolean critical() {
		return this.definition.policy().critical();
	}

	/**
	 * The names of the services that it depends on.
	 * @return the names
	 */
	public List<String> dependencies() {
		return this.definition.dependencies();
	}

	/**
	 * The latest failure in the group's present run.
	 * @return the failure, or empty if there was none
	 */
	public Optional<ServiceFailure> lastFailure() {
		return Optional.ofNullable(this.details.lastFailure);
	}

	/**
	 * When the next attempt is due.
	 * @return the instant in {@link ServiceState#BACKOFF}, otherwise empty
	 */
	public Optional<Instant> nextAttempt() {
		return Optional.ofNullable(this.details.nextAttempt);
	}

	/**
	 * Why the latest run was cancelled, or why the service was stopped before it ran.
	 * @return the cause, or empty if neither was
	 */
	public Optional<CancellationCause> cancellationCause() {
		return Optional.ofNullable(this.cancellationCause);
	}

	/**
	 * What a {@link ServiceState#WAITING} service waits for, as a noun.
	 * @return the description, or empty if nothing is missing
	 */
	public Optional<String> waitingFor() {
		return Optional.ofNullable(this.details.waitingFor);
	}

	/**
	 * Where the thread of a {@link ServiceState#STUCK} service was when it was given up.
	 * @return the stack, innermost frame first; empty if the service is not stuck, or the
	 * stack was not taken
	 */
	public List<StackTraceElement> stack() {
		return (this.details.stack != null) ? this.details.stack : List.of();
	}

	/**
	 * The thread that executes the latest run, by the name that it was given for that, or
	 * that it had given itself when the service announced its readiness or was found to
	 * be stuck.
	 * @return the name, or empty if no thread is in the run
	 */
	public Optional<String> threadName() {
		return Optional.ofNullable(this.threadName);
	}

	/**
	 * When the group last found that the latest run had given a
	 * {@linkplain ServiceContext#heartbeat() heartbeat}. It looks every half heartbeat
	 * timeout, so the beat itself came at most that much earlier (rule 23).
	 * @return the instant, or empty if the service does not have to give any, or none was
	 * found yet
	 */
	public Optional<Instant> lastHeartbeat() {
		return Optional.ofNullable(this.details.lastHeartbeat);
	}

	/**
	 * Why the service {@linkplain ServiceContext#degraded(String) is not well}, by its
	 * own account.
	 * @return the reason, or empty if it has not said so in the run that is under way, or
	 * has taken it back
	 */
	public Optional<String> degraded() {
		return Optional.ofNullable(this.details.degraded);
	}

	/**
	 * What the service {@linkplain ServiceContext#status(String) says} that it does, at
	 * the moment at which the group was asked for this snapshot. A snapshot that came
	 * with an event has none.
	 * @return the line, or empty if it has said nothing in the run that is under way
	 */
	public Optional<String> status() {
		return (this.activity != null) ? Optional.ofNullable(this.activity.status()) : Optional.empty();
	}

	/**
	 * The {@linkplain ServiceContext#step step} that the thread of the run was in at the
	 * moment at which the group was asked for this snapshot: the innermost one. A
	 * snapshot that came with an event has none.
	 * @return the name of the step, or empty if it is in none
	 */
	public Optional<String> step() {
		return (this.activity != null) ? Optional.ofNullable(this.activity.step()) : Optional.empty();
	}

	/**
	 * When the {@linkplain #step() step} began.
	 * @return the instant, to the millisecond, or empty if it is in none
	 */
	public Optional<Instant> stepSince() {
		return (this.activity != null) ? Optional.ofNullable(this.activity.stepSince()) : Optional.empty();
	}

	/**
	 * The lease that the service needs to run: who holds it while the service waits for
	 * it, its token and its end while this replica holds it.
	 * @return the lease, or empty if the service needs none or does not ask for it now
	 */
	public Optional<Lease> lease() {
		return Optional.ofNullable(this.details.lease);
	}

	/**
	 * Its failures in a row, if it is in a storm of them (rule 16).
	 */
	@Nullable FailureRow storm() {
		FailureRow row = this.details.failureRow;
		return (row != null && row.isStorm()) ? row : null;
	}

	/**
	 * The group that this service is, for a member that is a group itself.
	 * @return the group's own snapshot, taken now, or empty
	 */
	public Optional<GroupSnapshot> group() {
		return this.definition.group().map(ServiceGroup::snapshot);
	}

	/**
	 * The services of the group that this service is, for a member that is a group
	 * itself.
	 * @return their snapshots, taken now; empty for a plain service
	 */
	public List<ServiceSnapshot> services() {
		return this.definition.group().map(ServiceGroup::services).orElse(List.of());
	}

	/**
	 * Why the service is in its state, as a clause.
	 * @return the reason; empty where the state says it all
	 */
	public Optional<String> reason() {
		return switch (this.state) {
			case WAITING -> waitingFor().map((what) -> "waiting for " + what);
			case BACKOFF, FAILED -> lastFailure().map(ServiceFailure::description);
			case STOPPING, STOPPED -> cancellationCause().map(CancellationCause::describe);
			case STUCK -> cancellationCause().map(CancellationCause::describe).map(this::withOverlap);
			case STARTING, RUNNING -> degraded().map((why) -> "degraded: " + why);
			case NEW, COMPLETED -> Optional.empty();
		};
	}

	private String withOverlap(String reason) {
		boolean mayOverlap = this.details.lease != null && this.cancellationCause != null
				&& this.cancellationCause.kind() == CancellationCause.Kind.LEASE_LOST;
		return mayOverlap ? reason + ": it may overlap with the run of another replica" : reason;
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("ServiceSnapshot[name=").append(name())
			.append(", state=")
			.append(this.state)
			.append(", since=")
			.append(this.since)
			.append(", attempt=")
			.append(this.attempt)
			.append(", restarts=")
			.append(this.details.restarts)
			.append(", critical=")
			.append(critical())
			.append(", dependencies=")
			.append(dependencies());
		append(text, "degraded", this.details.degraded);
		append(text, "waitingFor", this.details.waitingFor);
		append(text, "lease", this.details.lease);
		append(text, "nextAttempt", this.details.nextAttempt);
		append(text, "cancellationCause", this.cancellationCause);
		append(text, "lastFailure", this.details.lastFailure);
		append(text, "lastHeartbeat", this.details.lastHeartbeat);
		append(text, "threadName", this.threadName);
		append(text, "step", step().orElse(null));
		append(text, "stepSince", stepSince().orElse(null));
		append(text, "status", status().orElse(null));
		return text.append(']').toString();
	}

	private static void append(StringBuilder text, String name, @Nullable Object value) {
		if (value != null) {
			text.append(", ").append(name).append('=').append(value);
		}
	}

	/**
	 * What most services never have: kept apart, since there may be a hundred thousand.
	 *
	 * @param restarts how often it was started again
	 * @param lastFailure its latest failure
	 * @param nextAttempt when the next attempt is due
	 * @param waitingFor what it waits for
	 * @param stack where its thread was when it was given up
	 * @param lease the lease that it needs
	 * @param lastHeartbeat when the group last found a heartbeat
	 * @param failureRow its failures in a row
	 * @param degraded why it is not well
	 */
	record Details(int restarts, @Nullable ServiceFailure lastFailure, @Nullable Instant nextAttempt,
			@Nullable String waitingFor, @Nullable List<StackTraceElement> stack, @Nullable Lease lease,
			@Nullable Instant lastHeartbeat, @Nullable FailureRow failureRow, @Nullable String degraded) {

		private static final Details NONE = new Details(0, null, null, null, null, null, null, null, null);

		/**
		 * These details, or the one object that says that there are none.
		 */
		static Details of(int restarts, @Nullable ServiceFailure lastFailure, @Nullable Instant nextAttempt,
				@Nullable String waitingFor, @Nullable List<StackTraceElement> stack, @Nullable Lease lease,
				@Nullable Instant lastHeartbeat, @Nullable FailureRow failureRow, @Nullable String degraded) {
			boolean none = restarts == 0 && lastFailure == null && nextAttempt == null && waitingFor == null
					&& stack == null && lease == null && lastHeartbeat == null && failureRow == null
					&& degraded == null;
			return none ? NONE : new Details(restarts, lastFailure, nextAttempt, waitingFor, stack, lease,
					lastHeartbeat, failureRow, degraded);
		}

	}

}
