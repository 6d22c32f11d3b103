package io.supervisor;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Why a run was asked to end. A run has one cause; the first one stays.
 *
 * @param kind what happened
 * @param service the service it happened to, for {@link Kind#GROUP_FAILURE} and
 * {@link Kind#DEPENDENCY}
 * @param parent the parent's own cause, for {@link Kind#PARENT} where it has one
 */
public record CancellationCause(Kind kind, @Nullable String service, @Nullable CancellationCause parent) {

	/**
	 * The group was asked to stop.
	 */
	public static final CancellationCause SHUTDOWN = new CancellationCause(Kind.SHUTDOWN, null, null);

	/**
	 * All services but the auxiliary ones have ended (rule 31).
	 */
	public static final CancellationCause GROUP_COMPLETED = new CancellationCause(Kind.GROUP_COMPLETED, null, null);

	/**
	 * The service was stopped by hand.
	 */
	public static final CancellationCause STOPPED = new CancellationCause(Kind.STOPPED, null, null);

	/**
	 * The service was restarted by hand.
	 */
	public static final CancellationCause RESTARTED = new CancellationCause(Kind.RESTARTED, null, null);

	/**
	 * The service missed its heartbeat (rule 23).
	 */
	public static final CancellationCause HEARTBEAT_MISSED = new CancellationCause(Kind.HEARTBEAT_MISSED, null, null);

	/**
	 * The service was not ready in time (rule 3).
	 */
	public static final CancellationCause START_TIMEOUT = new CancellationCause(Kind.START_TIMEOUT, null, null);

	/**
	 * The lease that the service needs is lost, or could not be renewed in time.
	 */
	public static final CancellationCause LEASE_LOST = new CancellationCause(Kind.LEASE_LOST, null, null);

	/**
	 * The service makes room for another replica.
	 */
	public static final CancellationCause HANDED_OVER = new CancellationCause(Kind.HANDED_OVER, null, null);

	/**
	 * A defect of the group itself (rule 26). Here already, since there may be no memory
	 * for it when it is needed; so is the next one.
	 */
	static final CancellationCause DEFECT = groupFailure("supervisor");

	static final CancellationCause PARENT = parent(null);

	public CancellationCause {
		Objects.requireNonNull(kind, "'kind' must not be null");
		boolean named = kind == Kind.GROUP_FAILURE || kind == Kind.DEPENDENCY;
		if (named != (service != null)) {
			throw new IllegalArgumentException("A cause of kind " + kind
					+ (named ? " needs a service" : " has no service, but got '" + service + "'"));
		}
		if (parent != null && kind != Kind.PARENT) {
			throw new IllegalArgumentException("A cause of kind " + kind + " has no parent's cause");
		}
	}

	/**
	 * A failure of a critical service stops the whole group.
	 * @param service the name of the service that failed, or {@code supervisor} for a
	 * defect of the group itself (rule 26)
	 * @return the cause
	 */
	public static CancellationCause groupFailure(String service) {
		return new CancellationCause(Kind.GROUP_FAILURE, service, null);
	}

	/**
	 * A service that this one depends on failed, with restart scope {@code dependents}
	 * (rule 14).
	 * @param service the name of the service that failed
	 * @return the cause
	 */
	public static CancellationCause dependency(String service) {
		return new CancellationCause(Kind.DEPENDENCY, service, null);
	}

	/**
	 * The run that the group is a part of was cancelled.
	 * @param cause why that was, if known
	 * @return the cause
	 */
	public static CancellationCause parent(@Nullable CancellationCause cause) {
		return new CancellationCause(Kind.PARENT, null, cause);
	}

	/**
	 * The cause as a clause, such as {@code 'crawler' failed}.
	 * @return the clause
	 */
	public String describe() {
		return switch (this.kind) {
			case GROUP_FAILURE -> "'" + this.service + "' failed";
			case SHUTDOWN -> "the group is stopping";
			case GROUP_COMPLETED -> "the group has completed";
			case STOPPED -> "it was stopped by hand";
			case RESTARTED -> "it was restarted by hand";
			case DEPENDENCY -> "'" + this.service + "', which it depends on, failed";
			case HEARTBEAT_MISSED -> "it missed its heartbeat";
			case START_TIMEOUT -> "it was not ready in time";
			case LEASE_LOST -> "it has lost its lease";
			case HANDED_OVER -> "it is handed over to another replica";
			case PARENT -> (this.parent != null) ? "the group around it: " + this.parent.describe()
					: "the group around it is stopping";
		};
	}

	/**
	 * Whether it counts as a failure of the run.
	 */
	boolean isFailure() {
		return this.kind == Kind.HEARTBEAT_MISSED || this.kind == Kind.START_TIMEOUT;
	}

	@Override
	public String toString() {
		return this.kind + " (" + describe() + ")";
	}

	/**
	 * What may have happened.
	 */
	public enum Kind {

		/**
		 * A critical service of the group failed for good.
		 */
		GROUP_FAILURE,

		/**
		 * The group was asked to stop.
		 */
		SHUTDOWN,

		/**
		 * All services but the auxiliary ones have ended.
		 */
		GROUP_COMPLETED,

		/**
		 * The service was stopped by hand.
		 */
		STOPPED,

		/**
		 * The service was restarted by hand.
		 */
		RESTARTED,

		/**
		 * A service that this one depends on failed and takes its dependents along.
		 */
		DEPENDENCY,

		/**
		 * The service missed its heartbeat.
		 */
		HEARTBEAT_MISSED,

		/**
		 * The service was not ready in time.
		 */
		START_TIMEOUT,

		/**
		 * The lease that the service needs is lost, or could not be renewed in time.
		 */
		LEASE_LOST,

		/**
		 * The service makes room for another replica.
		 */
		HANDED_OVER,

		/**
		 * The run that the group is a part of was cancelled.
		 */
		PARENT

	}

}
