package io.supervisor;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The start-timeout that a service has of its own (rule 3).
 */
class ServiceStartTimeoutTests {

	@Test
	void rule03_startTimeoutIsEachServicesOwn() {
		Simulation simulation = new Simulation()
			.announcing("quick", (policy) -> policy.critical(false).startTimeout(Duration.ofSeconds(2)))
			.announcing("slow", (policy) -> policy.startTimeout(Duration.ofMinutes(5)))
			.announcing("default", (policy) -> policy.critical(false))
			.start();
		simulation.advance(Duration.ofMillis(1999));
		assertThat(simulation.cancelled()).isEmpty();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.cancelled()).containsExactly("quick");
		simulation.end("quick").advance(Duration.ofSeconds(28));
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("quick", "default");
		simulation.end("default").advance(Duration.ofMinutes(4));
		assertThat(simulation.state("slow")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.ready("slow");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.snapshot("quick").lastFailure().orElseThrow().description())
			.isEqualTo("java.util.concurrent.TimeoutException: Not ready within 2 s");
	}

	@Test
	void rule03_nestedGroupMayBeGivenOne() {
		ServiceGroup inner = ServiceGroup.builder("inner").build();
		Simulation simulation = Simulation.of("a")
			.with((builder) -> builder.service(ServiceDefinition.builder("inner", inner)
				.policy(ServicePolicy.builder().startTimeout(Duration.ofSeconds(10)).build())
				.build()))
			.start()
			.advance(Duration.ofSeconds(10));
		assertThat(simulation.run("inner").cancellationCause()).contains(CancellationCause.START_TIMEOUT);
	}

	@Test
	void rule03_defaultsOfAGroupGiveANestedGroupNone() {
		ServiceGroup inner = ServiceGroup.builder("inner").build();
		Simulation simulation = new Simulation()
			.with((builder) -> builder.defaults(ServicePolicy.builder().startTimeout(Duration.ofSeconds(10)).build())
				.service("inner", inner)
				.service("a", Service.announcing(ServiceContext::awaitCancellation)))
			.start()
			.advance(Duration.ofSeconds(10));
		assertThat(simulation.run("a").cancellationCause()).contains(CancellationCause.START_TIMEOUT);
		assertThat(simulation.snapshot("inner").definition().policy().startTimeout()).isNull();
	}

	@Test
	void rule21_olderRunIsWaitedForThatLong() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.startTimeout(Duration.ofSeconds(3)))
			.start();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(30));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		simulation.start().advance(Duration.ofMillis(2999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.group().failure().orElseThrow()).hasMessageContaining("has not ended within 3 s");
	}

	/**
	 * As stopped as it will be.
	 */
	@Test
	void rule03_oneThatWaitsForOneThatIsStuckAfterAStopByHandDoesNotHoldUpTheStart() {
		Simulation simulation = new Simulation().announcing("a", (policy) -> {
		}).service("b", (policy) -> {
		}, "a").start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(20));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void policyKeepsIt() {
		ServicePolicy policy = ServicePolicy.builder().startTimeout(Duration.ofSeconds(10)).build();
		assertThat(policy.toBuilder().build()).isEqualTo(policy);
		assertThat(policy.toBuilder().startTimeout(null).build()).isEqualTo(ServicePolicy.defaults());
	}

	@Test
	void rule05_executorHasThatTimeToBegin() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.startTimeout(Duration.ofSeconds(3)))
			.withSlowExecutor()
			.start()
			.advance(Duration.ofSeconds(3));
		assertThat(simulation.group().failure().orElseThrow()).hasMessageStartingWith(
				"a: java.util.concurrent.TimeoutException: The executor did not begin it within 3 s");
	}

	@Test
	void negativeStartTimeoutIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> ServicePolicy.builder().startTimeout(Duration.ofMillis(-1)).build())
			.withMessageContaining("start-timeout");
	}

}
