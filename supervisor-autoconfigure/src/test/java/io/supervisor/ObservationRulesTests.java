package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Rules 24 to 26; more about listeners is in ListenerTests.
 */
class ObservationRulesTests {

	@Test
	void rule24_snapshotNamesTheThreadOnlyWhileItIsInTheRun() {
		Simulation simulation = Simulation.of("a").announcing("b", (policy) -> {
		}).withSlowExecutor().start();
		assertThat(simulation.snapshot("a").threadName()).isEmpty();
		simulation.enter("a").enter("b");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.snapshot("a").threadName()).contains("supervisor-a");
		assertThat(simulation.snapshot("b").threadName()).contains("supervisor-b");
		simulation.run("b").thread().setName("renamed");
		simulation.ready("b").end("a");
		assertThat(simulation.snapshot("a").threadName()).isEmpty();
		assertThat(simulation.snapshot("b").threadName()).contains("renamed");
	}

	@Test
	void rule24_snapshotsAreImmutable() {
		Simulation simulation = Simulation.of("a", "b").start();
		GroupSnapshot before = simulation.group().snapshot();
		ServiceSnapshot serviceBefore = simulation.snapshot("a");
		simulation.fail("a", new IOException("gone"));
		GroupSnapshot after = simulation.group().snapshot();
		assertThat(before.state()).isEqualTo(GroupState.RUNNING);
		assertThat(before.failures()).isEmpty();
		assertThat(before.count(ServiceState.RUNNING)).isEqualTo(2);
		assertThat(serviceBefore.state()).isEqualTo(ServiceState.RUNNING);
		ServiceFailure failure = after.failures().get(0);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> after.failures().add(failure));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> after.failures().remove(0));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> after.counts().put(ServiceState.NEW, 1));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> after.counts().clear());
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> simulation.group().services().clear());
	}

	@Test
	void rule24_failuresThatASnapshotHasSeenDoNotGrow() {
		Simulation simulation = new Simulation();
		for (int i = 0; i < 10; i++) {
			simulation.service("s" + i, (policy) -> policy.critical(false));
		}
		simulation.service("critical", (policy) -> {
		}).start();
		List<GroupSnapshot> snapshots = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			simulation.fail("s" + i, new IOException("gone"));
			snapshots.add(simulation.group().snapshot());
		}
		simulation.fail("critical", new IOException("gone"));
		for (int i = 0; i < 10; i++) {
			assertThat(snapshots.get(i).failures()).hasSize(i + 1).last().extracting("service").isEqualTo("s" + i);
		}
		assertThat(simulation.group().failure().orElseThrow().failures()).extracting(ServiceFailure::service)
			.containsExactly("critical");
	}

	@Test
	void rule24_recordOfTheGroupIsConsistentWhileItChanges() throws Exception {
		int services = 20;
		CountDownLatch enough = new CountDownLatch(2000);
		ServiceGroup.Builder builder = ServiceGroup.builder("links")
			.defaults(ServicePolicy.builder()
				.restart(RestartPolicy.builder()
					.mode(RestartPolicy.Mode.ALWAYS)
					.delay(Duration.ZERO)
					.maxRestarts(RestartPolicy.UNLIMITED)
					.build())
				.build());
		for (int i = 0; i < services; i++) {
			builder.service("s" + i, (context) -> enough.countDown());
		}
		ServiceGroup group = builder.build();
		group.start();
		List<GroupSnapshot> inconsistent = new ArrayList<>();
		while (enough.getCount() > 0) {
			GroupSnapshot snapshot = group.snapshot();
			if (snapshot.size() != services) {
				inconsistent.add(snapshot);
			}
			group.services().forEach(ServiceSnapshot::reason);
		}
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(30))).isTrue();
		assertThat(inconsistent).isEmpty();
	}

	@Test
	void rule24_errorIsCompleteOnceTheGroupHasEnded() {
		Simulation simulation = Simulation.of("a", "b").start().fail("a", new IOException("gone"));
		ServiceGroupException early = simulation.group().failure().orElseThrow();
		simulation.fail("b", new IOException("too"));
		assertThat(early.failures()).hasSize(1);
		ServiceGroupException complete = simulation.group().failure().orElseThrow();
		assertThat(complete.failures()).hasSize(2);
		assertThat(simulation.group().failure()).containsSame(complete);
	}

	@Test
	void rule25_runReturnsOnceAllListenersHadTheTerminalEvent() {
		for (int i = 0; i < 100; i++) {
			List<GroupState> states = new CopyOnWriteArrayList<>();
			ServiceGroupListener listener = new ServiceGroupListener() {

				@Override
				public void groupStateChanged(GroupState from, GroupSnapshot group) {
					Thread.yield();
					states.add(group.state());
				}

			};
			ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			}).listener(listener).listener(listener).build();
			group.run();
			assertThat(states).filteredOn((state) -> state == GroupState.COMPLETED).hasSize(2);
		}
	}

	@Test
	void rule25_runDoesNotWaitForAListenerForEver() {
		CountDownLatch never = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
		}).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				try {
					never.await();
				}
				catch (InterruptedException ex) {
					throw new AssertionError(ex);
				}
			}

		}).build();
		group.run();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.COMPLETED);
		never.countDown();
	}

	@Test
	void rule26_handlerThatThrowsFailsTheGroup() {
		IllegalStateException defect = new IllegalStateException("a defect");
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
				.service("b", (policy) -> {
				})
				.withRandom(() -> {
					throw defect;
				})
				.start();
			simulation.fail("a", new IOException("gone"));
			assertThat(simulation.run("b").cancellationCause()).contains(CancellationCause.groupFailure("supervisor"));
			simulation.end("b");
			assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
			assertThat(simulation.group().failure().orElseThrow()).hasCause(defect)
				.hasMessage("2 of 2 services failed\n  supervisor: java.lang.IllegalStateException\n"
						+ "  a: java.io.IOException: gone");
			simulation.trail();
			assertThat(log.problems())
				.contains("ERROR 'test' is stopping because of a defect of the supervisor itself: please report it");
		}
	}

	@Test
	void rule26_loopGoesOnUntilAllHaveEnded() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.service("b", (policy) -> {
			})
			.withRandom(() -> {
				throw new IllegalStateException("a defect");
			})
			.start()
			.fail("a", new IOException("gone"))
			.advance(Duration.ofSeconds(10));
		assertThat(simulation.run("b").thread().isInterrupted()).isTrue();
		simulation.fail("b", new IOException("too"));
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow().failures()).extracting(ServiceFailure::service)
			.containsExactly("supervisor", "a", "b");
	}

	/**
	 * What was thrown beside the handlers, by a look at the clock for want of memory,
	 * say, ended the loop and left the services alone.
	 */
	@Test
	void rule26_nothingEndsTheLoopButItsEnd() throws Exception {
		AtomicBoolean armed = new AtomicBoolean();
		Timing throwing = new DelegatingTiming() {

			@Override
			public Instant instant() {
				if (armed.compareAndSet(true, false)) {
					throw new OutOfMemoryError("as if");
				}
				return super.instant();
			}

		};
		ServiceGroup group = ServiceGroup.builder("links")
			.service("a", ServiceContext::awaitCancellation)
			.timing(throwing, () -> 0.5)
			.build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		armed.set(true);
		group.start("a");
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThat(group.failure().orElseThrow()).hasCauseInstanceOf(OutOfMemoryError.class)
			.hasMessageStartingWith("supervisor: ");
		assertThat(group.service("a").orElseThrow().state()).isEqualTo(ServiceState.STOPPED);
	}

	/**
	 * The run stayed claimed, and the group could never run again.
	 */
	@Test
	void rule26_groupThatCouldNotBeginCanRunLater() {
		AtomicBoolean armed = new AtomicBoolean();
		Timing throwing = new DelegatingTiming() {

			@Override
			public long nanoTime() {
				if (armed.compareAndSet(true, false)) {
					throw new OutOfMemoryError("as if");
				}
				return super.nanoTime();
			}

		};
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
		}).timing(throwing, () -> 0.5).build();
		armed.set(true);
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(group::run);
		group.run();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.COMPLETED);
	}

}
