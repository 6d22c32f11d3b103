package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A stop of the group finds a service in each of its states: it returns at once, the
 * group ends in time, and nothing starts afterwards (rule 19).
 */
class StopInEveryStateTests {

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(25);

	@ParameterizedTest
	@EnumSource
	void stopEndsTheGroupInTimeWhereNobodyListens(ServiceState state) {
		Simulation simulation = with(state);
		int runs = simulation.history().size();
		simulation.group().stop();
		if (state == ServiceState.NEW) {
			simulation.start();
		}
		simulation.advance(SHUTDOWN_TIMEOUT);
		assertEnded(simulation, runs);
	}

	@ParameterizedTest
	@EnumSource
	void stopEndsTheGroupAtOnceWhereAllDo(ServiceState state) {
		Simulation simulation = with(state);
		int runs = simulation.history().size();
		Duration before = simulation.elapsed();
		simulation.group().stop();
		if (state == ServiceState.NEW) {
			simulation.start();
		}
		simulation.settle().endCancelled().endCancelled();
		assertThat(simulation.elapsed()).isEqualTo(before);
		assertThat(simulation.group().services()).allMatch((service) -> service.state().isTerminal());
		assertEnded(simulation, runs);
	}

	@ParameterizedTest
	@EnumSource(names = "NEW", mode = EnumSource.Mode.EXCLUDE)
	void interruptedStopEndsTheGroupInTime(ServiceState state) {
		Simulation simulation = with(state);
		int runs = simulation.history().size();
		simulation.group().stop();
		simulation.settle();
		Thread.currentThread().interrupt();
		simulation.settle().advance(SHUTDOWN_TIMEOUT);
		assertEnded(simulation, runs);
		Thread.interrupted();
	}

	private static void assertEnded(Simulation simulation, int runs) {
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().services())
			.allMatch((service) -> service.state().isTerminal() || service.state() == ServiceState.STUCK);
		simulation.submitted().forEach(simulation::enter);
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.history()).as("runs").hasSize(runs);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	/**
	 * A group with a service in that state and another one that runs.
	 */
	private static Simulation with(ServiceState state) {
		Simulation simulation = switch (state) {
			case NEW -> group((policy) -> {
			});
			case WAITING -> new Simulation().announcing("other", StopInEveryStateTests::defaults)
				.service("a", StopInEveryStateTests::defaults, "other")
				.start();
			case STARTING -> new Simulation().announcing("a", StopInEveryStateTests::defaults)
				.service("other", StopInEveryStateTests::defaults)
				.start();
			case RUNNING -> group(StopInEveryStateTests::defaults).start();
			case BACKOFF ->
				group((policy) -> policy.restart(RestartPolicy.onFailure())).start().fail("a", new IOException("gone"));
			case STOPPING, STUCK -> restarting(state);
			case STOPPED -> {
				Simulation stopped = group(StopInEveryStateTests::defaults).start();
				stopped.group().stop("a");
				yield stopped.settle().end("a");
			}
			case COMPLETED -> group(StopInEveryStateTests::defaults).start().end("a");
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
		return new Simulation().service("a", policy).service("other", StopInEveryStateTests::defaults);
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

}
