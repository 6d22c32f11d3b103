package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What a service says of its run: status and step (rule 29), that it is not well (rule
 * 28) and that it needs more time to end (rule 30).
 */
@ExtendWith(SilentLog.class)
class ServiceReportTests {

	@Test
	void nothingIsSaidAtFirst() {
		Simulation simulation = Simulation.of("a").start();
		assertThat(simulation.snapshot("a").status()).isEmpty();
		assertThat(simulation.snapshot("a").step()).isEmpty();
		assertThat(simulation.snapshot("a").stepSince()).isEmpty();
		assertThat(simulation.snapshot("a")).hasToString(simulation.snapshot("a").toString())
			.asString()
			.doesNotContain("step")
			.doesNotContain("status");
	}

	/**
	 * The latest run of the service is asked to say something, whatever the state.
	 */
	@ParameterizedTest
	@EnumSource(names = { "NEW", "WAITING" }, mode = EnumSource.Mode.EXCLUDE)
	void statusIsSeenWhileTheRunLives(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		int turns = simulation.trail().size();
		simulation.run("a").status("page 3");
		boolean lives = state.isLive() || state == ServiceState.STUCK;
		assertThat(simulation.snapshot("a").status()).isEqualTo(lives ? Optional.of("page 3") : Optional.empty());
		assertThat(simulation.group().services().get(0).status().isPresent()
				|| simulation.group().services().get(1).status().isPresent())
			.isEqualTo(lives);
		assertThat(simulation.group().loop().hasSignals()).as("the loop is told").isFalse();
		assertThat(simulation.settle().trail()).hasSize(turns);
	}

	@ParameterizedTest
	@EnumSource(names = { "STARTING", "RUNNING", "STOPPING", "STUCK" })
	void statusGoesWithTheRun(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		simulation.run("a").status("page 3");
		simulation.end("a");
		assertThat(simulation.snapshot("a").status()).isEmpty();
	}

	@Test
	void statusOfAnOldRunIsNotThatOfTheNextOne() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start();
		Run old = simulation.run("a");
		old.status("before");
		simulation.fail("a", new IOException("gone")).advance(Duration.ofSeconds(1));
		assertThat(simulation.snapshot("a").status()).isEmpty();
		old.status("late");
		assertThat(simulation.snapshot("a").status()).isEmpty();
		simulation.run("a").status("now");
		assertThat(simulation.snapshot("a").status()).contains("now");
	}

	/**
	 * A run from before is stuck, and the service waits for its end.
	 */
	@Test
	void statusOfAnOlderRunIsNotThatOfTheServiceWhichWaits() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.advance(Duration.ofMinutes(1));
		simulation.start();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		simulation.run("a").status("late");
		assertThat(simulation.snapshot("a").status()).isEmpty();
	}

	@Test
	void statusIsOneLineOfModerateLength() {
		Simulation simulation = Simulation.of("a").start();
		simulation.run("a").status("one\ntwo\u001b[31m");
		assertThat(simulation.snapshot("a").status()).contains("one\\ntwo\\u001b[31m");
		simulation.run("a").status("x".repeat(1000));
		assertThat(simulation.snapshot("a").status().orElseThrow()).hasSize(200).endsWith("x...");
		simulation.run("a").status("");
		assertThat(simulation.snapshot("a").status()).isEmpty();
		assertThatNullPointerException().isThrownBy(() -> simulation.run("a").status(null));
	}

	@Test
	void stepIsSeenWhileItLasts() throws Exception {
		Simulation simulation = onThisThread();
		simulation.advance(Duration.ofSeconds(7));
		Run run = simulation.run("a");
		Instant outer = simulation.instant();
		String result = run.step("outer", () -> {
			simulation.advance(Duration.ofSeconds(2));
			assertStep(simulation, "outer", outer);
			Instant inner = simulation.instant();
			run.step("inner", () -> {
				assertStep(simulation, "inner", inner);
				return "";
			});
			assertStep(simulation, "outer", outer);
			assertThat(simulation.snapshot("a")).asString().contains(", step=outer, stepSince=" + outer);
			return "done";
		});
		assertThat(result).isEqualTo("done");
		assertThat(simulation.snapshot("a").step()).isEmpty();
		assertThat(simulation.snapshot("a").stepSince()).isEmpty();
	}

	@Test
	void stepThatThrowsIsOver() {
		Simulation simulation = onThisThread();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> simulation.run("a").step("fails", () -> {
			throw new IOException("gone");
		}));
		assertThat(simulation.snapshot("a").step()).isEmpty();
	}

	@Test
	void stepOfAnotherThreadIsDoneAndNotSeen() throws Exception {
		Simulation simulation = Simulation.of("a").start();
		Run run = simulation.run("a");
		int beats = run.beats();
		assertThat(run.<String>step("helper", () -> {
			assertThat(run.beats()).isEqualTo(beats + 1);
			assertThat(simulation.snapshot("a").step()).isEmpty();
			return "done";
		})).isEqualTo("done");
		assertThat(run.beats()).isEqualTo(beats + 2);
	}

	@Test
	void stepIsAHeartbeatAtItsBeginAndAtItsEnd() throws Exception {
		Simulation simulation = onThisThread();
		Run run = simulation.run("a");
		int beats = run.beats();
		run.step("work", () -> {
			assertThat(run.beats()).isEqualTo(beats + 1);
			return "";
		});
		assertThat(run.beats()).isEqualTo(beats + 2);
	}

	@Test
	void stepIsDoneAfterTheEndOfTheRunAsWell() throws Exception {
		Simulation simulation = Simulation.of("a").start().end("a");
		assertThat(simulation.run("a").<String>step("late", () -> "done")).isEqualTo("done");
		assertThat(simulation.snapshot("a").step()).isEmpty();
	}

	@Test
	void observerMakesTheStep() throws Exception {
		List<String> seen = new ArrayList<>();
		Simulation simulation = Simulation.of("a").with((group) -> group.stepObserver(recording(seen))).start();
		assertThat(simulation.run("a").<String>step("work", () -> {
			seen.add("work");
			return "done";
		})).isEqualTo("done");
		assertThat(seen).containsExactly("a#1 begins work", "work", "a#1 ends work");
	}

	@Test
	void nestedGroupHasTheObserverOfTheGroupAroundIt() throws Exception {
		List<String> seen = new ArrayList<>();
		Simulation outer = Simulation.of("a").with((group) -> group.stepObserver(recording(seen))).start();
		Simulation inner = Simulation.of("b").startIn(outer.run("a"));
		inner.run("b").<String>step("work", () -> "done");
		assertThat(seen).containsExactly("b#1 begins work", "b#1 ends work");
		List<String> own = new ArrayList<>();
		Simulation other = Simulation.of("b").with((group) -> group.stepObserver(recording(own)));
		other.startIn(outer.run("a")).run("b").<String>step("work", () -> "done");
		assertThat(seen).hasSize(2);
		assertThat(own).hasSize(2);
	}

	/**
	 * A degradation that comes in each state of the service.
	 */
	@ParameterizedTest
	@EnumSource(names = { "NEW", "WAITING" }, mode = EnumSource.Mode.EXCLUDE)
	void degradedIsSeenFromARunThatIsNotCancelled(ServiceState state) {
		List<String> told = new ArrayList<>();
		Simulation simulation = ServiceStates.with(state);
		simulation.group().addListener(listener(told));
		simulation.settle();
		int transitions = simulation.trail().size();
		simulation.run("a").degraded("no partition");
		boolean seen = simulation.settle().snapshot("a").degraded().isPresent();
		assertThat(seen).isEqualTo(state == ServiceState.STARTING || state == ServiceState.RUNNING);
		assertThat(simulation.state("a")).isEqualTo(state);
		assertThat(simulation.trail()).hasSize(transitions);
		assertThat(told).isEqualTo(seen ? List.of("a degraded: no partition") : List.of());
	}

	@Test
	void degradedBeforeReadinessDoesNotMakeItReady() {
		List<String> told = new ArrayList<>();
		Simulation simulation = new Simulation().announcing("a", (policy) -> {
		}).with((group) -> group.listener(listener(told))).start();
		simulation.run("a").degraded("cold");
		assertThat(simulation.settle().state("a")).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.snapshot("a").degraded()).contains("cold");
		assertThat(simulation.ready("a").state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.snapshot("a").degraded()).isEmpty();
		simulation.run("a").degraded("slow");
		assertThat(simulation.settle().snapshot("a").reason()).contains("degraded: slow");
		assertThat(simulation.snapshot("a")).asString().contains(", degraded=slow");
		simulation.run("a").ready();
		assertThat(simulation.settle().snapshot("a").reason()).isEmpty();
		simulation.transitions();
		assertThat(told).containsExactly("a degraded: cold", "a well", "a degraded: slow", "a well");
	}

	@Test
	void dependentOfADegradedServiceStarts() {
		Simulation simulation = Simulation.of("a");
		simulation.announcing("b", (policy) -> {
		}).service("c", (policy) -> {
		}, "b").start();
		simulation.run("b").degraded("slow");
		simulation.ready("b");
		simulation.run("b").degraded("slow again");
		simulation.settle();
		assertThat(simulation.state("c")).isEqualTo(ServiceState.RUNNING);
		simulation.group().restart("c");
		simulation.settle().end("c");
		assertThat(simulation.state("c")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void degradedIsToldOnceForEachLook() {
		List<String> told = new ArrayList<>();
		Simulation simulation = Simulation.of("a").with((group) -> group.listener(listener(told))).start();
		Run run = simulation.run("a");
		for (int i = 0; i < 1000; i++) {
			run.degraded("reason " + i);
		}
		simulation.settle().transitions();
		assertThat(told).containsExactly("a degraded: reason 999");
		run.degraded("reason 999");
		assertThat(simulation.group().loop().hasSignals()).as("the same again").isFalse();
		run.degraded("other");
		run.degraded("reason 999");
		run.ready();
		run.degraded("reason 999");
		simulation.settle().transitions();
		assertThat(told).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource(names = { "STARTING", "RUNNING" })
	void degradedEndsWithTheRun(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		Run run = simulation.run("a");
		run.degraded("slow");
		simulation.settle().group().restart("a");
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		assertThat(simulation.snapshot("a").degraded()).contains("slow");
		run.ready();
		assertThat(simulation.settle().snapshot("a").degraded()).as("after the cancel").contains("slow");
		simulation.end("a");
		assertThat(simulation.run("a")).isNotSameAs(run);
		assertThat(simulation.snapshot("a").degraded()).isEmpty();
		run.degraded("late");
		assertThat(simulation.settle().snapshot("a").degraded()).isEmpty();
	}

	@Test
	void readyThatTakesBackADegradationNeedsNoAnnouncement() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("a").start();
			simulation.run("a").degraded("slow");
			simulation.ready("a").ready("a");
			assertThat(log.lines()).noneMatch((line) -> line.contains("which has no effect"));
		}
	}

	/**
	 * More time to end, asked for in each state that a run may be in: when the interrupt
	 * comes after the cancel. The grace period is 10 s.
	 */
	@ParameterizedTest
	@CsvSource(textBlock = """
			# asked for, this long after the cancel, interrupted after
			PT0S, PT0S, PT10S
			PT5S, PT2S, PT10S
			PT8S, PT2S, PT10S
			PT9S, PT2S, PT11S
			PT15S, PT2S, PT17S
			PT15S, PT9S, PT20S
			PT60S, PT2S, PT20S
			PT2400000H, PT2S, PT20S
			PT15S, PT10S, PT10S
			PT15S, PT12S, PT10S
			""")
	void extendStopMovesTheInterrupt(Duration extension, Duration after, Duration interrupted) {
		for (boolean wholeGroup : new boolean[] { false, true }) {
			Simulation simulation = Simulation.of("a").start();
			if (wholeGroup) {
				simulation.group().stop();
			}
			else {
				simulation.group().stop("a");
			}
			simulation.settle().advance(after);
			simulation.run("a").extendStop(extension);
			simulation.settle();
			if (interrupted.compareTo(after) > 0) {
				simulation.advance(interrupted.minus(after).minusNanos(1));
				assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
				simulation.advance(Duration.ofNanos(1));
			}
			assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "STARTING", "RUNNING" })
	void extendStopBeforeTheCancelDoesNothing(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		simulation.run("a").extendStop(Duration.ofSeconds(18));
		simulation.group().stop("a");
		simulation.settle().advance(Duration.ofSeconds(10));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	@ParameterizedTest
	@EnumSource(names = { "BACKOFF", "STUCK", "STOPPED", "COMPLETED", "FAILED" })
	void extendStopAfterTheEndDoesNothing(ServiceState state) {
		Simulation simulation = ServiceStates.with(state);
		int transitions = simulation.trail().size();
		simulation.run("a").extendStop(Duration.ofSeconds(18));
		assertThat(simulation.settle().trail()).hasSize(transitions);
	}

	@Test
	void extendStopAgainAndAgainAddsUpAndNeverShortens() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop("a");
		simulation.settle();
		for (int i = 0; i < 9; i++) {
			simulation.run("a").extendStop(Duration.ofSeconds(2));
			simulation.settle().advance(Duration.ofMillis(1900));
		}
		simulation.run("a").extendStop(Duration.ofMillis(1500));
		simulation.run("a").extendStop(Duration.ZERO);
		simulation.settle().advance(Duration.ofMillis(1499));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	/**
	 * A stop of the group that comes later leaves it the time that it has asked for.
	 */
	@Test
	void extendStopHoldsInAStopOfTheGroup() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop("a");
		simulation.settle();
		simulation.run("a").extendStop(Duration.ofSeconds(18));
		simulation.settle().advance(Duration.ofSeconds(5)).group().stop();
		simulation.settle().end("b").advance(Duration.ofMillis(12_999));
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.advance(Duration.ofMillis(1));
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	@Test
	void extendStopIsOverWithTheGraceOfAll() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.settle();
		simulation.run("a").extendStop(Duration.ofSeconds(18));
		simulation.settle().group().stopNow();
		simulation.settle();
		assertThat(simulation.run("a").thread().isInterrupted()).isTrue();
	}

	@Test
	void extendStopOfANegativeTimeIsRefused() {
		Simulation simulation = Simulation.of("a").start();
		assertThatIllegalArgumentException().isThrownBy(() -> simulation.run("a").extendStop(Duration.ofSeconds(-1)))
			.withMessageStartingWith("'duration' must not be negative");
	}

	/**
	 * Each step has its own time: a reader that sees the one sees the other.
	 */
	@Test
	void readerNeverSeesTheTimeOfAnotherStep() throws Exception {
		RunReport report = new RunReport(Simulation.of("a").start().run("a"));
		CountDownLatch begun = new CountDownLatch(1);
		Thread writer = new Thread(() -> {
			for (long i = 1; !Thread.currentThread().isInterrupted(); i++) {
				report.step((i % 2 == 0) ? "even" : "odd", i);
				begun.countDown();
			}
		});
		writer.start();
		try {
			begun.await();
			for (int i = 0; i < 100_000; i++) {
				RunReport.Activity activity = report.read();
				if (activity != null && activity.step() != null && activity.stepSince() != null) {
					boolean even = activity.stepSince().toEpochMilli() % 2 == 0;
					assertThat(activity.step()).isEqualTo(even ? "even" : "odd");
				}
			}
		}
		finally {
			writer.interrupt();
			writer.join();
		}
	}

	private static void assertStep(Simulation simulation, String step, Instant since) {
		assertThat(simulation.snapshot("a").step()).contains(step);
		assertThat(simulation.snapshot("a").stepSince()).contains(since);
	}

	private static ServiceGroupListener listener(List<String> told) {
		return new ServiceGroupListener() {

			@Override
			public void serviceDegraded(ServiceSnapshot service) {
				told.add(service.name() + service.degraded().map((reason) -> " degraded: " + reason).orElse(" well"));
			}

		};
	}

	private static StepObserver recording(List<String> seen) {
		return new StepObserver() {

			@Override
			public <T> T observe(ServiceContext context, String step, Callable<T> work) throws Exception {
				seen.add(context.serviceName() + "#" + context.attempt() + " begins " + step);
				T result = work.call();
				seen.add(context.serviceName() + "#" + context.attempt() + " ends " + step);
				return result;
			}

		};
	}

	/**
	 * A group whose service runs on the thread of the test.
	 */
	private static Simulation onThisThread() {
		Simulation simulation = Simulation.of("a").withSlowExecutor().start();
		simulation.run("a").begin(Thread.currentThread());
		simulation.run("a").announceEntry();
		return simulation.settle();
	}

}
