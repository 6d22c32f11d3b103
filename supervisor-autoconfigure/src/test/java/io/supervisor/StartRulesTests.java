package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Rules 1 to 5.
 */
class StartRulesTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	@Test
	void rule01_everyServiceHasAThreadOfItsOwn() {
		Map<String, Thread> threads = new ConcurrentHashMap<>();
		Service service = (context) -> {
			threads.put(context.serviceName(), Thread.currentThread());
			assertThat(Thread.currentThread().getName()).isEqualTo("supervisor-" + context.serviceName());
		};
		ServiceGroup.builder("links").service("a", service).service("b", service).build().run();
		assertThat(threads.values()).hasSize(2).doesNotHaveDuplicates().doesNotContain(Thread.currentThread());
	}

	/**
	 * What keeps the process alive is the loop, for as long as it runs, and no thread
	 * that is stuck (rule 33).
	 */
	@Test
	void rule33_threadsOfServicesAreDaemonsAndThatOfTheLoopIsNone() throws Exception {
		BlockingQueue<Boolean> daemons = new LinkedBlockingQueue<>();
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			daemons.add(Thread.currentThread().isDaemon());
			context.awaitCancellation();
		}).build();
		group.start();
		assertThat(daemons.poll(20, TimeUnit.SECONDS)).isTrue();
		assertThat(Thread.getAllStackTraces().keySet())
			.filteredOn((thread) -> thread.getName().equals("supervisor links"))
			.isNotEmpty()
			.noneMatch(Thread::isDaemon);
		group.stop();
		assertThat(group.awaitTermination(LONG)).isTrue();
	}

	@Test
	void rule02_startsOnceItsDependenciesAreReadyOrCompleted() {
		Simulation simulation = new Simulation().announcing("a", StartRulesTests::defaults)
			.service("b", StartRulesTests::defaults)
			.service("c", StartRulesTests::defaults, "a", "b")
			.start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("c").waitingFor()).contains("'a'");
		simulation.end("b");
		assertThat(simulation.wasRun("c")).isFalse();
		simulation.ready("a");
		assertThat(simulation.state("c")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule02_thoseThatDoNotDependOnEachOtherStartTogether() {
		Simulation simulation = Simulation.of("a", "b", "c").withSlowExecutor().start();
		assertThat(simulation.submitted()).hasSize(3);
	}

	@Test
	void rule02_cycleIsAnErrorThatNamesThePath() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults, "c")
			.service("b", StartRulesTests::defaults, "a")
			.service("c", StartRulesTests::defaults, "b");
		assertThatIllegalArgumentException().isThrownBy(simulation::group)
			.withMessage("The services depend on each other in a circle: 'a' -> 'c' -> 'b' -> 'a'");
	}

	@Test
	void rule02_unknownNameIsAnErrorThatNamesWhoAsksForIt() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.service("b", StartRulesTests::defaults, "x");
		assertThatIllegalArgumentException().isThrownBy(simulation::group)
			.withMessage("'b' depends on 'x', which is not in the group: there are 'a', 'b'");
	}

	@Test
	void rule02_thoseThatWaitForOneThatFailedForGoodFailToo() {
		Simulation simulation = new Simulation().announcing("a", (policy) -> policy.critical(false))
			.service("b", (policy) -> policy.critical(false), "a")
			.service("c", (policy) -> policy.critical(false), "b")
			.service("d", StartRulesTests::defaults)
			.start()
			.fail("a", new IOException("gone"));
		assertThat(simulation.state("b")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.snapshot("c").reason())
			.contains("java.lang.IllegalStateException: It cannot start: 'b', which it depends on, has failed");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.wasRun("b") || simulation.wasRun("c")).isFalse();
	}

	@Test
	void rule02_criticalOneThatWaitsForOneThatFailedForGoodFailsTheGroup() {
		Simulation simulation = new Simulation().announcing("a", (policy) -> policy.critical(false))
			.service("b", StartRulesTests::defaults, "a")
			.start();
		IOException cause = new IOException("gone");
		simulation.fail("a", cause);
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasRootCause(cause)
			.hasMessageStartingWith("b: java.lang.IllegalStateException: It cannot start: 'a'");
	}

	@Test
	void rule02_thoseThatWaitForOneStoppedByHandDoNotHoldUpTheStart() {
		Simulation simulation = new Simulation().announcing("a", StartRulesTests::defaults)
			.service("b", StartRulesTests::defaults, "a")
			.service("c", StartRulesTests::defaults, "b")
			.start();
		simulation.group().stop("a");
		simulation.settle().endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.state("c")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.group().start("a");
		simulation.settle().ready("a");
		assertThat(simulation.state("c")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule02_oneThatFailedInTheRunBeforeAndIsStoppedByHandIsNoFailedDependency() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.service("b", StartRulesTests::defaults, "a")
			.start()
			.fail("a", new IOException("gone"))
			.endCancelled();
		simulation.beforeFirstTurn(() -> simulation.group().stop("a")).start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_readyWhenItsThreadEntersRun() {
		Simulation simulation = Simulation.of("a").withSlowExecutor().start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.enter("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_oneThatAnnouncesIsReadyWhenItSaysSo() {
		Simulation simulation = new Simulation().announcing("a", StartRulesTests::defaults).start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STARTING);
		simulation.ready("a");
		assertThat(simulation.snapshot("a").ready()).isTrue();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_readyFromOneThatDoesNotAnnounceWarnsOnceWithTheCure() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("a").start().ready("a").ready("a");
			simulation.group().restart("a");
			simulation.settle().endCancelled().ready("a");
			assertThat(log.problems()).singleElement()
				.asString()
				.startsWith("WARN 'a' called ready()")
				.contains("announcesReadiness()", "Service.announcing(...)");
		}
	}

	@Test
	void rule03_groupIsRunningOnceEachIsReadyOrCompletedOrIsolatedOrStoppedByHand() {
		Simulation simulation = new Simulation().announcing("ready", StartRulesTests::defaults)
			.announcing("completed", StartRulesTests::defaults)
			.announcing("isolated", (policy) -> policy.critical(false))
			.announcing("stopped", StartRulesTests::defaults)
			.start();
		simulation.end("completed").fail("isolated", new IOException("gone")).ready("ready");
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.group().stop("stopped");
		simulation.settle().endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_startTimeoutBoundsEachAttemptOfTheStart() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.announcing("b", StartRulesTests::defaults, "a")
			.announcing("c", StartRulesTests::defaults, "b")
			.start()
			.advance(Duration.ofMillis(29_999));
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
		assertThat(simulation.run("b").cancellationCause()).contains(CancellationCause.START_TIMEOUT);
		assertThat(simulation.run("a").isCancelled()).as("before what depends on it has ended").isFalse();
		simulation.endCancelled().endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.state("c")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("b: java.util.concurrent.TimeoutException: Not ready within 30 s");
	}

	/**
	 * What it waits for has a time of its own: the time is that of the attempt.
	 */
	@Test
	void rule03_startTimeoutBeginsWithTheAttempt() {
		Simulation simulation = new Simulation().announcing("a", StartRulesTests::defaults)
			.announcing("b", StartRulesTests::defaults, "a")
			.announcing("c", StartRulesTests::defaults, "b")
			.start();
		for (String name : List.of("a", "b", "c")) {
			assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
			simulation.advance(Duration.ofSeconds(29)).ready(name);
		}
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.elapsed()).isEqualTo(Duration.ofSeconds(87));
	}

	@Test
	void rule03_startTimeoutIsolatesWhatIsNotCritical() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.announcing("b", (policy) -> policy.critical(false))
			.start();
		assertThat(simulation.state()).as("is not held up").isEqualTo(GroupState.RUNNING);
		simulation.advance(Duration.ofSeconds(30));
		assertThat(simulation.run("b").cancellationCause()).contains(CancellationCause.START_TIMEOUT);
		simulation.endCancelled();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	/**
	 * It failed for good at the start-timeout of the group, since what it needed was not
	 * there at boot.
	 */
	@Test
	void rule03_startTimeoutIsAFailureThatARestartMayMend() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.announcing("b",
					(policy) -> policy.critical(false)
						.restart(RestartPolicy.onFailure().toBuilder().maxRestarts(RestartPolicy.UNLIMITED).build()))
			.start();
		for (int attempt = 1; attempt <= 10; attempt++) {
			assertThat(simulation.snapshot("b").attempt()).isEqualTo(attempt);
			assertThat(simulation.state("b")).isEqualTo(ServiceState.STARTING);
			simulation.advance(Duration.ofSeconds(30)).end("b");
			assertThat(simulation.state("b")).isEqualTo(ServiceState.BACKOFF);
			simulation.advanceUntil(() -> simulation.state("b") == ServiceState.STARTING);
		}
		simulation.ready("b");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_criticalOneWithRestartsLeftHoldsUpTheStartAndDoesNotEndIt() {
		Simulation simulation = new Simulation().announcing("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.service("b", StartRulesTests::defaults, "a")
			.start();
		for (int attempt = 1; attempt <= 3; attempt++) {
			simulation.advance(Duration.ofSeconds(30)).end("a");
			assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
			assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
			assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
			simulation.advanceUntil(() -> simulation.state("a") == ServiceState.STARTING);
		}
		simulation.ready("a");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@ParameterizedTest
	@EnumSource(names = { "WAITING", "STARTING", "BACKOFF", "STOPPING", "FAILED" })
	void rule03_startIsDecidedByTheCriticalOnesAlone(ServiceState state) {
		Simulation simulation = new Simulation().announcing("critical", StartRulesTests::defaults)
			.announcing("needed", (policy) -> policy.critical(false))
			.announcing("a",
					(policy) -> policy.critical(false)
						.restart((state == ServiceState.BACKOFF) ? RestartPolicy.onFailure() : RestartPolicy.never()),
					(state == ServiceState.WAITING) ? new String[] { "needed" } : new String[0])
			.start();
		switch (state) {
			case BACKOFF, FAILED -> simulation.fail("a", new IOException("gone"));
			case STOPPING -> simulation.group().restart("a");
			default -> {
			}
		}
		assertThat(simulation.settle().state("a")).isEqualTo(state);
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.ready("critical");
		assertThat(simulation.state("a")).isEqualTo(state);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	/**
	 * A critical one that waits for one that is not: held up by what it needs.
	 */
	@Test
	void rule03_criticalOneThatWaitsForOneThatIsNotHoldsUpTheStart() {
		Simulation simulation = new Simulation()
			.announcing("needed", (policy) -> policy.critical(false).restart(RestartPolicy.onFailure()))
			.service("a", StartRulesTests::defaults, "needed")
			.start()
			.advance(Duration.ofSeconds(30))
			.end("needed")
			.advance(Duration.ofSeconds(10));
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.ready("needed");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	/**
	 * What is only being stopped is no attempt that takes too long.
	 */
	@Test
	void rule03_startWaitsForACriticalOneThatIsRestartedByHand() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.gracePeriod(Duration.ofDays(50_000)))
			.announcing("b", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start();
		simulation.group().restart("a");
		simulation.settle().ready("b").advance(Duration.ofSeconds(60));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	/**
	 * The members of a nested group have a time each; together they may take longer.
	 */
	@Test
	void rule03_nestedGroupHasNoStartTimeoutOfItsOwn() {
		ServiceGroup inner = ServiceGroup.builder("inner").build();
		Simulation simulation = Simulation.of("a").with((builder) -> builder.service("inner", inner)).start();
		assertThat(simulation.state("inner")).isEqualTo(ServiceState.STARTING);
		simulation.advance(Duration.ofMinutes(10));
		assertThat(simulation.state("inner")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.ready("inner");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_startTimeoutBoundsEachLaterAttempt() {
		Simulation simulation = new Simulation()
			.announcing("a",
					(policy) -> policy
						.restart(RestartPolicy.builder().mode(RestartPolicy.Mode.ON_FAILURE).maxRestarts(1).build()))
			.start()
			.ready("a")
			.fail("a", new IOException("gone"))
			.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STARTING);
		simulation.advance(Duration.ofSeconds(30));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.util.concurrent.TimeoutException: Not ready within 30 s (failed 2 times in a row)")
			.hasCauseInstanceOf(TimeoutException.class);
	}

	@Test
	void rule03_policiesHoldDuringTheStart() {
		Simulation simulation = new Simulation().announcing("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start()
			.fail("a", new IOException("gone"));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		simulation.advance(Duration.ofSeconds(1)).ready("a");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule03_finalFailureDuringTheStartStopsWhatWasStartedInReverse() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.service("b", StartRulesTests::defaults, "a")
			.announcing("c", StartRulesTests::defaults)
			.service("d", StartRulesTests::defaults, "c")
			.start()
			.fail("c", new IOException("gone"));
		assertThat(simulation.state("d")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.run("b").isCancelled()).isTrue();
		assertThat(simulation.run("a").isCancelled()).isFalse();
		simulation.end("b");
		assertThat(simulation.run("a").isCancelled()).isTrue();
		simulation.end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.trail()).doesNotContain("test RUNNING");
	}

	@Test
	void rule04_endsByItselfWhenEachIsCompletedOrIsolated() {
		Simulation simulation = new Simulation().service("a", StartRulesTests::defaults)
			.service("b", (policy) -> policy.critical(false))
			.start()
			.end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.fail("b", new IOException("gone"));
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(simulation.group().failure()).isEmpty();
	}

	@Test
	void rule04_emptyGroupEndsAtOnce() {
		Simulation simulation = new Simulation().start();
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(simulation.trail()).containsExactly("test STARTING", "test RUNNING", "test COMPLETED");
	}

	@Test
	void rule04_oneStoppedByHandKeepsItOpen() {
		Simulation simulation = Simulation.of("a", "b").start().end("a");
		simulation.group().stop("b");
		simulation.settle().endCancelled().advance(Duration.ofDays(1));
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.group().start("b");
		simulation.settle().end("b");
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void rule02_oneThatWaitsFailsAsSoonAsAnyOfItsDependenciesHas() {
		Simulation simulation = new Simulation().announcing("slow", (policy) -> {
		})
			.announcing("gone", (policy) -> policy.critical(false))
			.service("a", (policy) -> policy.critical(false), "slow", "gone")
			.start();
		simulation.fail("gone", new IOException("gone"));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.state("slow")).isEqualTo(ServiceState.STARTING);
	}

	@Test
	void rule02_oneThatBeginsToWaitFailsWhereADependencyHas() {
		Simulation simulation = new Simulation().announcing("slow", (policy) -> {
		}).announcing("gone", (policy) -> policy.critical(false)).start();
		simulation.fail("gone", new IOException("gone"));
		simulation.group().add(ServiceDefinition.builder("a", (context) -> {
		}).policy(ServicePolicy.builder().critical(false).build()).dependsOn("slow", "gone").build());
		assertThat(simulation.settle().state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule05_runThatIsCalledTwiceIsEnteredOnceAndKeepsItsThread() {
		Simulation simulation = Simulation.of("a").withSlowExecutor().start();
		Thread first = new Thread();
		Run run = simulation.run("a");
		assertThat(run.begin(first)).isTrue();
		assertThat(run.begin(new Thread())).isFalse();
		assertThat(run.thread()).isSameAs(first);
	}

	@Test
	void rule05_runThatHasNotBegunIsStoppedAtOnceAndItsThreadDoesNotCallIt() {
		Simulation simulation = Simulation.of("a").withSlowExecutor().start();
		Run run = simulation.run("a");
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(run.begin(Thread.currentThread())).isFalse();
		run.run();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.trail()).doesNotContain("a STUCK", "a STOPPING");
	}

	@Test
	void rule05_executorThatRejectsIsAFailureOfTheService() {
		RejectedExecutionException refusal = new RejectedExecutionException("full");
		Simulation simulation = Simulation.of("a").refusingOnce(refusal).start();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasRootCause(refusal)
			.hasMessageStartingWith("a: java.lang.IllegalStateException: The executor refused to start it")
			.hasMessageContaining("as many threads as there are services");
	}

	@Test
	void rule05_refusalIsAFailureLikeAnyOtherToTheRestartPolicy() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.refusingOnce(new RejectedExecutionException("full"))
			.start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule05_threadThatCannotBeCreatedIsAFinalFailureThatSaysSo() {
		OutOfMemoryError refusal = new OutOfMemoryError("unable to create native thread");
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.refusingOnce(refusal)
			.start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasRootCause(refusal)
			.hasMessageStartingWith("a: java.lang.IllegalStateException: No thread could be created for it")
			.hasMessageContaining("java.lang.OutOfMemoryError");
	}

	@Test
	void rule05_executorThatDoesNotBeginWithinTheStartTimeoutIsAFailure() {
		Simulation simulation = Simulation.of("a", "b").withSlowExecutor().start().enter("a");
		simulation.advance(Duration.ofSeconds(30)).endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessageStartingWith(
					"b: java.util.concurrent.TimeoutException: The executor did not begin it within 30 s")
			.hasMessageContaining("as many threads as there are services");
	}

	@Test
	void rule05_executorThatDoesNotBeginALaterAttemptIsAFailure() {
		Simulation simulation = Simulation.of("a", "b").withSlowExecutor().start().enter("a").enter("b");
		simulation.group().restart("b");
		simulation.settle().end("b").advance(Duration.ofSeconds(30)).endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasMessageContaining("The executor did not begin it");
	}

	@Test
	void rule05_executorThatRunsTheTaskInTheLoopsThreadIsAFailure() {
		boolean[] called = new boolean[1];
		ServiceGroup group = ServiceGroup.builder("links")
			.executor(Runnable::run)
			.service("a", (context) -> called[0] = true)
			.build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(group::run)
			.withMessageStartingWith(
					"a: java.lang.IllegalStateException: The executor called it in the thread that asked");
		assertThat(called[0]).isFalse();
	}

	@Test
	void rule05_executorThatThrowsAfterItHasBegunTheRunHasBegunIt() {
		Simulation simulation = Simulation.of("a");
		simulation.whenSubmitted((run) -> {
			run.begin(new Thread());
			run.announceEntry();
			throw new IllegalStateException("too late");
		});
		simulation.start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	/**
	 * The loop hung in there: all were STARTING or NEW for ever, and nothing else had any
	 * effect.
	 */
	@Test
	void rule05_executorThatBlocksIsAFailureAfterTheStartTimeout() throws Exception {
		try (BlockingExecutor executor = new BlockingExecutor("c")) {
			ServiceGroup group = group("a", "b", "c").executor(executor).startTimeout(Duration.ofSeconds(1)).build();
			group.start();
			assertThat(group.awaitTermination(LONG)).isTrue();
			assertThat(group.failure().orElseThrow())
				.hasMessageStartingWith(
						"c: java.util.concurrent.TimeoutException: The executor did not begin it within")
				.hasMessageContaining("as many threads as there are services");
			assertThat(group.service("a").orElseThrow().attempt()).isOne();
			assertThat(group.service("a").orElseThrow().state()).isEqualTo(ServiceState.STOPPED);
		}
	}

	/**
	 * What pools do whose queue is full, if one lets them.
	 */
	@Test
	void rule05_executorWhoseRejectionHandlerBlocksIsAFailureAfterTheStartTimeout() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new SynchronousQueue<>(),
				(task, pool) -> {
					try {
						release.await();
					}
					catch (InterruptedException ex) {
						throw new RejectedExecutionException(ex);
					}
				});
		try {
			ServiceGroup group = group("a", "b").executor(executor).startTimeout(Duration.ofSeconds(1)).build();
			group.start();
			assertThat(group.awaitTermination(LONG)).isTrue();
			assertThat(group.failure().orElseThrow()).hasMessageContaining("The executor did not begin it within");
		}
		finally {
			release.countDown();
			executor.shutdownNow();
		}
	}

	@Test
	void rule05_stopEndsAGroupWhoseExecutorBlocks() throws Exception {
		try (BlockingExecutor executor = new BlockingExecutor("b")) {
			ServiceGroup group = group("a", "b", "c").executor(executor).startTimeout(Duration.ofDays(1)).build();
			group.start();
			executor.awaitBlocked();
			group.stop();
			assertThat(group.awaitTermination(LONG)).isTrue();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
			assertThat(group.snapshot().count(ServiceState.STOPPED)).isEqualTo(3);
			executor.close();
			executor.awaitIdle();
			assertThat(group.service("b").orElseThrow().state()).as("a late thread").isEqualTo(ServiceState.STOPPED);
		}
	}

	/**
	 * A second thread submits when the first one has been blocked for a while.
	 */
	@Test
	void rule05_othersAreStartedWhileTheExecutorBlocks() throws Exception {
		try (BlockingExecutor executor = new BlockingExecutor("a")) {
			ServiceGroup group = group("a", "b", "c").executor(executor).startTimeout(Duration.ofDays(1)).build();
			group.start();
			executor.awaitBlocked();
			assertThat(group.awaitState("b", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
			assertThat(group.awaitState("c", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
			assertThat(group.service("a").orElseThrow().state()).isEqualTo(ServiceState.STARTING);
			assertThat(group.restart("b").get(30, TimeUnit.SECONDS).attempt()).isGreaterThanOrEqualTo(1);
			executor.close();
			assertThat(group.awaitReady(LONG)).isTrue();
			group.stop();
			assertThat(group.awaitTermination(LONG)).isTrue();
		}
	}

	@Test
	void rule05_executorThatBlocksHasOneSubmissionOfAServiceAtATime() throws Exception {
		RestartPolicy atOnce = RestartPolicy.onFailure()
			.toBuilder()
			.delay(Duration.ZERO)
			.maxRestarts(RestartPolicy.UNLIMITED)
			.build();
		try (BlockingExecutor executor = new BlockingExecutor("a")) {
			ServiceGroup group = group("b")
				.service(ServiceDefinition.builder("a", ServiceContext::awaitCancellation)
					.policy(ServicePolicy.builder().critical(false).restart(atOnce).build())
					.build())
				.executor(executor)
				.startTimeout(Duration.ofMillis(500))
				.build();
			group.start();
			executor.awaitBlocked();
			Awaitility.await().atMost(LONG).until(() -> group.service("a").orElseThrow().lastFailure().isPresent());
			group.restart("a");
			group.stop("a");
			group.start("a").get(30, TimeUnit.SECONDS);
			executor.close();
			assertThat(group.awaitState("a", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
			assertThat(executor.mostAtOnce("a")).isOne();
			group.stop();
			assertThat(group.awaitTermination(LONG)).isTrue();
		}
	}

	/**
	 * Interrupting the thread of the loop is a stop: it must not be lost in an executor.
	 */
	@Test
	void rule05_interruptEndsAGroupWhoseExecutorBlocks() throws Exception {
		try (BlockingExecutor executor = new BlockingExecutor("b")) {
			ServiceGroup group = group("a", "b").executor(executor).startTimeout(Duration.ofDays(1)).build();
			Thread caller = new Thread(group::run);
			caller.setDaemon(true);
			caller.start();
			executor.awaitBlocked();
			caller.interrupt();
			assertThat(group.awaitTermination(LONG)).isTrue();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
		}
	}

	private static ServiceGroup.Builder group(String... services) {
		ServiceGroup.Builder builder = ServiceGroup.builder("links");
		for (String service : services) {
			builder.service(service, ServiceContext::awaitCancellation);
		}
		return builder;
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

	/**
	 * Blocks who hands it a run of a certain service, until it is closed; then that run
	 * begins like any other.
	 */
	private static final class BlockingExecutor implements Executor, AutoCloseable {

		private final String blocking;

		private final CountDownLatch blocked = new CountDownLatch(1);

		private final CountDownLatch closed = new CountDownLatch(1);

		private final Map<String, Integer> atOnce = new HashMap<>();

		private final Map<String, Integer> mostAtOnce = new HashMap<>();

		BlockingExecutor(String blocking) {
			this.blocking = blocking;
		}

		@Override
		public void execute(Runnable task) {
			String service = ((Run) task).serviceName();
			change(service, 1);
			try {
				if (service.equals(this.blocking)) {
					this.blocked.countDown();
					awaitUninterruptibly(this.closed);
				}
				Thread thread = new Thread(task);
				thread.setDaemon(true);
				thread.start();
			}
			finally {
				change(service, -1);
			}
		}

		private static void awaitUninterruptibly(CountDownLatch latch) {
			boolean interrupted = false;
			while (latch.getCount() > 0) {
				try {
					latch.await();
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}

		private synchronized void change(String service, int by) {
			int atOnce = this.atOnce.merge(service, by, Integer::sum);
			this.mostAtOnce.merge(service, atOnce, Math::max);
		}

		synchronized int mostAtOnce(String service) {
			return this.mostAtOnce.getOrDefault(service, 0);
		}

		private synchronized boolean isIdle() {
			return this.atOnce.values().stream().allMatch((count) -> count == 0);
		}

		void awaitBlocked() throws InterruptedException {
			assertThat(this.blocked.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}

		void awaitIdle() {
			Awaitility.await().atMost(LONG).until(this::isIdle);
		}

		@Override
		public void close() {
			this.closed.countDown();
		}

	}

}
