package io.supervisor.endpoint;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.Lease;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * A service.
 *
 * @param name its name in its group
 * @param path its name in the tree: {@code group/service} inside a nested group
 * @param state its state
 * @param since when it entered that state
 * @param ready whether it is at work
 * @param critical whether its final failure stops the group
 * @param attempt the number of the latest run
 * @param restarts how often it was started again after a run that ended by itself
 * @param dependencies the services that it depends on
 * @param waitingFor what it waits for
 * @param lease the lease that it needs to run, and who holds it
 * @param nextAttempt when the next attempt is due
 * @param cancellationCause why the latest run was cancelled
 * @param lastFailure the latest failure
 * @param heartbeatTimeout longest time between two heartbeats, if it has to give any
 * @param lastHeartbeat when a heartbeat was last found, looked for every half
 * {@code heartbeatTimeout}
 * @param degraded whether it says that it runs, but not well
 * @param degradedReason why it is not well, for those who may see details
 * @param step the step of its work that it is in
 * @param stepSince when it began that step
 * @param status what it says that it does, for those who may see details
 * @param thread the name of the thread that is in its run
 * @param stack where the thread of a stuck service was when it was given up, or where
 * that of any service is now, if that was asked for; for those who may see details
 * @param groupState the state of the group that the service is, if it is one
 * @param services the services of that group
 */
public record ServiceDescriptor(String name, String path, ServiceState state, Instant since, boolean ready,
		boolean critical, int attempt, int restarts, List<String> dependencies, @Nullable String waitingFor,
		@Nullable Lease lease, @Nullable Instant nextAttempt, @Nullable CancellationDescriptor cancellationCause,
		@Nullable FailureDescriptor lastFailure, @Nullable Duration heartbeatTimeout, @Nullable Instant lastHeartbeat,
		boolean degraded, @Nullable String degradedReason, @Nullable String step, @Nullable Instant stepSince,
		@Nullable String status, @Nullable String thread, @Nullable List<String> stack, @Nullable GroupState groupState,
		@Nullable List<ServiceDescriptor> services) implements OperationResponseBody {

	static ServiceDescriptor of(String prefix, ServiceSnapshot service, boolean details) {
		return of(prefix, service, details, service.stack());
	}

	static ServiceDescriptor of(String prefix, ServiceSnapshot service, boolean details,
			List<StackTraceElement> stack) {
		String path = prefix + service.name();
		boolean group = service.definition().group().isPresent();
		return new ServiceDescriptor(service.name(), path, service.state(), service.since(), service.ready(),
				service.critical(), service.attempt(), service.restarts(), service.dependencies(),
				service.waitingFor().orElse(null), service.lease().orElse(null), service.nextAttempt().orElse(null),
				service.cancellationCause().map(CancellationDescriptor::of).orElse(null),
				service.lastFailure().map((failure) -> FailureDescriptor.of(failure, details)).orElse(null),
				service.definition().policy().heartbeatTimeout(), service.lastHeartbeat().orElse(null),
				service.degraded().isPresent(), details ? service.degraded().orElse(null) : null,
				service.step().orElse(null), service.stepSince().orElse(null),
				details ? service.status().orElse(null) : null, service.threadName().orElse(null),
				(details && !stack.isEmpty()) ? stack.stream().map(ServiceDescriptor::describe).toList() : null,
				service.group().map(GroupSnapshot::state).orElse(null),
				group ? of(path + "/", service.services(), details) : null);
	}

	/**
	 * Without class loader and module, which are seldom what one looks for.
	 */
	private static String describe(StackTraceElement frame) {
		return new StackTraceElement(frame.getClassName(), frame.getMethodName(), frame.getFileName(),
				frame.getLineNumber())
			.toString();
	}

	static List<ServiceDescriptor> of(String prefix, List<ServiceSnapshot> services, boolean details) {
		return services.stream().map((service) -> of(prefix, service, details)).toList();
	}

}
