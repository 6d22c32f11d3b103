package io.supervisor.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.supervisor.GroupSnapshot;
import io.supervisor.ServiceFailure;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceState;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Health of a group as a whole: its state, and its one error that names each service that
 * failed. Class and message of what was thrown, never its stack trace.
 */
public final class GroupHealthIndicator implements HealthIndicator {

	private static final int MAX_FAILURES = 20;

	private final ServiceGroup group;

	private final Supplier<Map<String, ?>> details;

	/**
	 * Create an indicator.
	 * @param group the group to ask each time
	 */
	public GroupHealthIndicator(ServiceGroup group) {
		this(group, Map::of);
	}

	/**
	 * Create an indicator.
	 * @param group the group to ask each time
	 * @param details asked each time for what else there is to be shown
	 */
	public GroupHealthIndicator(ServiceGroup group, Supplier<Map<String, ?>> details) {
		this.group = group;
		this.details = details;
	}

	@Override
	public Health health() {
		GroupSnapshot group = this.group.snapshot();
		Health.Builder health = Health.status(Statuses.of(group))
			.withDetail("state", group.state())
			.withDetail("since", group.since())
			.withDetail("services", counts(group));
		group.reason().ifPresent((reason) -> health.withDetail("reason", reason));
		if (group.failed()) {
			this.group.failure().ifPresent((error) -> health.withDetail("error", String.valueOf(error.getMessage())));
		}
		this.details.get().forEach(health::withDetail);
		addFailures(health, group);
		return health.build();
	}

	private Map<String, Integer> counts(GroupSnapshot group) {
		Map<String, Integer> counts = new LinkedHashMap<>();
		for (ServiceState state : ServiceState.values()) {
			if (group.count(state) > 0) {
				counts.put(state.name(), group.count(state));
			}
		}
		return counts;
	}

	private void addFailures(Health.Builder health, GroupSnapshot group) {
		List<ServiceFailure> failures = group.failures();
		if (failures.isEmpty()) {
			return;
		}
		health.withDetail("failures",
				failures.stream().limit(MAX_FAILURES).map(GroupHealthIndicator::describe).toList());
		int more = group.failureCount() - Math.min(failures.size(), MAX_FAILURES);
		if (more > 0) {
			health.withDetail("moreFailures", more);
		}
	}

	static Map<String, Object> describe(ServiceFailure failure) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("service", failure.service());
		details.put("attempt", failure.attempt());
		details.put("error", failure.description());
		details.put("at", failure.at());
		return details;
	}

}
