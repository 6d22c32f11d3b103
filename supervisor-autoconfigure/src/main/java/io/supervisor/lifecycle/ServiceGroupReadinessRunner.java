package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import io.supervisor.CancellationCause;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupException;
import io.supervisor.ServiceSnapshot;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.Ordered;

/**
 * Holds up the end of the application's start until the services are ready that say when
 * they are. Meanwhile the application is alive and refuses traffic. If a service fails
 * then, so does the start.
 */
public final class ServiceGroupReadinessRunner implements ApplicationRunner, Ordered {

	private final ServiceGroup group;

	private final ServiceGroupLifecycle lifecycle;

	private final Duration startTimeout;

	private final Duration shutdownTimeout;

	/**
	 * Create the runner.
	 * @param lifecycle what starts the group to wait for
	 * @param startTimeout how long the group's start takes at most
	 * @param shutdownTimeout how long a group that fails takes to stop at most, or to say
	 * that its start has taken too long
	 */
	public ServiceGroupReadinessRunner(ServiceGroupLifecycle lifecycle, Duration startTimeout,
			Duration shutdownTimeout) {
		this.group = lifecycle.group();
		this.lifecycle = lifecycle;
		this.startTimeout = startTimeout;
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
	 * A nested group is ready when its services are.
	 */
	private boolean announcesReadiness(List<ServiceSnapshot> services) {
		for (ServiceSnapshot service : services) {
			ServiceGroup nested = service.definition().group().orElse(null);
			if ((nested != null) ? announcesReadiness(nested.services())
					: service.definition().service().announcesReadiness()) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The group bounds its start by the same time-out and knows what was missing (rule
	 * 3), so it has the last word; its thread may only come to it a little later. A group
	 * that says nothing at all is not waited for without end.
	 */
	private void awaitReady() throws InterruptedException {
		if (this.group.awaitReady(this.startTimeout) || this.group.awaitReady(this.shutdownTimeout)) {
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
						? "Call ready() earlier in the services that were not ready, or raise 'supervisor.start-timeout'."
						: "Correct what the services complain of. One whose failure is not to end the others can be marked with 'supervisor.services.<name>.critical=false'.",
				error.orElse(null), exitCode);
	}

	private static boolean timedOut(ServiceSnapshot service) {
		return service.cancellationCause()
			.filter((cause) -> cause.kind() == CancellationCause.Kind.START_TIMEOUT)
			.isPresent();
	}

	private ServiceGroupNotReadyException timedOut() {
		String missing = this.group.services()
			.stream()
			.filter((service) -> !service.ready() && !service.state().isTerminal())
			.map((service) -> "'" + service.name() + "' is " + service.state()
					+ service.reason().map((reason) -> ", " + reason).orElse(""))
			.collect(Collectors.joining("\n"));
		return new ServiceGroupNotReadyException(
				"'%s' was not ready within %s:\n\n%s".formatted(this.group.name(), this.startTimeout, missing),
				"Call ready() earlier in these services, or raise 'supervisor.start-timeout'.", null, 1);
	}

}
