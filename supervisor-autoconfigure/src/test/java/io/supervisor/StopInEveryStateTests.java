package io.supervisor;

import java.time.Duration;

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
		Simulation simulation = ServiceStates.with(state);
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
		Simulation simulation = ServiceStates.with(state);
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
		Simulation simulation = ServiceStates.with(state);
		int runs = simulation.history().size();
		simulation.group().stop();
		simulation.settle();
		Thread.currentThread().interrupt();
		simulation.settle().advance(SHUTDOWN_TIMEOUT);
		assertEnded(simulation, runs);
		Thread.interrupted();
	}

	@ParameterizedTest
	@EnumSource
	void stopNowInterruptsAtOnce(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		int runs = simulation.history().size();
		simulation.group().stopNow();
		if (state == ServiceState.NEW) {
			simulation.start();
		}
		simulation.settle();
		assertThat(simulation.history()).filteredOn((run) -> run.hasBegun() && !run.isEnded())
			.allMatch((run) -> run.thread().isInterrupted());
		simulation.advance(Duration.ofSeconds(5));
		assertEnded(simulation, runs);
	}

	@ParameterizedTest
	@EnumSource(names = "NEW", mode = EnumSource.Mode.EXCLUDE)
	void stopNowEndsTheGraceOfAStop(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		int runs = simulation.history().size();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(1)).group().stopNow();
		simulation.settle();
		assertThat(simulation.history()).filteredOn((run) -> run.hasBegun() && !run.isEnded())
			.allMatch((run) -> run.thread().isInterrupted());
		simulation.advance(Duration.ofSeconds(5));
		assertEnded(simulation, runs);
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

}
