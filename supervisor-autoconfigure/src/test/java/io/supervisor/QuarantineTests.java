package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs that do not end: never doubled, and what they still do is recorded and never acted
 * upon (rules 17 and 23).
 */
class QuarantineTests {

	private static final IOException LATE = new IOException("late");

	@Test
	void stuckOneIsNeitherStartedNorRestartedBesideItself() {
		Simulation simulation = stuckByHand();
		Future<ServiceSnapshot> start = simulation.group().start("a");
		Future<ServiceSnapshot> restart = simulation.group().restart("a");
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(start).isNotDone();
		assertThat(restart).isNotDone();
		assertThat(simulation.history()).hasSize(2);
		simulation.end("a");
		assertThat(start).isDone();
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
	}

	@Test
	void stuckOneIsStoppedWhenItsThreadEndsAfterAll() {
		Simulation simulation = stuckByHand();
		assertThat(simulation.snapshot("a").cancellationCause()).contains(CancellationCause.STOPPED);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.trail()).containsSubsequence("a STOPPING", "a STUCK", "a STOPPED");
	}

	@Test
	void stuckOneIsNotWaitedFor() {
		Simulation simulation = stuckByHand();
		simulation.group().stop();
		simulation.settle().end("b");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	@Test
	void stuckOneThatEndsAfterTheGroupHasEndedIsSeen() {
		Simulation simulation = stuckByHand();
		simulation.group().stop();
		simulation.settle().end("b").fail("a", LATE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.snapshot("a").lastFailure().orElseThrow().cause()).isSameAs(LATE);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).as("of a group that has ended").isEmpty();
		assertThat(simulation.group().failure()).isEmpty();
	}

	@Test
	void lateFailureIsSecondary() {
		Simulation simulation = stuckByHand().fail("a", LATE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause).containsExactly(LATE);
	}

	@Test
	void lateReadinessIsNotActedUpon() {
		Simulation simulation = new Simulation().announcing("a", QuarantineTests::notCritical).start();
		Run old = simulation.run("a");
		simulation.group().restart("a");
		simulation.settle();
		old.ready();
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.end(old, null);
		old.ready();
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
		simulation.ready("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void lateActionThatThrowsIsRecorded() throws Exception {
		CountDownLatch failed = new CountDownLatch(1);
		Simulation simulation = stuckByHand();
		Run stuck = simulation.run("a");
		stuck.onCancel(() -> {
			failed.countDown();
			throw new IllegalStateException("in an action");
		});
		assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
		simulation.settle();
		assertThat(simulation.group().snapshot().failures()).singleElement()
			.extracting(ServiceFailure::description)
			.isEqualTo("java.lang.IllegalStateException: in an action");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	@Test
	void lateActionOfAnEarlierRunOfTheGroupIsNoneOfTheNextOnes() {
		Simulation simulation = stuckByHand();
		Run stuck = simulation.run("a");
		simulation.group().stop();
		simulation.settle().end("b").start();
		stuck.onCancel(() -> {
			throw new IllegalStateException("in an action");
		});
		simulation.settle();
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	@Test
	void rule21_lateFailureThatArrivesAsTheNextRunBeginsIsNoneOfItsFailures() {
		Simulation simulation = stuckByHand();
		Run stuck = simulation.run("a");
		simulation.group().stop();
		simulation.settle().end("b");
		simulation.beforeFirstTurn(() -> simulation.endUnseen(stuck, LATE)).start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	/**
	 * It went on waiting for the one that was stopped.
	 */
	@Test
	void rule02_dependencyThatFailedWhileAnOlderRunWasWaitedForIsSeenAfterItsEnd() {
		Simulation simulation = new Simulation().service("stopped", QuarantineTests::notCritical)
			.service("failing", QuarantineTests::notCritical)
			.service("a", QuarantineTests::notCritical, "stopped", "failing")
			.start();
		Run stuck = simulation.run("a");
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(15));
		simulation.group().stop();
		simulation.settle().end("stopped").end("failing").start();
		simulation.group().stop("stopped");
		simulation.settle().end("stopped").fail("failing", LATE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		simulation.end(stuck, null);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void whatAnOldRunsContextSaysStaysTrue() {
		Simulation simulation = stuckByHand();
		Run old = simulation.run("a");
		simulation.end("a");
		simulation.group().start("a");
		simulation.settle();
		assertThat(old.attempt()).isEqualTo(1);
		assertThat(old.isCancelled()).isTrue();
		assertThat(old.cancellationCause()).contains(CancellationCause.STOPPED);
		assertThat(simulation.run("a").isCancelled()).isFalse();
	}

	@Test
	void stuckThroughSeveralRunsOfTheGroup() {
		Simulation simulation = stuckByHand();
		Run stuck = simulation.run("a");
		for (int i = 0; i < 3; i++) {
			simulation.group().stop();
			simulation.settle().end("b").start();
			assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
			assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		}
		simulation.end(stuck, null);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void stuckInTwoRunsOfTheGroup() {
		Simulation simulation = stuckByHand();
		Run first = simulation.run("a");
		simulation.group().stop();
		simulation.settle().end("b").start().end(first, null);
		simulation.group().stop();
		simulation.settle().end("b").advance(Duration.ofSeconds(25));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		simulation.start();
		assertThat(simulation.snapshot("a").waitingFor()).contains("the end of attempt 2, which is stuck");
		simulation.end("a");
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(3);
	}

	@Test
	void thoseThatDependOnAStuckOneThatRestartsWaitForIt() {
		Simulation simulation = new Simulation().service("a", QuarantineTests::notCritical)
			.service("b", QuarantineTests::notCritical, "a")
			.start();
		simulation.group().restart("a");
		simulation.advance(Duration.ofSeconds(15));
		simulation.group().restart("b");
		simulation.settle().end("b");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void removeOfAStuckOneWaitsForItsThread() throws Exception {
		Simulation simulation = stuckByHand();
		Future<ServiceSnapshot> remove = simulation.group().remove("a");
		simulation.settle();
		assertThat(remove).isNotDone();
		simulation.end("a");
		assertThat(remove.get().state()).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().service("a")).isEmpty();
	}

	/**
	 * A command that waited for a stuck thread was left behind when the group ran again,
	 * and hit a later run of the service.
	 */
	@Test
	void removeOfAStuckOneOutlastsTheRunOfTheGroup() {
		Simulation simulation = stuckByHand();
		Run stuck = simulation.run("a");
		simulation.group().stop();
		simulation.settle().end("b");
		Future<ServiceSnapshot> remove = simulation.group().remove("a");
		simulation.start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(remove).isNotDone();
		simulation.end(stuck, null);
		assertThat(remove).isDone();
		assertThat(simulation.group().service("a")).isEmpty();
		assertThat(simulation.history()).extracting(Run::toString).doesNotContain("a#2");
	}

	private static Simulation stuckByHand() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		return simulation;
	}

	private static void notCritical(ServicePolicy.Builder policy) {
		policy.critical(false);
	}

}
