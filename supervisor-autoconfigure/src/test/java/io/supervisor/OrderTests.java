package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A diamond of four services: each starts after what it needs is ready and stops before
 * it, also when one of them failed or was restarted in between.
 */
class OrderTests {

	private static final IOException GONE = new IOException("gone");

	private static final Consumer<ServicePolicy.Builder> RESTARTED = (policy) -> policy
		.restart(RestartPolicy.onFailure());

	private static final Consumer<ServicePolicy.Builder> RESTARTED_WITH_DEPENDENTS = (policy) -> policy
		.restart(RestartPolicy.onFailure().toBuilder().scope(RestartPolicy.Scope.DEPENDENTS).build());

	@Test
	void diamondStartsFromTheTop() {
		Simulation simulation = diamond(RESTARTED).start();
		assertThat(simulation.history()).extracting(Run::serviceName).containsExactly("top");
		simulation.ready("top");
		assertThat(simulation.history()).extracting(Run::serviceName).containsExactly("top", "left", "right");
		simulation.ready("right");
		assertThat(simulation.wasRun("bottom")).isFalse();
		simulation.ready("left");
		assertThat(simulation.wasRun("bottom")).isTrue();
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.ready("bottom");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void diamondStopsFromTheBottom() {
		Simulation simulation = running(RESTARTED);
		simulation.group().stop();
		simulation.settle();
		assertStopsInOrder(simulation);
	}

	@ParameterizedTest
	@ValueSource(strings = { "top", "left", "right", "bottom" })
	void diamondStopsFromTheBottomAlsoAfterOneFailedAndCameBack(String failed) {
		Simulation simulation = running(RESTARTED).fail(failed, GONE);
		assertThat(simulation.cancelled()).as("those who depend on one in its back-off run on").isEmpty();
		simulation.advance(Duration.ofSeconds(1)).ready(failed);
		simulation.group().stop();
		simulation.settle();
		assertStopsInOrder(simulation);
	}

	@ParameterizedTest
	@ValueSource(strings = { "top", "left", "right", "bottom" })
	void diamondStopsFromTheBottomAlsoAfterOneWasRestarted(String restarted) {
		Simulation simulation = running(RESTARTED);
		simulation.group().restart(restarted);
		simulation.settle().end(restarted).ready(restarted);
		simulation.group().stop();
		simulation.settle();
		assertStopsInOrder(simulation);
	}

	private static void assertStopsInOrder(Simulation simulation) {
		assertThat(simulation.cancelled()).containsExactly("bottom");
		simulation.end("bottom");
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("left", "right", "bottom");
		simulation.end("left");
		assertThat(simulation.run("top").isCancelled()).isFalse();
		simulation.end("right");
		assertThat(simulation.run("top").isCancelled()).isTrue();
		simulation.end("top");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void diamondWithAFailedSideStopsTheRestInOrder() {
		Simulation simulation = running((policy) -> {
		}).fail("left", GONE);
		assertThat(simulation.cancelled()).containsExactly("bottom");
		simulation.end("bottom");
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("right", "bottom");
		simulation.end("right").end("top");
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
	}

	@Test
	void diamondIsRestartedAsAWholeInOrder() {
		Simulation simulation = running(RESTARTED_WITH_DEPENDENTS).fail("top", GONE);
		assertThat(simulation.cancelled()).containsExactly("bottom");
		simulation.end("bottom").end("left");
		assertThat(simulation.state("left")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofSeconds(5));
		assertThat(simulation.state("top")).isEqualTo(ServiceState.BACKOFF);
		simulation.end("right");
		assertThat(simulation.snapshot("top").attempt()).isEqualTo(2);
		assertThat(simulation.snapshot("left").attempt()).isEqualTo(1);
		simulation.ready("top");
		assertThat(simulation.snapshot("left").attempt()).isEqualTo(2);
		assertThat(simulation.snapshot("right").attempt()).isEqualTo(2);
		assertThat(simulation.snapshot("bottom").attempt()).isEqualTo(1);
		simulation.ready("left").ready("right").ready("bottom");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().services()).allMatch((service) -> service.state() == ServiceState.RUNNING);
	}

	@Test
	void sideOfADiamondTakesAlongOnlyTheBottom() {
		Simulation simulation = running(RESTARTED_WITH_DEPENDENTS).fail("left", GONE).end("bottom");
		assertThat(simulation.state("right")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("top")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofSeconds(1)).ready("left");
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.STARTING);
	}

	@Test
	void bothSidesOfADiamondFail() {
		Simulation simulation = running(RESTARTED_WITH_DEPENDENTS).fail("left", GONE)
			.advance(Duration.ofMillis(500))
			.fail("right", GONE)
			.end("bottom")
			.advance(Duration.ofMillis(500));
		assertThat(simulation.snapshot("left").attempt()).isEqualTo(2);
		assertThat(simulation.snapshot("right").state()).isEqualTo(ServiceState.BACKOFF);
		simulation.ready("left");
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofMillis(500)).ready("right").ready("bottom");
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void bottomThatFailsByItselfWhileItWaitsForItsEndIsAnOrdinaryFailure() {
		Simulation simulation = running(RESTARTED_WITH_DEPENDENTS).fail("top", GONE).fail("bottom", GONE);
		assertThat(simulation.state("bottom")).as("cancelled before").isEqualTo(ServiceState.WAITING);
		assertThat(simulation.snapshot("bottom").lastFailure()).isPresent();
		simulation.fail("left", GONE);
		simulation.end("right").advance(Duration.ofSeconds(1)).ready("top").ready("left").ready("right");
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.STARTING);
	}

	@Test
	void dependentThatFailsBeforeItsTurnToBeStoppedKeepsItsOwnBackOff() {
		Simulation simulation = running(RESTARTED_WITH_DEPENDENTS).fail("top", GONE).fail("left", GONE);
		assertThat(simulation.state("left")).isEqualTo(ServiceState.BACKOFF);
		simulation.end("bottom").end("right").advance(Duration.ofSeconds(1)).ready("top");
		assertThat(simulation.snapshot("left").attempt()).isEqualTo(2);
		simulation.ready("left").ready("right").ready("bottom");
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void topThatFailsForGoodWhileTheOthersWaitFailsThem() {
		Simulation simulation = running(RESTARTED_WITH_DEPENDENTS).fail("top", GONE)
			.end("bottom")
			.end("left")
			.end("right")
			.advance(Duration.ofSeconds(1))
			.fail("top", new UnrecoverableServiceException("no"));
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.state("bottom")).isEqualTo(ServiceState.STOPPED);
	}

	@Test
	void longChainStartsAndStopsInOrder() {
		int length = 2000;
		Simulation simulation = new Simulation();
		for (int i = 0; i < length; i++) {
			simulation.service("s" + i, (policy) -> {
			}, (i == 0) ? new String[0] : new String[] { "s" + (i - 1) });
		}
		simulation.start();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.group().stop();
		simulation.settle();
		for (int i = length - 1; i >= 0; i--) {
			assertThat(simulation.run("s" + i).isCancelled()).isTrue();
			simulation.end("s" + i);
		}
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void servicesAreListedEachAfterThoseThatItDependsOn() {
		Simulation simulation = new Simulation().service("a", OrderTests::defaults, "b")
			.service("b", OrderTests::defaults, "c")
			.service("c", OrderTests::defaults);
		assertThat(simulation.group().services()).extracting(ServiceSnapshot::name).containsExactly("c", "b", "a");
	}

	@Test
	void serviceThatDependsOnItselfIsAnError() {
		assertThatIllegalArgumentException().isThrownBy(() -> new Simulation().service("a", OrderTests::defaults, "a"))
			.withMessage("'a' depends on itself");
	}

	@Test
	void dependencyNamedTwiceCountsOnce() {
		Simulation simulation = Simulation.of("a").service("b", OrderTests::defaults, "a", "a").start();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("b").dependencies()).isEqualTo(List.of("a"));
	}

	private static Simulation diamond(Consumer<ServicePolicy.Builder> policy) {
		return new Simulation().announcing("top", policy)
			.announcing("left", policy, "top")
			.announcing("right", policy, "top")
			.announcing("bottom", policy, "left", "right");
	}

	private static Simulation running(Consumer<ServicePolicy.Builder> policy) {
		return diamond(policy).start().ready("top").ready("left").ready("right").ready("bottom");
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

}
