package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.supervisor.CancellationCause;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupException;
import io.supervisor.ServiceSnapshot;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.Ordered;

/**
 * Holds up the end of the application's start until the critical services are ready, if
 * any of them says when it is. Meanwhile the application is alive and refuses traffic. If
 * the group fails then, or takes too long, so does the start.
 */
public final class ServiceGroupReadinessRunner implements ApplicationRunner, Ordered {

	private final ServiceGroup group;

	private final ServiceGroupLifecycle lifecycle;

	private final Duration readyTimeout;

	private final Duration shutdownTimeout;

	/**
	 * Create the runner.
	 * @param lifecycle what starts the group to wait for
	 * @param readyTimeout how long to wait for the services at most
	 * @param shutdownTimeout how long a group that fails takes to stop at most
	 */
	public ServiceGroupReadinessRunner(ServiceGroupLifecycle lifecycle, Duration readyTimeout,
			Duration shutdownTimeout) {
		this.group = lifecycle.group();
		this.lifecycle = lifecycle;
		this.readyTimeout = readyTimeout;
		this.shutdownTimeout = shutdownTimeout;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public void run(ApplicationArguments args) throws InterruptedException {
		boolean begun = this.lifecycle.isRunning() || this.group.snapshot().state() != GroupState.NEW;
		if (begun && announcesReadiness(this.group.services())) {
			awaitReady();
		}
		this.lifecycle.applicationStarted();
	}

	/**
	 * A nested group is ready when its critical services are.
	 */
	private boolean announcesReadiness(List<ServiceSnapshot> services) {
		for (ServiceSnapshot service : services) {
			ServiceGroup nested = service.definition().group().orElse(null);
			if (service.critical() && ((nested != null) ? announcesReadiness(nested.services())
					: service.definition().service().announcesReadiness())) {
				return true;
			}
		}
		return false;
	}

	private void awaitReady() throws InterruptedException {
		if (this.group.awaitReady(this.readyTimeout)) {
			return;
		}
		if (this.group.snapshot().failed()) {
			throw failed();
		}
		GroupState state = this.group.snapshot().state();
		if (state == GroupState.NEW || state == GroupState.STARTING) {
			throw timedOut();
		}
	}

	/**
	 * The error is complete when all have ended.
	 */
	private ServiceGroupNotReadyException failed() throws InterruptedException {
		this.group.awaitTermination(this.shutdownTimeout);
		Optional<ServiceGroupException> error = this.group.failure();
		String what = error.map(Throwable::getMessage).orElse("it has failed");
		int exitCode = error.map((failure) -> ExitCodes.of(failure, this.lifecycle.context())).orElse(1);
		return new ServiceGroupNotReadyException("'" + this.group.name() + "' failed while it was starting:\n\n" + what,
				this.group.services().stream().anyMatch(ServiceGroupReadinessRunner::timedOut)
						? "Call ready() earlier in the services that were not ready, or raise 'supervisor.services.<name>.start-timeout' ('supervisor.start-timeout' for all)."
						: "Correct what the services complain of. One whose failure is not to end the others can be marked with 'supervisor.services.<name>.critical=false'.",
				error.orElse(null), exitCode);
	}

	private static boolean timedOut(ServiceSnapshot service) {
		return service.cancellationCause()
			.filter((cause) -> cause.kind() == CancellationCause.Kind.START_TIMEOUT)
			.isPresent();
	}

	private ServiceGroupNotReadyException timedOut() {
		String missing = missing("", this.group).collect(Collectors.joining("\n"));
		return new ServiceGroupNotReadyException(
				"'%s' was not ready within %s:\n\n%s".formatted(this.group.name(), this.readyTimeout, missing),
				"Call ready() earlier in these services, or raise 'supervisor.ready-timeout'. One that need not be waited for can be marked with 'supervisor.services.<name>.critical=false'.",
				null, 1);
	}

	/**
	 * What the group waits for; of a nested group what that waits for.
	 */
	private static Stream<String> missing(String path, ServiceGroup group) {
		return group.services()
			.stream()
			.filter((service) -> service.critical() && !service.ready() && !service.state().isTerminal())
			.flatMap((service) -> Stream.concat(
					Stream.of("'" + path + service.name() + "' is " + service.state()
							+ service.reason().map((reason) -> ", " + reason).orElse("")),
					service.definition()
						.group()
						.filter(ServiceGroup::isRunning)
						.stream()
						.flatMap((nested) -> missing(path + service.name() + "/", nested))));
	}

}
