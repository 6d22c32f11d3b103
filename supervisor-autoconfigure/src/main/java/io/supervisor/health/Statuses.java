package io.supervisor.health;

import io.supervisor.CancellationCause;
import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Status;

/**
 * What a state means for health. Only the standard statuses, which every aggregator and
 * every mapping to HTTP knows; the state itself is a detail.
 */
final class Statuses {

	private Statuses() {
	}

	/**
	 * A group that stops because of a failure shows it at once.
	 */
	static Status of(GroupSnapshot group) {
		return switch (group.state()) {
			case NEW, RUNNING, COMPLETED -> Status.UP;
			case STARTING, STOPPED -> Status.OUT_OF_SERVICE;
			case STOPPING -> group.failed() ? Status.DOWN : Status.OUT_OF_SERVICE;
			case FAILED -> Status.DOWN;
		};
	}

	/**
	 * The status of a service. A failure of one that is not critical concerns nobody
	 * else.
	 * @param state the state of the service
	 * @param cause why it was cancelled, if it was
	 * @param group the state of its group
	 * @param critical whether it is critical
	 */
	static Status of(ServiceState state, @Nullable CancellationCause cause, GroupState group, boolean critical) {
		Status status = ofCritical(state, cause, group);
		return (critical || status.equals(Status.UP)) ? status : Status.UNKNOWN;
	}

	/**
	 * The status of a service that runs, but not well, or is about to.
	 */
	static Status ofDegraded(boolean critical) {
		return critical ? Status.OUT_OF_SERVICE : Status.UNKNOWN;
	}

	private static Status ofCritical(ServiceState state, @Nullable CancellationCause cause, GroupState group) {
		return switch (state) {
			case RUNNING, COMPLETED -> Status.UP;
			case NEW -> (group == GroupState.NEW) ? Status.UP : Status.OUT_OF_SERVICE;
			case WAITING, STARTING, BACKOFF, STOPPING -> Status.OUT_OF_SERVICE;
			case STOPPED -> ofStopped(cause);
			case FAILED, STUCK -> Status.DOWN;
		};
	}

	/**
	 * Somebody wanted it to stop, or something failed.
	 */
	private static Status ofStopped(@Nullable CancellationCause cause) {
		if (cause == null) {
			return Status.UP;
		}
		return switch (cause.kind()) {
			case STOPPED, RESTARTED, SHUTDOWN, GROUP_COMPLETED, LEASE_LOST, HANDED_OVER -> Status.UP;
			case GROUP_FAILURE, DEPENDENCY, HEARTBEAT_MISSED, START_TIMEOUT -> Status.DOWN;
			case PARENT -> ofStopped(cause.parent());
		};
	}

}
