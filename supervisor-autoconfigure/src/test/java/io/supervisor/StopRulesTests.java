package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Rules 18 to 23; heartbeats are in {@link HeartbeatTests}, nested groups in
 * {@link TreeTests}.
 */
class StopRulesTests {

	private static final Duration FOR_EVER = Duration.ofDays(50_000);

	private static final IOException GONE = new IOException("gone");

	@Test
	void rule18_stopsInReverseOrderOfDependency() {
		Simulation simulation = Simulation.of("a")
			.service("b", StopRulesTests::defaults, "a")
			.service("c", StopRulesTests::defaults, "a")
			.service("d", StopRulesTests::defaults, "b", "c")
			.start();
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.cancelled()).containsExactly("d");
		simulation.end("d");
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("b", "c", "d");
		simulation.end("b");
		assertThat(simulation.run("a").isCancelled()).isFalse();
		simulation.end("c");
		assertThat(simulation.run("a").isCancelled()).isTrue();
		simulation.end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void rule18_tokenThenInterruptThenStuck() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.run("a").isCancelled()).isTrue();
		simulation.advance(Duration.ofMillis(9_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		simulation.advance(Duration.ofMillis(4_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void rule18_periodsOfZeroAreOverAtOnce() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.gracePeriod(Duration.ZERO).interruptPeriod(Duration.ZERO))
			.start();
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	/**
	 * With L the time left, the interrupt comes after min(grace, max(L - interrupt
	 * period, 2/3 L)), and who is interrupted has the rest of the time, or its period.
	 */
	@ParameterizedTest
	@CsvSource(textBlock = """
			# shutdown, grace, interrupt period, interrupted after, stuck after
			PT0S,       PT10S, PT5S,             PT0S,              PT0S
			PT3S,       PT10S, PT5S,             PT2S,              PT3S
			PT4.5S,     PT10S, PT5S,             PT3S,              PT4.5S
			PT6S,       PT10S, PT5S,             PT4S,              PT6S
			PT6S,       PT1S,  PT5S,             PT1S,              PT6S
			PT9S,       PT2S,  PT3S,             PT2S,              PT5S
			PT12S,      PT10S, PT5S,             PT8S,              PT12S
			PT15S,      PT10S, PT5S,             PT10S,             PT15S
			PT25S,      PT10S, PT5S,             PT10S,             PT15S
			PT12S,      PT60S, PT1S,             PT11S,             PT12S
			PT12S,      PT60S, PT0S,             PT12S,             PT12S
			PT12S,      PT10S, PT30S,            PT8S,              PT12S
			PT24S,      PT0S,  PT60S,            PT0S,              PT24S
			PT25S,      P50000D, PT5S,           PT20S,             PT25S
			P50000D,    PT10S, PT5S,             PT10S,             PT15S
			""")
	void rule18_shortShutdownTimeoutShortensBothPeriods(Duration shutdown, Duration grace, Duration interrupt,
			Duration interruptedAfter, Duration stuckAfter) {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.gracePeriod(grace).interruptPeriod(interrupt))
			.with((builder) -> builder.shutdownTimeout(shutdown))
			.start();
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.run("a").isCancelled()).isTrue();
		advanceTo(simulation, interruptedAfter.minusNanos(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isEqualTo(interruptedAfter.isZero());
		advanceTo(simulation, interruptedAfter);
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		advanceTo(simulation, stuckAfter.minusNanos(1));
		assertThat(simulation.state("a"))
			.isEqualTo(stuckAfter.equals(interruptedAfter) ? ServiceState.STUCK : ServiceState.STOPPING);
		advanceTo(simulation, stuckAfter);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	private static void advanceTo(Simulation simulation, Duration elapsed) {
		Duration left = elapsed.minus(simulation.elapsed());
		if (!left.isNegative()) {
			simulation.advance(left);
		}
	}

	@Test
	void rule18_periodsOfOneDoNotConcernAnother() {
		Simulation simulation = Simulation.of("a")
			.service("impatient", (policy) -> policy.gracePeriod(Duration.ZERO).interruptPeriod(Duration.ZERO))
			.service("slow", (policy) -> policy.interruptPeriod(Duration.ofSeconds(30)))
			.service("endless", (policy) -> policy.gracePeriod(FOR_EVER).interruptPeriod(FOR_EVER))
			.start();
		simulation.group().stop();
		advanceTo(simulation, Duration.ofMillis(9_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		assertThat(simulation.run("slow").thread().isInterrupted()).isFalse();
		advanceTo(simulation, Duration.ofSeconds(10));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		assertThat(simulation.run("slow").thread().isInterrupted()).isTrue();
		assertThat(simulation.run("endless").thread().isInterrupted()).isFalse();
		advanceTo(simulation, Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		advanceTo(simulation, Duration.ofSeconds(25));
		assertThat(simulation.state("slow")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state("endless")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.run("endless").thread().isInterrupted()).isTrue();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void rule18_oneThatIsCancelledLaterHasItsShareOfTheTimeThatIsLeft() {
		Simulation simulation = Simulation.of("a")
			.service("b", StopRulesTests::defaults, "a")
			.with((builder) -> builder.shutdownTimeout(Duration.ofSeconds(12)))
			.start();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(6)).end("b");
		assertThat(simulation.run("a").isCancelled()).isTrue();
		advanceTo(simulation, Duration.ofMillis(9_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		advanceTo(simulation, Duration.ofSeconds(10));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		advanceTo(simulation, Duration.ofMillis(11_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		advanceTo(simulation, Duration.ofSeconds(12));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
	}

	/**
	 * At the later of shutdown-timeout - its own interrupt period and 2/3 of
	 * shutdown-timeout.
	 */
	@ParameterizedTest
	@CsvSource(textBlock = """
			# shutdown, interrupt period, cancelled after, interrupted after
			PT24S,      PT6S,             PT18S,           PT22S
			PT24S,      PT1S,             PT23S,           PT23.666666666S
			PT24S,      PT30S,            PT16S,           PT21.333333333S
			PT9S,       PT5S,             PT6S,            PT8S
			PT3S,       PT5S,             PT2S,            PT2.666666666S
			""")
	void rule18_oneThatStillWaitsForOthersToEndIsCancelledAllTheSame(Duration shutdown, Duration interrupt,
			Duration cancelledAfter, Duration interruptedAfter) {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.interruptPeriod(interrupt))
			.service("b", (policy) -> policy.gracePeriod(FOR_EVER).interruptPeriod(Duration.ZERO), "a")
			.with((builder) -> builder.shutdownTimeout(shutdown))
			.start();
		simulation.group().stop();
		advanceTo(simulation, cancelledAfter.minusMillis(1));
		assertThat(simulation.run("a").isCancelled()).isFalse();
		advanceTo(simulation, cancelledAfter);
		assertThat(simulation.run("a").isCancelled()).isTrue();
		advanceTo(simulation, interruptedAfter.minusMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		advanceTo(simulation, interruptedAfter.plusMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		assertThat(simulation.run("b").thread().isInterrupted()).as("at the very end").isFalse();
		advanceTo(simulation, shutdown);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	/**
	 * One that was cancelled by hand before has a share of the time as well.
	 */
	@Test
	void rule18_stopOfTheGroupShortensTheStopOfOneButLeavesItItsShare() {
		Simulation simulation = Simulation.of("a", "b")
			.with((builder) -> builder.shutdownTimeout(Duration.ofSeconds(6)))
			.start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(1));
		simulation.group().stop();
		simulation.settle().end("b").advance(Duration.ofMillis(3_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	/**
	 * The shutdown-timeout bounds the stop of the group, not that of one service.
	 */
	@Test
	void rule18_stopByHandHasAllItsPeriods() {
		Simulation simulation = Simulation.of("a", "b")
			.with((builder) -> builder.shutdownTimeout(Duration.ofSeconds(3)))
			.start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofMillis(9_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	@Test
	void rule18_stuckOneDoesNotHoldUpThoseThatItDependsOn() {
		Simulation simulation = Simulation.of("a")
			.service("b", (policy) -> policy.gracePeriod(Duration.ofSeconds(1)).interruptPeriod(Duration.ofSeconds(1)),
					"a")
			.start();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.state("b")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.run("a").isCancelled()).isTrue();
	}

	@Test
	void stopThatTakesLongSaysWhoTookHowLongAndWhoIsStuck() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("quick", "slow", "slower")
				.service("deaf",
						(policy) -> policy.gracePeriod(Duration.ofSeconds(3)).interruptPeriod(Duration.ofSeconds(3)))
				.start();
			simulation.group().stop();
			simulation.settle().end("quick");
			simulation.advance(Duration.ofMillis(1500)).end("slow").advance(Duration.ofSeconds(1)).end("slower");
			simulation.advance(Duration.ofSeconds(10));
			assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
			simulation.transitions();
			assertThat(log.lines()).containsSubsequence(
					"INFO 'test' took 6 s to stop; slowest: 'slower' 2.5 s, 'slow' 1.5 s; stuck: 'deaf'",
					"WARN 'test' has stopped; 1 service stuck");
		}
	}

	@Test
	void reportOfAStopNamesAFewOfManyAndSaysNothingOfAQuickOne() {
		StopReport report = new StopReport(0);
		for (int i = 0; i < 100; i++) {
			report.ended("a" + i, Duration.ofMillis(999).toNanos());
		}
		assertThat(report.describe(Duration.ofMillis(999).toNanos())).isNull();
		for (int i = 1; i <= 100; i++) {
			report.ended("b" + i, Duration.ofSeconds(i).toNanos());
			report.stuck("c" + i);
		}
		assertThat(report.describe(Duration.ofMinutes(2).toNanos())).isEqualTo("took 2 min to stop; slowest: "
				+ "'b100' 1 min 40 s, 'b99' 1 min 39 s, 'b98' 1 min 38 s, 'b97' 1 min 37 s, 'b96' 1 min 36 s, ... and 95 more; "
				+ "stuck: 'c1', 'c2', 'c3', 'c4', 'c5', ... and 95 more");
	}

	@Test
	void rule18_stuckOneIsReportedWithItsNameTheTimeAndItsStack() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links")
			.service("deaf", (context) -> ignoreEverything(release))
			.shutdownTimeout(Duration.ofMillis(1))
			.build();
		try (RecordedLog log = new RecordedLog()) {
			group.start();
			group.awaitReady(Duration.ofSeconds(10));
			group.stop();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			assertThat(group.awaitState("deaf", (state) -> state == ServiceState.STUCK, Duration.ofSeconds(10)))
				.isTrue();
			group.loop().acquire();
			group.loop().release();
			assertThat(log.problems()).anySatisfy((line) -> assertThat(line).startsWith("ERROR 'deaf' is stuck: ")
				.contains(" ago it was cancelled because the group is stopping",
						"Its thread 'supervisor-deaf' is here:", "StopRulesTests.ignoreEverything"));
			assertThat(group.service("deaf").orElseThrow().stack())
				.anyMatch((frame) -> frame.getMethodName().equals("ignoreEverything"));
		}
		finally {
			release.countDown();
		}
		assertThat(group.awaitState("deaf", (state) -> state == ServiceState.STOPPED, Duration.ofSeconds(10))).isTrue();
		assertThat(group.service("deaf").orElseThrow().stack()).isEmpty();
	}

	@Test
	void rule18_stacksAreTakenOfTheFirstTwentyOnly() {
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch running = new CountDownLatch(25);
		ServiceGroup.Builder builder = ServiceGroup.builder("links").shutdownTimeout(Duration.ZERO);
		for (int i = 0; i < 25; i++) {
			builder.service("deaf" + i, (context) -> {
				running.countDown();
				ignoreEverything(release);
			});
		}
		ServiceGroup group = builder.service("stops", (context) -> {
			running.await();
			throw GONE;
		}).build();
		try (RecordedLog log = new RecordedLog()) {
			assertThat(catchFailure(group)).hasCause(GONE);
			// nobody waits for the lines of those whose stack is not taken
			Awaitility.await()
				.untilAsserted(
						() -> assertThat(log.problems()).filteredOn((line) -> line.contains("is stuck")).hasSize(25));
			assertThat(log.problems()).filteredOn((line) -> line.contains("ignoreEverything")).hasSize(20);
		}
		finally {
			release.countDown();
		}
	}

	private static Throwable catchFailure(ServiceGroup group) {
		try {
			group.run();
			throw new AssertionError("it did not fail");
		}
		catch (ServiceGroupException ex) {
			return ex;
		}
	}

	private static void ignoreEverything(CountDownLatch release) {
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
	void rule19_stopBeforeTheFirstRunMakesItReturnAtOnce() {
		Simulation simulation = Simulation.of("a", "b");
		simulation.group().stop();
		assertThat(simulation.state()).isEqualTo(GroupState.NEW);
		simulation.start();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.history()).isEmpty();
		simulation.start();
		assertThat(simulation.state()).as("only the first run").isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule19_stopEndsAClaimedRunHoweverEarly() {
		Simulation simulation = Simulation.of("a").start().end("a");
		simulation.group().loop().claim();
		simulation.group().stop();
		simulation.runClaimed();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.history()).hasSize(1);
	}

	@Test
	void rule19_stopRightAfterStartByAnotherThread() {
		for (int i = 0; i < 200; i++) {
			ServiceGroup group = ServiceGroup.builder("links").service("a", ServiceContext::awaitCancellation).build();
			for (int run = 0; run < 3; run++) {
				group.start();
				group.stop();
				assertThat(await(group)).isTrue();
				assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
			}
		}
	}

	private static boolean await(ServiceGroup group) {
		try {
			return group.awaitTermination(Duration.ofSeconds(10));
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void rule19_stopOfAFinishedGroupDoesNothing() {
		Simulation simulation = Simulation.of("a").start().end("a");
		simulation.group().stop();
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		simulation.start();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	/**
	 * The loop is about to let go of the group when somebody stops it: that was judged
	 * when it was handled, and hit the run that had been asked for meanwhile.
	 */
	@Test
	void rule19_stopOfAFinishedGroupIsJudgedAtTheCall() {
		Simulation simulation = Simulation.of("a").start().end("a");
		GroupLoop loop = simulation.group().loop();
		loop.acquire();
		simulation.group().stop();
		loop.claim();
		loop.release();
		simulation.runClaimed();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
	}

	@Test
	void rule19_stopThatIsHandledLateEndsTheRunThatWasClaimedAtTheCall() {
		Simulation simulation = Simulation.of("a").start().end("a");
		GroupLoop loop = simulation.group().loop();
		loop.acquire();
		simulation.group().stop();
		loop.claim();
		simulation.group().stop();
		loop.release();
		simulation.runClaimed();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.history()).hasSize(1);
		simulation.start();
		assertThat(simulation.state()).as("only that run").isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule19_stopAfterTheEndDoesNotHitTheNextRun() throws Exception {
		for (int i = 0; i < 100; i++) {
			CountDownLatch release = new CountDownLatch(1);
			ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
				if (context.attempt() > 1) {
					context.interruptibly(() -> {
						release.await();
						return true;
					});
				}
			}).build();
			group.start();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			group.stop();
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.RUNNING);
			release.countDown();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.COMPLETED);
		}
	}

	@Test
	void rule19_stopOfARunThatCouldNotBeginIsNoneOfTheNext() throws Exception {
		AtomicInteger starts = new AtomicInteger();
		AtomicReference<ServiceGroup> stopped = new AtomicReference<>();
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			if (context.attempt() > 1) {
				context.awaitCancellation();
			}
		}).runner((run) -> {
			if (starts.incrementAndGet() == 2) {
				stopped.get().stop();
				throw new RejectedExecutionException("full");
			}
			new Thread(run).start();
		}).build();
		stopped.set(group);
		group.start();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(group::start);
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	void rule19_stopOfAFinishedGroupFromItsListenerDoesNotHitTheNextRun() throws Exception {
		AtomicReference<ServiceGroup> stopped = new AtomicReference<>();
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			if (context.attempt() > 1) {
				context.awaitCancellation();
			}
		}).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				if (snapshot.state() == GroupState.COMPLETED) {
					stopped.get().stop();
					stopped.get().start();
				}
			}

		}).build();
		stopped.set(group);
		group.run();
		assertThat(group.awaitState("a", (state) -> state == ServiceState.RUNNING, Duration.ofSeconds(10))).isTrue();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	void rule19_stopTwiceIsOneStop() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(9));
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		simulation.end("a");
		assertThat(simulation.trail()).containsOnlyOnce("test STOPPING", "test STOPPED");
	}

	@Test
	void rule19_stopDuringTheStart() {
		Simulation simulation = new Simulation().announcing("a", StopRulesTests::defaults)
			.service("b", StopRulesTests::defaults, "a")
			.start();
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.STOPPED);
		simulation.ready("a").end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.wasRun("b")).isFalse();
	}

	@Test
	void rule19_stopDuringTheBackOff() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start()
			.fail("a", GONE);
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.snapshot("a").state()).isEqualTo(ServiceState.STOPPED);
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.history()).hasSize(1);
	}

	@Test
	void rule19_stopFromAServicesOwnThread() {
		ServiceGroup[] group = new ServiceGroup[1];
		group[0] = ServiceGroup.builder("links").service("a", (context) -> {
			group[0].stop();
			context.awaitCancellation();
		}).build();
		group[0].run();
		assertThat(group[0].snapshot().state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void rule19_stopFromAListener() {
		ServiceGroup[] group = new ServiceGroup[1];
		group[0] = ServiceGroup.builder("links")
			.service("a", ServiceContext::awaitCancellation)
			.listener(new ServiceGroupListener() {

				@Override
				public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
					group[0].stop();
				}

			})
			.build();
		group[0].run();
		assertThat(group[0].snapshot().state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void rule20_nothingIsRestartedAfterAShutdownHasBegunAndFailuresAreSecondary() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.always()))
			.service("b", (policy) -> policy.restart(RestartPolicy.always()), "a")
			.start();
		simulation.group().stop();
		simulation.settle().fail("a", GONE);
		assertThat(simulation.state("a")).as("failed before its turn to be cancelled").isEqualTo(ServiceState.FAILED);
		simulation.end("b").advance(Duration.ofDays(1));
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.history()).hasSize(2);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause).containsExactly(GONE);
	}

	/**
	 * It was an error in the log of a clean stop, "given up" where it had restarts left.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void rule20_crashBetweenTheStopOfTheGroupAndItsOwnCancelIsSecondary(boolean restarted) {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = new Simulation()
				.service("a", (policy) -> policy.restart(restarted ? RestartPolicy.onFailure() : RestartPolicy.never()))
				.service("b", StopRulesTests::defaults, "a")
				.start();
			simulation.group().stop();
			simulation.settle().fail("a", GONE).end("b").trail();
			assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
			assertThat(log.problems()).singleElement()
				.asString()
				.startsWith("WARN 'a' failed")
				.contains("java.io.IOException: gone");
			assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause)
				.containsExactly(GONE);
		}
	}

	/**
	 * The same while the group stops because another one has failed: that one alone is an
	 * error.
	 */
	@Test
	void rule20_crashBetweenTheFailureOfAnotherAndItsOwnCancelIsSecondary() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("first")
				.service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
				.service("b", StopRulesTests::defaults, "a")
				.start()
				.fail("first", new IOException("first"))
				.fail("a", GONE)
				.end("b");
			simulation.trail();
			assertThat(log.problems()).filteredOn((line) -> line.startsWith("ERROR"))
				.containsExactly("ERROR 'first' failed: java.io.IOException: first");
			assertThat(simulation.group().failure().orElseThrow()).hasSuppressedException(GONE);
		}
	}

	/**
	 * A run whose thread cannot know yet that the group stops, as its end comes in the
	 * same turn.
	 */
	@Test
	void rule20_crashAtTheInstantOfTheStopIsSecondary() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
				.service("b", StopRulesTests::defaults, "a")
				.start();
			simulation.group().stop();
			simulation.endUnseen(simulation.run("a"), GONE).settle().end("b").trail();
			assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
			assertThat(log.problems()).noneMatch((line) -> line.startsWith("ERROR"))
				.anyMatch((line) -> line.startsWith("WARN 'a' failed"));
		}
	}

	@Test
	void rule21_finishedGroupRunsAgainWithFreshBudgetsAndCleanErrors() {
		Simulation simulation = new Simulation()
			.service("a",
					(policy) -> policy
						.restart(RestartPolicy.builder().mode(RestartPolicy.Mode.ON_FAILURE).maxRestarts(1).build()))
			.start()
			.fail("a", GONE)
			.advance(Duration.ofSeconds(1))
			.fail("a", GONE);
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		simulation.start();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().snapshot().failures()).isEmpty();
		assertThat(simulation.snapshot("a").lastFailure()).isEmpty();
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(3);
		simulation.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
	}

	@Test
	void rule21_serviceWhoseOlderRunLivesWaitsForItsEnd() {
		Simulation simulation = stuckInAnEarlierRun().start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.snapshot("a").waitingFor()).contains("the end of attempt 1, which is stuck");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		simulation.end(simulation.history().get(0), GONE);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().snapshot().failures()).as("of an earlier run of the group").isEmpty();
	}

	@Test
	void rule21_serviceWhoseOlderRunLivesFailsAfterTheStartTimeoutWithTheStackOfThatThread() {
		Simulation simulation = stuckInAnEarlierRun().start().advance(Duration.ofSeconds(30));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasMessageStartingWith(
				"a: java.lang.IllegalStateException: Attempt 1 from an earlier run of the group is stuck and has not ended within 30 s. Its thread");
		assertThat(simulation.history()).as("of a").filteredOn((run) -> run.serviceName().equals("a")).hasSize(1);
	}

	@Test
	void rule21_serviceThatWaitsForAnOlderRunMayBeStoppedAndStartedMeanwhile() {
		Simulation simulation = stuckInAnEarlierRun().start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofMinutes(5));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		simulation.group().start("a");
		simulation.advance(Duration.ofSeconds(29));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		simulation.end(simulation.history().get(0), null);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	private static Simulation stuckInAnEarlierRun() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop();
		simulation.settle().end("b").advance(Duration.ofSeconds(25));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		return simulation;
	}

	@Test
	void rule21_claimingARunTwiceIsAnErrorAtOnce() {
		Simulation simulation = Simulation.of("a").start();
		assertThatIllegalStateException().isThrownBy(() -> simulation.group().run())
			.withMessage("'test' is running already: a group can run again only after it has ended");
		assertThatIllegalStateException().isThrownBy(() -> simulation.group().start());
		simulation.end("a").start();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule22_interruptIsAStopAndASecondOneEndsTheGraceOfAll() {
		Simulation simulation = Simulation.of("a").service("b", StopRulesTests::defaults, "a").start();
		Thread.currentThread().interrupt();
		simulation.settle();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
		assertThat(simulation.cancelled()).containsExactly("b");
		assertThat(simulation.run("b").thread().isInterrupted()).isFalse();
		Thread.currentThread().interrupt();
		simulation.settle();
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		assertThat(simulation.run("b").thread().isInterrupted()).isTrue();
		simulation.endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().snapshot().reason()).contains("the group is stopping");
	}

	/**
	 * With more services than a slice, the second interrupt came before the first one had
	 * got to all of them, and a restart that was due came into the finished group.
	 */
	@Test
	void rule22_secondInterruptForgetsRestartsThatWereDue() {
		Simulation simulation = new Simulation().service("first",
				(policy) -> policy.heartbeatTimeout(Duration.ofSeconds(2)).restart(RestartPolicy.onFailure()));
		for (int i = 0; i < 600; i++) {
			simulation.service("s" + i, StopRulesTests::defaults);
		}
		simulation.start().advance(Duration.ofSeconds(2));
		assertThat(simulation.run("first").cancellationCause()).contains(CancellationCause.HEARTBEAT_MISSED);
		for (int i = 0; i < 2; i++) {
			Thread.currentThread().interrupt();
			simulation.group().loop().turn();
		}
		simulation.settle().end("first");
		assertThat(simulation.state("first")).isEqualTo(ServiceState.STOPPED);
	}

	@Test
	void rule22_flagIsSetAgainWhenRunReturns() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			running.countDown();
			context.awaitCancellation();
		}).build();
		CountDownLatch flagSet = new CountDownLatch(1);
		Thread caller = new Thread(() -> {
			group.run();
			if (Thread.currentThread().isInterrupted()) {
				flagSet.countDown();
			}
		});
		caller.start();
		running.await();
		caller.interrupt();
		assertThat(flagSet.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
	}

	/**
	 * One that came while run() only waited for the stack of a stuck thread was lost.
	 */
	@Test
	void rule22_interruptOfTheVeryEndIsNotLost() {
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch mayTakeStack = new CountDownLatch(1);
		ServiceGroup[] group = new ServiceGroup[1];
		Timing interrupting = new DelegatingTiming() {

			@Override
			public void park(Object blocker, long nanos) {
				if (blocker instanceof SignalQueue && group[0].snapshot().state() == GroupState.STOPPING
						&& mayTakeStack.getCount() > 0) {
					Thread.currentThread().interrupt();
					mayTakeStack.countDown();
				}
				super.park(blocker, nanos);
			}

		};
		group[0] = ServiceGroup.builder("links").service("deaf", (context) -> {
			running.countDown();
			ignoreEverything(release);
		}).service("stops", (context) -> {
			running.await();
			group[0].stop();
		})
			.shutdownTimeout(Duration.ZERO)
			.executor((task) -> new SlowToShowItsStack(task, mayTakeStack).start())
			.timing(interrupting, () -> 0.5)
			.build();
		group[0].run();
		assertThat(Thread.interrupted()).isTrue();
		release.countDown();
	}

	@Test
	void rule23_stuckWhenARestartWasDueIsAFinalFailure() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.heartbeatTimeout(Duration.ofSeconds(2)).restart(RestartPolicy.onFailure()))
			.service("b", StopRulesTests::defaults)
			.start()
			.advance(Duration.ofSeconds(17));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
		simulation.end("b");
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasMessage(
				"a: java.lang.IllegalStateException: It is stuck: it has not ended after it was cancelled because it missed its heartbeat");
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule23_stuckOneThatIsNotCriticalGoesOnWhenItsThreadEndsAfterAll() {
		Simulation simulation = new Simulation()
			.service("a",
					(policy) -> policy.critical(false)
						.heartbeatTimeout(Duration.ofSeconds(2))
						.restart(RestartPolicy.onFailure()))
			.start()
			.advance(Duration.ofSeconds(17));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().snapshot().failures()).hasSize(1);
		simulation.end("a").advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
	}

	/**
	 * It took the whole group down, where a stop by hand did not.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void rule23_stuckWhenItWasRestartedByHandIsNoFailure(boolean critical) {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.critical(critical))
			.service("b", StopRulesTests::defaults)
			.start();
		Future<ServiceSnapshot> restart = simulation.group().restart("a");
		simulation.advance(Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().snapshot().failures()).isEmpty();
		assertThat(simulation.run("b").isCancelled()).isFalse();
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
		assertThat(restart).isDone();
	}

	@Test
	void rule23_stuckWhenItWasRestartedByHandDuringTheStartIsNoFailure() {
		Simulation simulation = Simulation.of("a").announcing("b", StopRulesTests::defaults).start();
		simulation.group().restart("a");
		simulation.advance(Duration.ofSeconds(20));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.ready("b").end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule23_stuckWhenItWasRestartedByHandIsStoppedWithTheGroup() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().restart("a");
		simulation.advance(Duration.ofSeconds(15));
		simulation.group().stop();
		simulation.settle().end("b");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		simulation.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.history()).hasSize(2);
	}

	/**
	 * The restart was due before somebody asked for it.
	 */
	@Test
	void rule23_restartByHandOfOneThatIsStoppingForAHeartbeatChangesNothingOfItsFailure() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.heartbeatTimeout(Duration.ofSeconds(2)).restart(RestartPolicy.onFailure()))
			.start()
			.advance(Duration.ofSeconds(2));
		simulation.group().restart("a");
		simulation.advance(Duration.ofSeconds(15));
		assertThat(simulation.group().failure().orElseThrow()).hasMessageContaining("it missed its heartbeat");
	}

	@Test
	void rule23_stuckAfterAMissedHeartbeatCarriesTheMissAsItsCause() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.heartbeatTimeout(Duration.ofSeconds(2)).restart(RestartPolicy.onFailure()))
			.start()
			.advance(Duration.ofSeconds(17));
		assertThat(simulation.group().failure().orElseThrow()).hasMessageContaining("it missed its heartbeat")
			.hasRootCauseInstanceOf(TimeoutException.class);
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

	private static final class SlowToShowItsStack extends Thread {

		private final CountDownLatch may;

		SlowToShowItsStack(Runnable task, CountDownLatch may) {
			super(task);
			this.may = may;
		}

		@Override
		public StackTraceElement[] getStackTrace() {
			try {
				this.may.await();
			}
			catch (InterruptedException ex) {
				throw new AssertionError(ex);
			}
			return super.getStackTrace();
		}

	}

}
