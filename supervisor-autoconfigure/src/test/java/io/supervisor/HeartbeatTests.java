package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Heartbeats: the second half of rule 23.
 */
class HeartbeatTests {

	@Test
	void rule23_withoutATimeoutNobodyLooks() {
		Simulation simulation = Simulation.of("a").start().advance(Duration.ofDays(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule23_twoLooksWithoutABeatAreAMiss() {
		Simulation simulation = beating(HeartbeatTests::defaults).start().advance(Duration.ofMillis(9_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		assertThat(simulation.run("a").cancellationCause()).contains(CancellationCause.HEARTBEAT_MISSED);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasCauseInstanceOf(TimeoutException.class)
			.hasMessage("a: java.util.concurrent.TimeoutException: No heartbeat for 10 s");
	}

	@Test
	void rule23_oneBeatPerTimeoutIsEnough() {
		Simulation simulation = beating(HeartbeatTests::defaults).start();
		for (int i = 0; i < 100; i++) {
			simulation.advance(Duration.ofMillis(9_500)).beat("a").advance(Duration.ofMillis(500));
			assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		}
	}

	@Test
	void snapshotSaysWhenABeatWasLastFound() {
		Simulation simulation = beating((policy) -> policy.restart(RestartPolicy.onFailure())).start();
		assertThat(simulation.snapshot("a").lastHeartbeat()).isEmpty();
		simulation.advance(Duration.ofSeconds(2)).beat("a").advance(Duration.ofSeconds(3));
		Instant found = simulation.instant();
		assertThat(simulation.snapshot("a").lastHeartbeat()).contains(found);
		simulation.advance(Duration.ofSeconds(9));
		assertThat(simulation.snapshot("a").lastHeartbeat()).contains(found);
		simulation.advance(Duration.ofSeconds(1)).end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		assertThat(simulation.snapshot("a").lastHeartbeat()).contains(found);
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("a").lastHeartbeat()).isEmpty();
	}

	@Test
	void rule23_missIsNoticedAtMostHalfATimeoutLate() {
		Simulation simulation = beating(HeartbeatTests::defaults).start();
		simulation.advance(Duration.ofSeconds(6)).beat("a").advance(Duration.ofSeconds(10));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		simulation.advance(Duration.ofSeconds(4));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
	}

	@Test
	void rule23_missIsRestarted() {
		Simulation simulation = beating((policy) -> policy.restart(RestartPolicy.onFailure())).start()
			.advance(Duration.ofSeconds(10));
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		assertThat(simulation.snapshot("a").reason())
			.contains("java.util.concurrent.TimeoutException: No heartbeat for 10 s");
		simulation.advance(Duration.ofSeconds(1)).advance(Duration.ofSeconds(9)).beat("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule23_missesSpendTheBudget() {
		Simulation simulation = beating(
				(policy) -> policy.restart(RestartPolicy.onFailure().toBuilder().maxRestarts(1).build()))
			.start()
			.advance(Duration.ofSeconds(10))
			.end("a")
			.advance(Duration.ofSeconds(11))
			.end("a");
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.util.concurrent.TimeoutException: No heartbeat for 10 s (failed 2 times in a row)");
	}

	@Test
	void rule23_whatTheCancelledRunThrowsIsSecondaryToTheMiss() {
		IOException thrown = new IOException("too late");
		Simulation simulation = beating(HeartbeatTests::defaults).start().advance(Duration.ofSeconds(10));
		simulation.fail("a", thrown);
		assertThat(simulation.group().failure().orElseThrow()).hasCauseInstanceOf(TimeoutException.class)
			.hasSuppressedException(thrown);
		assertThat(simulation.snapshot("a").reason())
			.hasValueSatisfying((reason) -> assertThat(reason).contains("No heartbeat"));
	}

	@Test
	void rule23_pausedProcessLooksAnewFirst() {
		Simulation simulation = beating(HeartbeatTests::defaults).start()
			.advance(Duration.ofSeconds(5))
			.pause(Duration.ofMinutes(10));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		simulation.advance(Duration.ofMillis(9_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
	}

	@Test
	void rule23_nobodyLooksBeforeTheServiceIsReady() {
		Simulation simulation = new Simulation()
			.announcing("a", (policy) -> policy.heartbeatTimeout(Duration.ofSeconds(10)))
			.start()
			.advance(Duration.ofSeconds(29))
			.ready("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule23_nobodyLooksOnceTheServiceIsCancelled() {
		Simulation simulation = beating(HeartbeatTests::defaults).start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(14));
		assertThat(simulation.run("a").cancellationCause()).contains(CancellationCause.STOPPED);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	/**
	 * One that waits for its turn to be stopped may still miss its heartbeat.
	 */
	@Test
	void rule23_missWhileTheGroupStopsIsSecondary() {
		Simulation simulation = beating((policy) -> policy.restart(RestartPolicy.onFailure()))
			.service("b", HeartbeatTests::defaults, "a")
			.start();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(10));
		assertThat(simulation.run("a").cancellationCause()).contains(CancellationCause.HEARTBEAT_MISSED);
		simulation.endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().snapshot().failures()).hasSize(1);
	}

	@Test
	void rule23_beatOfAnOldRunIsNoBeatOfTheNewOne() {
		Simulation simulation = beating((policy) -> policy.restart(RestartPolicy.onFailure())).start();
		Run old = simulation.run("a");
		simulation.fail("a", new IOException("gone")).advance(Duration.ofSeconds(1)).advance(Duration.ofSeconds(9));
		old.heartbeat();
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
	}

	@Test
	void timeoutOfZeroIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> ServicePolicy.builder().heartbeatTimeout(Duration.ZERO).build())
			.withMessage("'heartbeat-timeout' must be longer than zero");
	}

	private static Simulation beating(Consumer<ServicePolicy.Builder> settings) {
		return new Simulation().service("a",
				(policy) -> settings.accept(policy.heartbeatTimeout(Duration.ofSeconds(10))));
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

}
