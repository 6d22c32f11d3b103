package io.supervisor.health;

import io.supervisor.CancellationCause;
import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceSnapshot;
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
	 * The status of a service.
	 * @param service the service
	 * @param group the state of its group
	 * @param critical whether its failure concerns anybody else
	 */
	static Status of(ServiceSnapshot service, GroupState group, boolean critical) {
		Status status = ofCritical(service, group);
		return (critical || status.equals(Status.UP)) ? status : Status.UNKNOWN;
	}

	private static Status ofCritical(ServiceSnapshot service, GroupState group) {
		return switch (service.state()) {
			case RUNNING, COMPLETED -> Status.UP;
			case NEW -> (group == GroupState.NEW) ? Status.UP : Status.OUT_OF_SERVICE;
			case WAITING, STARTING, BACKOFF, STOPPING -> Status.OUT_OF_SERVICE;
			case STOPPED -> ofStopped(service.cancellationCause().orElse(null));
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
			case STOPPED, RESTARTED, SHUTDOWN -> Status.UP;
			case GROUP_FAILURE, DEPENDENCY, HEARTBEAT_MISSED, START_TIMEOUT -> Status.DOWN;
			case PARENT -> ofStopped(cause.parent());
		};
	}

}
