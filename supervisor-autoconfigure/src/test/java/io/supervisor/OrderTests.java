package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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

	@ParameterizedTest
	@EnumSource(names = { "WAITING", "BACKOFF", "STOPPED", "STUCK", "COMPLETED", "FAILED" })
	void rule18_orderHoldsThroughOneThatIsNotLive(ServiceState between) {
		Simulation simulation = withOneBetweenThatIs(between);
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.run("user").isCancelled()).isTrue();
		assertThat(simulation.run("base").isCancelled()).as("under the one that uses it").isFalse();
		assertThat(simulation.run("other").isCancelled()).isFalse();
		simulation.end("user");
		assertThat(simulation.run("base").isCancelled()).isTrue();
		simulation.endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	/**
	 * {@code user} depends on {@code between}, and that one on {@code base} and
	 * {@code other}; all but {@code between} are live.
	 */
	private static Simulation withOneBetweenThatIs(ServiceState state) {
		RestartPolicy restart = (state == ServiceState.BACKOFF) ? RestartPolicy.onFailure() : RestartPolicy.never();
		Simulation simulation = new Simulation().service("base", OrderTests::defaults)
			.announcing("other", OrderTests::defaults)
			.service("between", (policy) -> policy.critical(false).restart(restart), "base", "other")
			.service("user", OrderTests::defaults, "between")
			.start()
			.ready("other");
		switch (state) {
			case BACKOFF, FAILED -> simulation.fail("between", GONE);
			case COMPLETED -> simulation.end("between");
			case STOPPED -> {
				simulation.group().stop("between");
				simulation.settle().end("between");
			}
			case STUCK -> {
				simulation.group().stop("between");
				simulation.advance(Duration.ofSeconds(15));
			}
			case WAITING -> {
				simulation.group().restart("other");
				simulation.settle().end("other");
				simulation.group().restart("between");
				simulation.settle().end("between");
			}
			case NEW, STARTING, RUNNING, STOPPING -> throw new IllegalArgumentException("live");
		}
		assertThat(simulation.state("between")).isEqualTo(state);
		assertThat(simulation.state("user")).isEqualTo(ServiceState.RUNNING);
		return simulation;
	}

	@Test
	void rule18_orderHoldsThroughTheOneWhoseFailureStopsTheGroup() {
		Simulation simulation = Simulation.of("base")
			.service("failing", OrderTests::defaults, "base")
			.service("user", OrderTests::defaults, "failing")
			.start()
			.fail("failing", GONE);
		assertThat(simulation.cancelled()).containsExactly("user");
		simulation.end("user");
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("user", "base");
	}

	@Test
	void rule18_orderHoldsThroughTheOneWhoseCompletionStopsTheGroup() {
		Simulation simulation = Simulation.of("base")
			.service("ending", (policy) -> policy.onCompletion(OnCompletion.STOP_GROUP), "base")
			.service("user", OrderTests::defaults, "ending")
			.start()
			.end("ending");
		assertThat(simulation.cancelled()).containsExactly("user");
		simulation.end("user");
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("user", "base");
	}

	/**
	 * What ends before its turn to be cancelled had let go of those that it depends on.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void rule18_oneThatEndsBeforeItsTurnLeavesTheOrderAsItIs(boolean fails) {
		Simulation simulation = Simulation.of("base")
			.service("between", OrderTests::defaults, "base")
			.service("user", OrderTests::defaults, "between")
			.start();
		simulation.group().stop();
		simulation.settle().end(simulation.run("between"), fails ? GONE : null);
		assertThat(simulation.run("base").isCancelled()).isFalse();
		simulation.end("user");
		assertThat(simulation.run("base").isCancelled()).isTrue();
	}

	@Test
	void rule18_allThatDependOnOneThroughOthersMustHaveEnded() {
		Simulation simulation = Simulation.of("base");
		for (int i = 0; i < 3; i++) {
			simulation.service("between" + i, OrderTests::defaults, "base")
				.service("user" + i, OrderTests::defaults, "between" + i);
		}
		simulation.start().end("between0").end("between1").end("between2");
		simulation.group().stop();
		simulation.settle();
		for (int i = 2; i >= 0; i--) {
			assertThat(simulation.run("base").isCancelled()).as("before the end of user" + i).isFalse();
			simulation.end("user" + i);
		}
		assertThat(simulation.run("base").isCancelled()).isTrue();
	}

	@Test
	void rule18_stuckOneAtADistanceHasEndedForTheOrder() {
		Simulation simulation = Simulation.of("base")
			.service("between", OrderTests::defaults, "base")
			.service("user",
					(policy) -> policy.gracePeriod(Duration.ofSeconds(1)).interruptPeriod(Duration.ofSeconds(1)),
					"between")
			.start()
			.end("between");
		simulation.group().stop();
		simulation.advance(Duration.ofMillis(1999));
		assertThat(simulation.run("base").isCancelled()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state("user")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.run("base").isCancelled()).isTrue();
	}

	@Test
	void rule18_orderHoldsThroughAThousandThatHaveEnded() {
		int length = 1000;
		Simulation simulation = Simulation.of("s0");
		for (int i = 1; i <= length; i++) {
			simulation.service("s" + i, (policy) -> policy.critical(false), "s" + (i - 1));
		}
		simulation.start();
		for (int i = 1; i < length; i++) {
			simulation.end(simulation.run("s" + i), (i % 2 == 0) ? GONE : null);
		}
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.cancelled()).containsExactly("s" + length);
		simulation.end("s" + length);
		assertThat(simulation.run("s0").isCancelled()).isTrue();
	}

	/**
	 * There are more paths from one end to the other than anybody could follow.
	 */
	@Test
	@Timeout(60)
	void rule18_orderHoldsThroughSixtyDiamondsThatHaveEnded() {
		int diamonds = 60;
		Simulation simulation = Simulation.of("joint0");
		for (int i = 1; i <= diamonds; i++) {
			simulation.service("left" + i, OrderTests::defaults, "joint" + (i - 1))
				.service("right" + i, OrderTests::defaults, "joint" + (i - 1))
				.service("joint" + i, OrderTests::defaults, "left" + i, "right" + i);
		}
		simulation.start();
		for (int i = 1; i <= diamonds; i++) {
			simulation.end("left" + i).end("right" + i);
			if (i < diamonds) {
				simulation.end("joint" + i);
			}
		}
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.cancelled()).containsExactly("joint" + diamonds);
		simulation.end("joint" + diamonds);
		assertThat(simulation.run("joint0").isCancelled()).isTrue();
		simulation.end("joint0");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	/**
	 * Each of one layer depends on each of the layer below it: not the square of that for
	 * each one that ends.
	 */
	@Test
	@Timeout(60)
	void rule18_orderHoldsThroughAWideLayerThatHasEnded() {
		int width = 200;
		String[] lower = names("lower", width);
		String[] middle = names("middle", width);
		String[] upper = names("upper", width);
		Simulation simulation = Simulation.of(lower);
		for (int i = 0; i < width; i++) {
			simulation.service(middle[i], OrderTests::defaults, lower);
		}
		for (int i = 0; i < width; i++) {
			simulation.service(upper[i], OrderTests::defaults, middle);
		}
		simulation.start();
		for (String name : middle) {
			simulation.end(name);
		}
		simulation.group().stop();
		simulation.settle();
		for (String name : upper) {
			assertThat(simulation.cancelled()).hasSize(width);
			simulation.end(name);
		}
		assertThat(simulation.cancelled()).hasSize(2 * width);
		simulation.endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	private static String[] names(String prefix, int count) {
		return IntStream.range(0, count).mapToObj((i) -> prefix + i).toArray(String[]::new);
	}

	/**
	 * It had started under a base that was not ready, since all that it depends on itself
	 * had completed.
	 */
	@Test
	void rule18_resumedGroupStartsInOrderThroughOneThatStaysAsItIs() {
		Simulation simulation = new Simulation().announcing("base", OrderTests::defaults)
			.service("between", OrderTests::defaults, "base")
			.service("user", OrderTests::defaults, "between")
			.start()
			.ready("base")
			.end("between");
		simulation.group().stop();
		simulation.settle().end("user").endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		simulation.resume();
		assertThat(simulation.state("between")).isEqualTo(ServiceState.COMPLETED);
		assertThat(simulation.state("base")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state("user")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.snapshot("user").waitingFor()).contains("'base'");
		simulation.ready("base");
		assertThat(simulation.state("user")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule18_resumedGroupStartsInOrderThroughManyThatStayAsTheyAre() {
		int length = 100;
		Simulation simulation = new Simulation().announcing("s0", OrderTests::defaults);
		for (int i = 1; i <= length; i++) {
			simulation.service("s" + i, OrderTests::defaults, "s" + (i - 1));
		}
		simulation.start().ready("s0");
		for (int i = 1; i < length; i++) {
			simulation.end("s" + i);
		}
		simulation.group().stop();
		simulation.settle().end("s" + length).endCancelled().resume();
		assertThat(simulation.state("s" + length)).isEqualTo(ServiceState.WAITING);
		simulation.ready("s0");
		assertThat(simulation.state("s" + length)).isEqualTo(ServiceState.RUNNING);
	}

	@ParameterizedTest
	@EnumSource(names = { "BACKOFF", "STOPPED", "COMPLETED", "FAILED" })
	void rule18_scopeStopsInOrderThroughOneThatIsNotLive(ServiceState between) {
		RestartPolicy restart = (between == ServiceState.BACKOFF)
				? RestartPolicy.onFailure().toBuilder().delay(Duration.ofSeconds(60)).build() : RestartPolicy.never();
		Simulation simulation = new Simulation().service("failing", RESTARTED_WITH_DEPENDENTS)
			.service("lower", OrderTests::defaults, "failing")
			.service("between", (policy) -> policy.critical(false).restart(restart), "lower")
			.service("user", OrderTests::defaults, "between")
			.start();
		switch (between) {
			case BACKOFF, FAILED -> simulation.fail("between", GONE);
			case COMPLETED -> simulation.end("between");
			default -> {
				simulation.group().stop("between");
				simulation.settle().end("between");
			}
		}
		simulation.fail("failing", GONE);
		assertThat(simulation.run("user").isCancelled()).isTrue();
		assertThat(simulation.run("lower").isCancelled()).as("under the one that uses it").isFalse();
		simulation.end("user");
		assertThat(simulation.run("lower").isCancelled()).isTrue();
	}

	/**
	 * It is there by the time it is asked for, and nobody has asked it to end.
	 */
	@Test
	void rule18_oneStartedByHandWhileAScopeStopsIsNotWaitedFor() {
		Simulation simulation = new Simulation().service("failing", RESTARTED_WITH_DEPENDENTS)
			.service("lower", OrderTests::defaults, "failing")
			.service("completed", OrderTests::defaults, "lower")
			.service("between", OrderTests::defaults, "completed")
			.service("user", OrderTests::defaults, "between")
			.start()
			.end("completed")
			.end("between")
			.fail("failing", GONE);
		simulation.group().start("between");
		assertThat(simulation.settle().state("between")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.run("lower").isCancelled()).isFalse();
		simulation.end("user");
		assertThat(simulation.run("lower").isCancelled()).isTrue();
		simulation.end("lower").advance(Duration.ofSeconds(1));
		assertThat(simulation.state("failing")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.run("between").isCancelled()).isFalse();
	}

	/**
	 * It came after the others were counted, and is not to be taken for one of them.
	 */
	@Test
	void rule18_oneThatIsAddedWhileAScopeStopsDoesNotCountWhenTheGroupStops() {
		Simulation simulation = new Simulation().service("failing", RESTARTED_WITH_DEPENDENTS)
			.service("lower", OrderTests::defaults, "failing")
			.service("user", OrderTests::defaults, "lower")
			.start()
			.fail("failing", GONE);
		simulation.group()
			.add(ServiceDefinition.builder("late", ServiceContext::awaitCancellation).dependsOn("lower").build());
		simulation.settle();
		assertThat(simulation.state("late")).isEqualTo(ServiceState.WAITING);
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.run("lower").isCancelled()).isFalse();
		simulation.end("user");
		assertThat(simulation.run("lower").isCancelled()).isTrue();
	}

	/**
	 * What a resumed group does not take up is looked through, and not waited for.
	 */
	@Test
	void rule18_resumedGroupDoesNotWaitAtADistanceForThoseThatStayEnded() {
		Simulation simulation = Simulation.of("base")
			.service("failed", (policy) -> policy.critical(false))
			.service("stopped", OrderTests::defaults, "base")
			.service("between", OrderTests::defaults, "failed", "stopped")
			.service("user", OrderTests::defaults, "between")
			.start()
			.end("between")
			.fail("failed", GONE);
		simulation.group().stop("stopped");
		simulation.settle().end("stopped");
		simulation.group().stop();
		simulation.settle().end("user").endCancelled().resume();
		assertThat(simulation.state("user")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	/**
	 * It is on its way when the one that waits looks, and then does not come.
	 */
	@Test
	void rule18_resumedGroupGoesOnOnceOneAtADistanceHasFailedOrWasStopped() {
		Simulation simulation = new Simulation().announcing("fails", (policy) -> policy.critical(false))
			.announcing("stopped", OrderTests::defaults)
			.service("between", OrderTests::defaults, "fails", "stopped")
			.service("user", OrderTests::defaults, "between")
			.start()
			.ready("fails")
			.ready("stopped")
			.end("between");
		simulation.group().stop();
		simulation.settle().end("user").endCancelled().resume();
		assertThat(simulation.state("user")).isEqualTo(ServiceState.WAITING);
		simulation.fail("fails", GONE);
		assertThat(simulation.state("user")).isEqualTo(ServiceState.WAITING);
		simulation.group().stop("stopped");
		simulation.settle().end("stopped");
		assertThat(simulation.state("user")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule18_scopeStartsInOrderThroughOneThatStaysAsItIs() {
		Simulation simulation = new Simulation().announcing("failing", RESTARTED_WITH_DEPENDENTS)
			.announcing("lower", OrderTests::defaults, "failing")
			.service("between", OrderTests::defaults, "lower")
			.service("user", OrderTests::defaults, "between")
			.start()
			.ready("failing")
			.ready("lower")
			.end("between")
			.fail("failing", GONE)
			.end("user")
			.end("lower")
			.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("failing")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state("user")).isEqualTo(ServiceState.WAITING);
		simulation.ready("failing");
		assertThat(simulation.state("lower")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state("user")).isEqualTo(ServiceState.WAITING);
		simulation.ready("lower");
		assertThat(simulation.state("user")).isEqualTo(ServiceState.RUNNING);
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
