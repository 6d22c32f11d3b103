package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Groups with a service, {@code a}, in each of its states.
 */
final class ServiceStates {

	private ServiceStates() {
	}

	/**
	 * A group with a service in that state and another one that runs.
	 */
	static Simulation with(ServiceState state) {
		Simulation simulation = switch (state) {
			case NEW -> group((policy) -> {
			});
			case WAITING -> new Simulation().announcing("other", ServiceStates::defaults)
				.service("a", ServiceStates::defaults, "other")
				.start();
			case STARTING -> new Simulation().announcing("a", ServiceStates::defaults)
				.service("other", ServiceStates::defaults)
				.start();
			case RUNNING -> group(ServiceStates::defaults).start();
			case BACKOFF ->
				group((policy) -> policy.restart(RestartPolicy.onFailure())).start().fail("a", new IOException("gone"));
			case STOPPING, STUCK -> restarting(state);
			case STOPPED -> {
				Simulation stopped = group(ServiceStates::defaults).start();
				stopped.group().stop("a");
				yield stopped.settle().end("a");
			}
			case COMPLETED -> group(ServiceStates::defaults).start().end("a");
			case FAILED -> group((policy) -> policy.critical(false)).start().fail("a", new IOException("gone"));
		};
		assertThat(simulation.state("a")).isEqualTo(state);
		return simulation;
	}

	/**
	 * The next attempt was to come as soon as the thread had ended.
	 */
	private static Simulation restarting(ServiceState state) {
		Simulation simulation = group((policy) -> policy.critical(false)).start();
		simulation.group().restart("a");
		return (state == ServiceState.STUCK) ? simulation.advance(Duration.ofSeconds(15)) : simulation.settle();
	}

	private static Simulation group(Consumer<ServicePolicy.Builder> policy) {
		return new Simulation().service("a", policy).service("other", ServiceStates::defaults);
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

}
