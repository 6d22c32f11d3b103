package io.supervisor.health;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import io.supervisor.CancellationCause;
import io.supervisor.GroupState;
import io.supervisor.Lease;
import io.supervisor.RunGate;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Health of one service of a group. Contributes nothing once the service was removed.
 */
final class ServiceHealthIndicator implements HealthIndicator {

	private final ServiceGroup group;

	private final String name;

	/**
	 * Whether the group is critical itself, if it is a service of another one.
	 */
	private final boolean groupCritical;

	ServiceHealthIndicator(ServiceGroup group, String name, boolean groupCritical) {
		this.group = group;
		this.name = name;
		this.groupCritical = groupCritical;
	}

	@Override
	public @Nullable Health health() {
		GroupState groupState = this.group.snapshot().state();
		Optional<ServiceSnapshot> service = this.group.service(this.name);
		return service.isPresent() ? health(service.get(), groupState) : null;
	}

	private Health health(ServiceSnapshot service, GroupState groupState) {
		boolean critical = this.groupCritical && service.critical();
		CancellationCause cause = service.cancellationCause().orElse(null);
		boolean waitsForLease = service.state() == ServiceState.WAITING && service.lease().isPresent();
		Status status = waitsForLease ? Status.UP : service.degraded().isPresent() ? Statuses.ofDegraded(critical)
				: Statuses.of(service.state(), cause, groupState, critical);
		Health.Builder health = Health.status(status)
			.withDetail("state", service.state())
			.withDetail("since", service.since())
			.withDetail("attempt", service.attempt())
			.withDetail("restarts", service.restarts());
		if (!service.critical()) {
			health.withDetail("critical", false);
		}
		service.lease().filter(Lease::held).ifPresent((lease) -> health.withDetail("lease", describe(lease)));
		service.degraded().ifPresent((why) -> health.withDetail("degraded", why));
		service.step().ifPresent((step) -> health.withDetail("step", step));
		service.stepSince().ifPresent((since) -> health.withDetail("stepSince", since));
		service.status().ifPresent((text) -> health.withDetail("status", text));
		service.waitingFor().ifPresent((what) -> health.withDetail("waitingFor", what));
		service.nextAttempt().ifPresent((at) -> health.withDetail("nextAttempt", at));
		if (cause != null) {
			health.withDetail("cancelled", cause.describe());
		}
		service.lastFailure()
			.ifPresent((failure) -> health.withDetail("lastFailure", GroupHealthIndicator.describe(failure)));
		return health.build();
	}

	private static Map<String, Object> describe(Lease lease) {
		Map<String, Object> details = new LinkedHashMap<>();
		long token = Objects.requireNonNull(lease.token());
		if (token != RunGate.NO_TOKEN) {
			details.put("token", token);
		}
		details.put("until", Objects.requireNonNull(lease.until()));
		return details;
	}

}
