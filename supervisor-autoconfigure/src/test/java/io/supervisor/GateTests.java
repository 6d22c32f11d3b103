package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The gate before a run: granted with a token and a deadline, extended, revoked (design
 * §8). The policy's grace period is 10 s, the interrupt period 5 s.
 */
class GateTests {

	private final FakeGate gate = new FakeGate();

	@Test
	void serviceWaitsForItsLeaseAndDoesNotHoldUpTheStart() {
		Simulation simulation = gated().start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.snapshot("a").reason()).hasValue("waiting for its lease");
		assertThat(simulation.snapshot("a").lease()).hasValue(new Lease(null, null, null));
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
	}

	@Test
	void snapshotSaysWhoHoldsTheLease() {
		Simulation simulation = gated().start();
		Instant until = simulation.instant().plusSeconds(30);
		this.gate.latest().heldBy("replica-2", until);
		simulation.settle();
		assertThat(simulation.snapshot("a").lease()).hasValue(new Lease("replica-2", until, null));
		assertThat(simulation.snapshot("a").reason())
			.hasValue("waiting for its lease, which replica-2 holds until " + until);
	}

	@Test
	void grantedServiceRunsWithItsToken() {
		Simulation simulation = gated().start();
		grant(simulation, 7, 30);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.run("a").fencingToken()).isEqualTo(7);
		assertThat(simulation.snapshot("a").lease())
			.hasValue(new Lease(null, simulation.instant().plusSeconds(30), 7L));
	}

	@Test
	void serviceWithoutAGateHasNoToken() {
		Simulation simulation = Simulation.of("a").start();
		assertThat(simulation.run("a").fencingToken()).isZero();
		assertThat(simulation.run("a").shardCount()).isEqualTo(1);
	}

	@Test
	void runEndsBeforeALeaseDoesThatIsNotExtended() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		simulation.advance(Duration.ofMillis(14_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		assertThat(simulation.run("a").cancellationCause()).hasValue(CancellationCause.LEASE_LOST);
		simulation.advance(Duration.ofMillis(14_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	@Test
	void stuckRunThatLostItsLeaseMayOverlap() {
		Simulation simulation = isolated().start();
		grant(simulation, 1, 30);
		simulation.advance(Duration.ofSeconds(30));
		assertThat(simulation.snapshot("a").reason())
			.hasValue("it has lost its lease: it may overlap with the run of another replica");
		assertThat(this.gate.released).isEmpty();
		simulation.end("a");
		assertThat(this.gate.released).hasSize(1);
	}

	@Test
	void extensionMovesTheEnd() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		for (int i = 0; i < 100; i++) {
			simulation.advance(Duration.ofSeconds(10));
			this.gate.latest().extended(this.gate.now(simulation) + Duration.ofSeconds(30).toNanos());
			simulation.settle();
			assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		}
		simulation.advance(Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
	}

	@Test
	void extensionThatIsOlderThanTheOneInForceHasNoEffect() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 60);
		this.gate.latest().extended(this.gate.now(simulation) + Duration.ofSeconds(30).toNanos());
		simulation.advance(Duration.ofSeconds(44));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void leaseThatIsTooShortForARunStartsNone() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 15);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		this.gate.latest().extended(this.gate.now(simulation) + Duration.ofSeconds(30).toNanos());
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void lostLeaseIsAskedForAnew() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		simulation.advance(Duration.ofSeconds(15)).end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(this.gate.requested).hasSize(2);
		assertThat(this.gate.released).containsExactly(this.gate.requested.get(0));
		grant(simulation, 2, 30);
		assertThat(simulation.run("a").fencingToken()).isEqualTo(2);
		assertThat(simulation.snapshot("a").restarts()).isZero();
	}

	@Test
	void revokedRunIsInterruptedAtOnce() {
		Simulation simulation = isolated().start();
		grant(simulation, 1, 30);
		this.gate.latest().revoked();
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.advance(Duration.ofSeconds(5));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	/**
	 * Rule 30: a lease that ends is not waited for, one that is kept is.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void extendedStopEndsWithTheLease(boolean kept) {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		simulation.advance(Duration.ofSeconds(kept ? 14 : 15)).group().stop("a");
		simulation.settle();
		simulation.run("a").extendStop(Duration.ofSeconds(18));
		simulation.settle();
		if (kept) {
			this.gate.latest().extended(this.gate.now(simulation) + Duration.ofSeconds(60).toNanos());
		}
		simulation.settle().advance(Duration.ofMillis(kept ? 17_999 : 9_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	@Test
	void revokedRunThatIsStoppingForAnotherCauseIsInterruptedToo() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		simulation.group().stop("a");
		simulation.settle();
		this.gate.latest().revoked();
		simulation.advance(Duration.ofSeconds(5));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	@Test
	void revokedBeforeTheRunAsksAnew() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 10);
		this.gate.latest().revoked();
		simulation.settle();
		assertThat(this.gate.requested).hasSize(2);
		assertThat(this.gate.released).hasSize(1);
	}

	@Test
	void handOverHasAllOfTheGracePeriod() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 60);
		this.gate.latest().handOver();
		simulation.settle();
		assertThat(simulation.run("a").cancellationCause()).hasValue(CancellationCause.HANDED_OVER);
		simulation.advance(Duration.ofMillis(14_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		assertThat(this.gate.released).isEmpty();
		simulation.end("a");
		assertThat(this.gate.released).hasSize(1);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
	}

	/**
	 * It took the whole group down, on all replicas when the database hung.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "expires", "is revoked", "is handed over" })
	void rule23_stuckWhenItsLeaseWasLostIsNoFailure(String lease) {
		Simulation simulation = gated().service("b", (policy) -> {
		}).start();
		grant(simulation, 1, 30);
		switch (lease) {
			case "is revoked" -> this.gate.latest().revoked();
			case "is handed over" -> this.gate.latest().handOver();
			default -> {
			}
		}
		simulation.advance(Duration.ofSeconds(30));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
		assertThat(simulation.run("b").isCancelled()).isFalse();
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		grant(simulation, 2, 30);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void pausedProcessFindsItsLeaseOver() {
		Simulation simulation = isolated().start();
		grant(simulation, 1, 30);
		simulation.pause(Duration.ofMinutes(10));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.advance(Duration.ofSeconds(5));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	/**
	 * The end of the lease moved the interrupt to when the run has to be interrupted for
	 * that, though it was due earlier.
	 */
	@Test
	void endOfALeaseThatAPausedProcessFindsDoesNotPutOffAnInterrupt() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		simulation.advance(Duration.ofSeconds(14));
		simulation.group().stop("a");
		simulation.settle().pause(Duration.ofSeconds(8));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	@Test
	void extensionThatComesTooLateChangesNothing() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 30);
		simulation.advance(Duration.ofSeconds(15));
		this.gate.latest().extended(this.gate.now(simulation) + Duration.ofSeconds(30).toNanos());
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
	}

	@Test
	void leaseGoesBackOnlyWhenTheRunHasEnded() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 300);
		simulation.group().stop();
		simulation.settle();
		assertThat(this.gate.released).isEmpty();
		simulation.end("a");
		assertThat(this.gate.released).hasSize(1);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void stuckRunKeepsItsLeaseUntilItEnds() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 300);
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(60));
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(this.gate.released).isEmpty();
		simulation.end("a");
		assertThat(this.gate.released).hasSize(1);
	}

	@Test
	void olderRunKeepsItsLeaseAndTheNextAsksAfterItsEnd() {
		Simulation simulation = gated().start();
		grant(simulation, 1, 300);
		Run older = simulation.run("a");
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(60)).start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(this.gate.requested).hasSize(1);
		assertThat(this.gate.released).isEmpty();
		simulation.end(older, null);
		assertThat(this.gate.released).hasSize(1);
		assertThat(this.gate.requested).hasSize(2);
	}

	@Test
	void stopWhileWaitingLeavesTheGate() {
		Simulation simulation = gated().start();
		simulation.group().stop("a");
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(this.gate.released).hasSize(1);
		this.gate.latest().granted(1, this.gate.now(simulation) + Duration.ofSeconds(30).toNanos());
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
	}

	@Test
	void backOffHoldsNoLease() {
		Simulation simulation = new Simulation()
			.with((builder) -> builder
				.service(definition("a", ServicePolicy.builder().restart(RestartPolicy.onFailure()).build())))
			.start();
		grant(simulation, 1, 300);
		simulation.fail("a", new IllegalStateException("broken"));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		assertThat(this.gate.released).hasSize(1);
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(this.gate.requested).hasSize(2);
	}

	@Test
	void runThatIsNeverBegunGivesItsLeaseBack() {
		Simulation simulation = gated().withSlowExecutor().start();
		grant(simulation, 1, 300);
		simulation.group().stop("a");
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(this.gate.released).hasSize(1);
	}

	@Test
	void dependentStartsOnceAnotherReplicaRunsWhatItNeeds() {
		Simulation simulation = gated().service("b", (policy) -> {
		}, "a").start();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		this.gate.latest().heldBy("replica-2", null);
		simulation.settle();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		grant(simulation, 1, 30);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void leaseIsNotAskedForBeforeTheDependenciesAreThere() {
		Simulation simulation = new Simulation().announcing("b", (policy) -> {
		})
			.with((builder) -> builder
				.service(definition("a", ServicePolicy.defaults()).toBuilder().dependsOn("b").build()))
			.start();
		assertThat(this.gate.requested).isEmpty();
		simulation.ready("b");
		assertThat(this.gate.requested).hasSize(1);
	}

	@Test
	void leaseGoesBackIfADependencyIsGoneWhenItComes() {
		Simulation simulation = new Simulation().service("b", (policy) -> {
		})
			.with((builder) -> builder
				.service(definition("a", ServicePolicy.defaults()).toBuilder().dependsOn("b").build()))
			.start();
		simulation.group().stop("b");
		simulation.settle().end("b");
		grant(simulation, 1, 30);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(this.gate.released).hasSize(1);
	}

	@Test
	void gateThatThrowsFailsTheService() {
		this.gate.refusal = new IllegalStateException("broken");
		Simulation simulation = gated().start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.lang.IllegalStateException: Its gate cannot be asked");
	}

	@Test
	void placementWithoutAGateIsRefused() {
		ServiceDefinition definition = ServiceDefinition.builder("a", (context) -> {
		}).placement(Placement.SINGLETON).build();
		ServiceGroup.Builder builder = ServiceGroup.builder("test").service(definition);
		assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageStartingWith("'a' is to run as");
	}

	private Simulation gated() {
		return new Simulation().with((builder) -> builder.service(definition("a", ServicePolicy.defaults())));
	}

	private Simulation isolated() {
		return new Simulation()
			.with((builder) -> builder.service(definition("a", ServicePolicy.builder().critical(false).build())));
	}

	private ServiceDefinition definition(String name, ServicePolicy policy) {
		return ServiceDefinition.builder(name, (context) -> {
		}).policy(policy).placement(Placement.SINGLETON).gate(this.gate).build();
	}

	private void grant(Simulation simulation, long token, int seconds) {
		this.gate.latest().granted(token, this.gate.now(simulation) + Duration.ofSeconds(seconds).toNanos());
		simulation.settle();
	}

	/**
	 * A gate that does what the test says.
	 */
	private static final class FakeGate implements RunGate {

		private final List<Pass> requested = new ArrayList<>();

		private final List<Pass> released = new ArrayList<>();

		private @Nullable RuntimeException refusal;

		@Override
		public void request(Pass pass) {
			if (this.refusal != null) {
				throw this.refusal;
			}
			this.requested.add(pass);
		}

		@Override
		public void release(Pass pass) {
			this.released.add(pass);
		}

		Pass latest() {
			return this.requested.get(this.requested.size() - 1);
		}

		long now(Simulation simulation) {
			return simulation.group().loop().timing().nanoTime();
		}

	}

}
