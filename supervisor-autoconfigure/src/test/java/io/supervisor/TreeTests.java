package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Groups as members of groups, on real threads.
 */
class TreeTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private static final IOException GONE = new IOException("gone");

	@Test
	void failureOfANestedGroupNamesItsServices() {
		ServiceGroup ingest = ServiceGroup.builder("ingest-group").service("crawler", (context) -> {
			throw GONE;
		}).service("parser", ServiceContext::awaitCancellation).build();
		ServiceGroup outer = ServiceGroup.builder("outer")
			.service("ingest", ingest)
			.service("web", ServiceContext::awaitCancellation)
			.build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(outer::run)
			.withMessage("ingest/crawler: java.io.IOException: gone")
			.withRootCauseInstanceOf(IOException.class);
		assertThat(outer.snapshot().state()).isEqualTo(GroupState.FAILED);
		assertThat(ingest.service("parser").orElseThrow().state()).isEqualTo(ServiceState.STOPPED);
		assertThat(outer.service("web").orElseThrow().reason()).contains("'ingest' failed");
	}

	@Test
	void failureOfAGroupInAGroupInAGroupNamesThePath() {
		CountDownLatch running = new CountDownLatch(1);
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", (context) -> {
			running.await();
			throw GONE;
		}).service("b", (context) -> {
			running.countDown();
			context.awaitCancellation();
			throw new IllegalStateException("dirty");
		}).build();
		ServiceGroup middle = ServiceGroup.builder("middle").service("inner", inner).build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("middle", middle).build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(outer::run).withMessage("""
				middle/inner/a: java.io.IOException: gone
				middle/inner/b: java.lang.IllegalStateException: dirty""");
	}

	@Test
	void rule24_whoHearsThatANestedGroupIsRunningFindsItSo() {
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", ServiceContext::awaitCancellation).build();
		List<GroupSnapshot> found = new ArrayList<>();
		inner.loop().run(null, () -> {
			found.add(inner.snapshot());
			inner.stop();
		});
		assertThat(found).singleElement()
			.satisfies((snapshot) -> assertThat(snapshot.state()).isEqualTo(GroupState.RUNNING))
			.satisfies((snapshot) -> assertThat(snapshot.count(ServiceState.RUNNING)).isOne());
	}

	@Test
	void nestedGroupIsReadyWhenItIsRunning() throws Exception {
		CountDownLatch ready = new CountDownLatch(1);
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", Service.announcing((context) -> {
			ready.await();
			context.ready();
			context.awaitCancellation();
		})).build();
		CountDownLatch dependentStarted = new CountDownLatch(1);
		ServiceGroup outer = ServiceGroup.builder("outer")
			.service("inner", inner)
			.service(ServiceDefinition.builder("web", (context) -> {
				dependentStarted.countDown();
				context.awaitCancellation();
			}).dependsOn("inner").build())
			.build();
		outer.start();
		assertThat(outer.awaitState("inner", (state) -> state == ServiceState.STARTING, LONG)).isTrue();
		assertThat(inner.awaitState("a", (state) -> state == ServiceState.STARTING, LONG)).isTrue();
		assertThat(outer.awaitState("web", (state) -> state == ServiceState.WAITING, LONG)).isTrue();
		ready.countDown();
		assertThat(outer.awaitReady(LONG)).isTrue();
		assertThat(dependentStarted.await(30, TimeUnit.SECONDS)).isTrue();
		stop(outer);
		assertThat(inner.snapshot().state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void nestedGroupIsRestartedAsAWhole() throws Exception {
		BlockingQueue<String> attempts = new LinkedBlockingQueue<>();
		BlockingQueue<String> failures = new LinkedBlockingQueue<>();
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", (context) -> {
			attempts.add("a" + context.attempt());
			if (context.attempt() < 3) {
				failures.take();
				throw GONE;
			}
			context.awaitCancellation();
		}).service("b", (context) -> {
			attempts.add("b" + context.attempt());
			context.awaitCancellation();
		}).build();
		RestartPolicy atOnce = RestartPolicy.onFailure().toBuilder().delay(Duration.ZERO).build();
		ServiceGroup outer = ServiceGroup.builder("outer")
			.service(ServiceDefinition.builder("inner", inner)
				.policy(ServicePolicy.builder().restart(atOnce).build())
				.build())
			.build();
		outer.start();
		for (int attempt = 1; attempt <= 3; attempt++) {
			assertThat(new String[] { attempts.poll(30, TimeUnit.SECONDS), attempts.poll(30, TimeUnit.SECONDS) })
				.containsExactlyInAnyOrder("a" + attempt, "b" + attempt);
			failures.add("now");
		}
		assertThat(outer.service("inner").orElseThrow().restarts()).isEqualTo(2);
		stop(outer);
	}

	@Test
	void spentBudgetOfANestedGroupSaysSo() {
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", (context) -> {
			throw GONE;
		}).build();
		RestartPolicy twice = RestartPolicy.onFailure().toBuilder().delay(Duration.ZERO).maxRestarts(2).build();
		ServiceGroup outer = ServiceGroup.builder("outer")
			.service(ServiceDefinition.builder("inner", inner)
				.policy(ServicePolicy.builder().restart(twice).build())
				.build())
			.build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(outer::run)
			.withMessage("inner/a: java.io.IOException: gone ('inner' failed 3 times in a row)");
	}

	@Test
	void cancelOfTheParentIsTheStopOfTheNestedGroup() throws Exception {
		BlockingQueue<CancellationCause> causes = new LinkedBlockingQueue<>();
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", (context) -> {
			context.awaitCancellation();
			causes.add(context.cancellationCause().orElseThrow());
		}).build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("inner", inner).build();
		outer.start();
		assertThat(outer.awaitReady(LONG)).isTrue();
		stop(outer);
		assertThat(causes.poll(30, TimeUnit.SECONDS)).isEqualTo(CancellationCause.parent(CancellationCause.SHUTDOWN));
		assertThat(inner.snapshot().state()).isEqualTo(GroupState.STOPPED);
		assertThat(outer.service("inner").orElseThrow().state()).isEqualTo(ServiceState.STOPPED);
	}

	@Test
	void cancelOfAPlainRunAroundTheGroupIsItsStop() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", ServiceContext::awaitCancellation).build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("wrapper", inner::run).build();
		outer.start();
		assertThat(inner.awaitReady(LONG)).isTrue();
		stop(outer);
		assertThat(inner.snapshot().state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void nestedGroupThatStopsByItselfIsACompletionOfItsParentsService() {
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", (context) -> {
		}).build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("inner", inner).build();
		outer.run();
		assertThat(outer.service("inner").orElseThrow().state()).isEqualTo(ServiceState.COMPLETED);
		assertThat(outer.snapshot().state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void snapshotsNest() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", ServiceContext::awaitCancellation).build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("nested", inner).build();
		assertThat(outer.service("nested").orElseThrow().group().orElseThrow().state()).isEqualTo(GroupState.NEW);
		outer.start();
		assertThat(outer.awaitReady(LONG)).isTrue();
		ServiceSnapshot nested = outer.service("nested").orElseThrow();
		assertThat(nested.group().orElseThrow().name()).isEqualTo("inner");
		assertThat(nested.services()).extracting(ServiceSnapshot::name).containsExactly("a");
		stop(outer);
	}

	@Test
	void groupThatRunsElsewhereCannotRunAsAMemberToo() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", ServiceContext::awaitCancellation).build();
		inner.start();
		assertThat(inner.awaitReady(LONG)).isTrue();
		ServiceGroup outer = ServiceGroup.builder("outer").service("nested", inner).build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(outer::run)
			.withMessageContaining("'inner' is running already");
		assertThat(inner.snapshot().state()).isEqualTo(GroupState.RUNNING);
		stop(inner);
	}

	@Test
	void rule18_nestedGroupGivesUpInsideItsParentsDeadline() {
		SimulatedTime time = new SimulatedTime();
		Simulation inner = Simulation.of("deaf").sharing(time);
		Simulation outer = Simulation.of("other")
			.with((builder) -> builder.service("inner", inner.group()).shutdownTimeout(Duration.ofSeconds(8)))
			.sharing(time)
			.start();
		Run parent = outer.run("inner");
		inner.startIn(parent);
		outer.settle();
		assertThat(outer.state()).isEqualTo(GroupState.RUNNING);
		outer.group().stop();
		outer.settle().end("other");
		inner.settle();
		assertThat(inner.run("deaf").cancellationCause())
			.contains(CancellationCause.parent(CancellationCause.SHUTDOWN));
		inner.advance(Duration.ofMillis(4_999));
		assertThat(inner.state()).isEqualTo(GroupState.STOPPING);
		inner.advance(Duration.ofMillis(1));
		assertThat(inner.state()).isEqualTo(GroupState.STOPPED);
		assertThat(inner.state("deaf")).isEqualTo(ServiceState.STUCK);
		outer.settle().end("inner");
		assertThat(outer.state()).isEqualTo(GroupState.STOPPED);
		assertThat(outer.state("inner")).isEqualTo(ServiceState.STOPPED);
	}

	/**
	 * One that was already stopping, because it had failed, went on with its own deadline
	 * and became stuck in its parent.
	 */
	@Test
	void rule18_nestedGroupThatIsAlreadyStoppingGivesUpInsideItsParentsDeadlineToo() {
		SimulatedTime time = new SimulatedTime();
		Simulation inner = Simulation.of("deaf", "failing").sharing(time);
		Simulation outer = Simulation.of("other")
			.with((builder) -> builder.service("inner", inner.group()).shutdownTimeout(Duration.ofSeconds(8)))
			.sharing(time)
			.start();
		inner.startIn(outer.run("inner"));
		outer.settle();
		inner.fail("failing", GONE);
		assertThat(inner.state()).isEqualTo(GroupState.STOPPING);
		outer.group().stop();
		outer.settle().end("other");
		inner.advance(Duration.ofSeconds(5));
		assertThat(inner.state()).isEqualTo(GroupState.FAILED);
	}

	@Test
	void rule18_graceOfANestedGroupIsItsOwnShutdownTimeout() {
		SimulatedTime time = new SimulatedTime();
		Simulation inner = Simulation.of("a").sharing(time).with((builder) -> builder.shutdownTimeout(LONG));
		Simulation outer = Simulation.of("other")
			.with((builder) -> builder.service("inner", inner.group()))
			.sharing(time)
			.start();
		inner.startIn(outer.run("inner"));
		outer.settle();
		outer.group().stop("inner");
		outer.settle().advance(LONG.minusMillis(1));
		assertThat(outer.run("inner").thread().isInterrupted()).isFalse();
		outer.advance(Duration.ofMillis(1));
		assertThat(outer.run("inner").thread().isInterrupted()).isTrue();
	}

	/**
	 * The thread of the actions may be late: the run that they belong to has ended, and
	 * the next attempt runs the group again.
	 */
	@Test
	void rule17_cancelOfAnOlderAttemptDoesNotStopTheGroupThatTheNextOneRuns() throws Exception {
		BlockingQueue<ServiceContext> attempts = new LinkedBlockingQueue<>();
		ServiceGroup inner = ServiceGroup.builder("inner").service("a", ServiceContext::awaitCancellation).build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("runner", (context) -> {
			attempts.add(context);
			inner.run(context);
		}).build();
		outer.start();
		ServiceContext first = attempts.take();
		assertThat(inner.awaitState("a", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		outer.restart("runner").get(30, TimeUnit.SECONDS);
		attempts.take();
		assertThat(inner.awaitState("a", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		inner.loop().post(new Signal.StopWithParent(first, 1));
		inner.restart("a").get(30, TimeUnit.SECONDS);
		assertThat(inner.snapshot().state()).isEqualTo(GroupState.RUNNING);
		stop(outer);
	}

	private static void stop(ServiceGroup group) throws InterruptedException {
		group.stop();
		assertThat(group.awaitTermination(LONG)).isTrue();
	}

}
