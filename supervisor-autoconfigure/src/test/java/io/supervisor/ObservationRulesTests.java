package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

	/**
	 * Waiters were woken before the snapshot of the group was there. What they would find
	 * is looked at when they are woken.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void rule24_whoWaitsForAFailureFindsItEverywhere(boolean critical) throws Exception {
		Queue<String> problems = new ConcurrentLinkedQueue<>();
		AtomicReference<ServiceGroup> built = new AtomicReference<>();
		Thread waiting = Thread.currentThread();
		Timing looking = new DelegatingTiming() {

			@Override
			public void unpark(Thread thread) {
				if (thread == waiting && built.get() != null) {
					addWhatIsMissing(built.get(), critical, problems);
				}
				super.unpark(thread);
			}

		};
		CountDownLatch fail = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service(ServiceDefinition.builder("a", (context) -> {
			fail.await();
			throw new IOException("gone");
		}).policy(ServicePolicy.builder().critical(critical).build()).build())
			.service("b", ServiceContext::awaitCancellation)
			.timing(looking, () -> 0.5)
			.build();
		built.set(group);
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		new Thread(fail::countDown).start();
		assertThat(group.awaitState("a", (state) -> state == ServiceState.FAILED, Duration.ofSeconds(10))).isTrue();
		addWhatIsMissing(group, critical, problems);
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThat(problems).isEmpty();
	}

	/**
	 * Once the service shows its failure, the group does.
	 */
	private static void addWhatIsMissing(ServiceGroup group, boolean critical, Queue<String> problems) {
		if (group.service("a").orElseThrow().state() != ServiceState.FAILED) {
			return;
		}
		GroupSnapshot snapshot = group.snapshot();
		if (snapshot.failures().isEmpty()) {
			problems.add("no failure");
		}
		if (snapshot.count(ServiceState.FAILED) != 1) {
			problems.add("wrong counts " + snapshot.counts());
		}
		if (critical && (group.failure().isEmpty() || !snapshot.failed())) {
			problems.add("no error");
		}
		if (group.service("a").orElseThrow().lastFailure().isEmpty()) {
			problems.add("no last failure");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "RUNNING", "STOPPED", "COMPLETED" })
	void rule24_whoIsToldOfAStateFindsItInTheCounts(ServiceState state) throws Exception {
		Queue<GroupSnapshot> problems = new ConcurrentLinkedQueue<>();
		AtomicReference<ServiceGroup> built = new AtomicReference<>();
		Thread waiting = Thread.currentThread();
		Timing looking = new DelegatingTiming() {

			@Override
			public void unpark(Thread thread) {
				ServiceGroup group = built.get();
				if (thread == waiting && group != null) {
					boolean shown = group.service("a").orElseThrow().state() == state;
					GroupSnapshot snapshot = group.snapshot();
					if (shown && snapshot.count(state) == 0) {
						problems.add(snapshot);
					}
				}
				super.unpark(thread);
			}

		};
		CountDownLatch go = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("a", Service.announcing((context) -> {
			go.await();
			if (state == ServiceState.RUNNING) {
				context.ready();
			}
			if (state != ServiceState.COMPLETED) {
				context.awaitCancellation();
			}
		})).timing(looking, () -> 0.5).build();
		built.set(group);
		group.start();
		assertThat(group.awaitState("a", (current) -> current == ServiceState.STARTING, Duration.ofSeconds(10)))
			.isTrue();
		new Thread(() -> {
			go.countDown();
			if (state == ServiceState.STOPPED) {
				group.stop("a");
			}
		}).start();
		assertThat(group.awaitState("a", (current) -> current == state, Duration.ofSeconds(10))).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThat(problems).isEmpty();
	}

	@Test
	void rule24_whatAListenerIsToldOfIsEverywhere() {
		Queue<String> problems = new ConcurrentLinkedQueue<>();
		AtomicReference<ServiceGroup> built = new AtomicReference<>();
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			throw new IOException("gone");
		}).service("b", ServiceContext::awaitCancellation).listener(new ServiceGroupListener() {

			@Override
			public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
				addWhatIsMissing(built.get(), true, problems);
			}

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				if (snapshot.failed() && (built.get().failure().isEmpty() || snapshot.failures().isEmpty())) {
					problems.add("no error in " + snapshot);
				}
			}

		}).build();
		built.set(group);
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(group::run);
		assertThat(problems).isEmpty();
	}

	/**
	 * The stack was taken afterwards, so that who was told of STUCK found none.
	 */
	@Test
	void rule24_whoIsToldThatAServiceIsStuckFindsItsStack() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		Queue<List<StackTraceElement>> told = new ConcurrentLinkedQueue<>();
		for (int i = 0; i < 20; i++) {
			ServiceGroup group = deaf(release).listener(new ServiceGroupListener() {

				@Override
				public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
					if (service.state() == ServiceState.STUCK) {
						told.add(service.stack());
					}
				}

			}).build();
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			group.stop();
			assertThat(group.awaitState("deaf", (state) -> state == ServiceState.STUCK, Duration.ofSeconds(10)))
				.isTrue();
			assertThat(group.service("deaf").orElseThrow().stack()).isNotEmpty();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		}
		release.countDown();
		Awaitility.await().until(() -> told.size() == 20);
		// it may not have got to the service yet
		assertThat(told).allSatisfy(
				(stack) -> assertThat(stack).anyMatch((frame) -> frame.getClassName().equals(Run.class.getName())));
	}

	@Test
	void rule24_stackIsThereOnceTheGroupHasTerminated() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		for (int i = 0; i < 20; i++) {
			ServiceGroup group = deaf(release).build();
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			group.stop();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			ServiceSnapshot deaf = group.service("deaf").orElseThrow();
			assertThat(deaf.state()).isEqualTo(ServiceState.STUCK);
			assertThat(deaf.stack()).isNotEmpty();
			assertThat(group.snapshot().count(ServiceState.STUCK)).isOne();
		}
		release.countDown();
	}

	@Test
	void rule24_stopByHandOfOneThatIsStuckComesWithItsStack() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		ServiceGroup group = deaf(release).service("other", ServiceContext::awaitCancellation).build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		ServiceSnapshot stopped = group.stop("deaf").get(10, TimeUnit.SECONDS);
		assertThat(stopped.state()).isEqualTo(ServiceState.STUCK);
		assertThat(stopped.stack()).isNotEmpty();
		release.countDown();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	/**
	 * A stack that cannot be had, since the thread does not come to a safe point, say,
	 * holds up nobody for longer than a second.
	 */
	@Test
	void rule24_serviceWhoseStackCannotBeHadIsStuckWithoutOne() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		ServiceGroup group = deaf(release).executor((task) -> new Thread(task) {

			@Override
			public StackTraceElement[] getStackTrace() {
				beDeafUntil(release);
				return super.getStackTrace();
			}

		}.start()).build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThat(group.service("deaf").orElseThrow().state()).isEqualTo(ServiceState.STUCK);
		assertThat(group.service("deaf").orElseThrow().stack()).isEmpty();
		release.countDown();
	}

	private static ServiceGroup.Builder deaf(CountDownLatch release) {
		return ServiceGroup.builder("links")
			.defaults(ServicePolicy.builder().gracePeriod(Duration.ZERO).interruptPeriod(Duration.ZERO).build())
			.service("deaf", (context) -> beDeafUntil(release));
	}

	private static void beDeafUntil(CountDownLatch release) {
		while (release.getCount() > 0) {
			try {
				release.await();
			}
			catch (InterruptedException ex) {
				// deaf
			}
		}
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

	/**
	 * Each was kept for ever. The group's error keeps all that there are: one for each
	 * critical member.
	 */
	@Test
	void rule27_failuresOfAnIsolatedOneAreTheFirstAndTheLatest() {
		Simulation simulation = Simulation.of("other").service("a", (policy) -> policy.critical(false)).start();
		IOException first = new IOException("first");
		IOException latest = new IOException("latest");
		simulation.fail("a", first);
		for (int i = 0; i < 1000; i++) {
			simulation.group().start("a");
			simulation.settle().fail("a", new IOException("again " + i));
		}
		simulation.group().start("a");
		simulation.settle().fail("a", latest);
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause)
			.containsExactly(first, latest);
	}

	@Test
	void rule27_secondaryFailuresOfRestartsWithScopeAreTheFirstAndTheLatestOfEach() {
		Simulation simulation = new Simulation().service("failing",
				(policy) -> policy.restart(RestartPolicy.onFailure()
					.toBuilder()
					.scope(RestartPolicy.Scope.DEPENDENTS)
					.maxRestarts(RestartPolicy.UNLIMITED)
					.build()))
			.service("a", (policy) -> {
			}, "failing")
			.service("b", (policy) -> {
			}, "failing")
			.start();
		for (int i = 0; i < 100; i++) {
			simulation.fail("failing", new IOException("gone"))
				.fail("a", new IOException("a" + i))
				.fail("b", new IOException("b" + i))
				.advanceUntil(() -> simulation.state("b") == ServiceState.RUNNING);
		}
		assertThat(simulation.group().snapshot().failures()).extracting((failure) -> failure.cause().getMessage())
			.containsExactlyInAnyOrder("a0", "a99", "b0", "b99");
	}

	@Test
	void rule27_whatActionsOfAStuckRunThrowIsTheFirstAndTheLatest() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(15));
		Run stuck = simulation.run("a");
		for (int i = 0; i < 1000; i++) {
			int number = i;
			stuck.onCancel(() -> {
				throw new IllegalStateException("action " + number);
			});
		}
		simulation.settle();
		assertThat(simulation.group().snapshot().failures()).extracting((failure) -> failure.cause().getMessage())
			.containsExactly("action 0", "action 999");
	}

	/**
	 * Those of one member do not push out those of another, and the error of the group
	 * has all of its own.
	 */
	@Test
	void rule27_failuresOfOneLeaveThoseOfOthers() {
		Simulation simulation = Simulation.of("critical");
		for (int i = 0; i < 50; i++) {
			simulation.service("s" + i, (policy) -> policy.critical(false));
		}
		simulation.start();
		for (int round = 0; round < 5; round++) {
			for (int i = 0; i < 50; i++) {
				simulation.fail("s" + i, new IOException(i + "/" + round));
				simulation.group().start("s" + i);
				simulation.settle();
			}
		}
		simulation.fail("critical", new IOException("gone"));
		for (int i = 0; i < 50; i++) {
			simulation.fail("s" + i, new IOException(i + "/late"));
		}
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		List<ServiceFailure> failures = simulation.group().snapshot().failures();
		assertThat(failures).hasSize(101);
		for (int i = 0; i < 50; i++) {
			String service = "s" + i;
			assertThat(failures).filteredOn((failure) -> failure.service().equals(service))
				.extracting((failure) -> failure.cause().getMessage())
				.containsExactly(i + "/0", i + "/late");
		}
		assertThat(simulation.group().failure().orElseThrow().failures()).hasSize(51);
	}

	@Test
	void rule27_failuresThatAreNotKeptAreCounted() {
		Simulation simulation = new Simulation().service("failing", (policy) -> policy.restart(
				RestartPolicy.onFailure().toBuilder().scope(RestartPolicy.Scope.DEPENDENTS).maxRestarts(1199).build()))
			.service("a", (policy) -> {
			}, "failing")
			.service("b", (policy) -> policy.critical(false))
			.start()
			.fail("b", new IOException("gone"));
		for (int i = 0; i < 1199; i++) {
			simulation.fail("failing", new IOException("gone")).fail("a", new IOException("a" + i));
			simulation.advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING);
		}
		simulation.fail("failing", new IOException("gone")).end("a");
		GroupSnapshot snapshot = simulation.group().snapshot();
		assertThat(snapshot.failures()).extracting(ServiceFailure::service).containsExactly("b", "a", "a", "failing");
		assertThat(snapshot.failureCount()).isEqualTo(1201);
		assertThat(snapshot.failureCount("a")).isEqualTo(1199);
		assertThat(snapshot.failureCount("b")).isOne();
		assertThat(simulation.group().failure().orElseThrow()).hasMessage("""
				2 of 3 services failed
				  failing: java.io.IOException: gone (failed 1200 times in a row)
				  a: java.io.IOException: a0
				  a: java.io.IOException: a1198 (... and 1 197 more before it)""");
	}

	@Test
	void rule27_failuresOfOneThatWasRemovedGoWithIt() {
		Simulation simulation = Simulation.of("other").start();
		for (int i = 0; i < 100; i++) {
			String name = "tenant" + i;
			simulation.group().add(ServiceDefinition.builder(name, (context) -> {
			}).policy(ServicePolicy.builder().critical(false).build()).build());
			simulation.settle().fail(name, new IOException("gone"));
			simulation.group().remove(name);
			simulation.settle();
		}
		assertThat(simulation.group().snapshot().failures()).hasSizeLessThanOrEqualTo(2);
	}

}
