package io.supervisor.endpoint;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The group.
 *
 * @param name its name
 * @param state its state
 * @param since when it entered that state
 * @param reason why it stops or has stopped
 * @param counts how many of its services are in each state
 * @param failureCount how many failures there were in this run of the group
 * @param failures the first of them
 * @param services its services, each after those that it depends on
 * @param transitions the latest transitions in the whole tree, the oldest first
 * @param now the time of the application, to compare the others with
 * @param details whether details are shown: what services threw, and stacks
 * @param writable whether services can be started and stopped here
 */
public record GroupDescriptor(String name, GroupState state, Instant since, @Nullable String reason,
		Map<ServiceState, Integer> counts, int failureCount, List<FailureDescriptor> failures,
		List<ServiceDescriptor> services, List<TransitionDescriptor> transitions, Instant now, boolean details,
		boolean writable) implements OperationResponseBody {

	/**
	 * The same number as in the group's error message.
	 */
	private static final int MAX_FAILURES = 20;

	static GroupDescriptor of(ServiceGroup group, TransitionHistory history, boolean details, boolean writable) {
		GroupSnapshot snapshot = group.snapshot();
		return new GroupDescriptor(snapshot.name(), snapshot.state(), snapshot.since(), snapshot.reason().orElse(null),
				snapshot.counts(), snapshot.failureCount(),
				snapshot.failures()
					.stream()
					.limit(MAX_FAILURES)
					.map((failure) -> FailureDescriptor.of(failure, details))
					.toList(),
				ServiceDescriptor.of("", group.services(), details),
				history.transitions()
					.stream()
					.map((transition) -> TransitionDescriptor.of(transition, details))
					.toList(),
				Instant.now(), details, writable);
	}

}
