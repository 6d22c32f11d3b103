package io.supervisor;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Rules 12 to 17; the decision itself is in {@link RestartPolicyTests}.
 */
class RestartRulesTests {

	private static final IOException GONE = new IOException("gone");

	@ParameterizedTest
	@EnumSource
	void rule12_modeSaysAfterWhichEndsAServiceIsRestarted(RestartPolicy.Mode mode) {
		Simulation failed = restarting((restart) -> restart.mode(mode)).start().fail("a", GONE);
		Simulation completed = restarting((restart) -> restart.mode(mode)).start().end("a");
		switch (mode) {
			case NEVER -> {
				assertThat(failed.state("a")).isEqualTo(ServiceState.FAILED);
				assertThat(completed.state("a")).isEqualTo(ServiceState.COMPLETED);
			}
			case ON_FAILURE -> {
				assertThat(failed.state("a")).isEqualTo(ServiceState.BACKOFF);
				assertThat(completed.state("a")).isEqualTo(ServiceState.COMPLETED);
			}
			case ALWAYS -> {
				assertThat(failed.state("a")).isEqualTo(ServiceState.BACKOFF);
				assertThat(completed.state("a")).isEqualTo(ServiceState.BACKOFF);
			}
		}
	}

	@Test
	void changedPolicyHoldsFromTheNextStartOn() {
		Simulation simulation = restarting((restart) -> restart.delay(Duration.ofSeconds(1))).start();
		ServicePolicy policy = ServicePolicy.builder().critical(false).build();
		simulation.group().changePolicy("a", policy);
		simulation.group().changePolicy("unknown", policy);
		simulation.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		assertThat(simulation.group().service("a").orElseThrow().definition().policy()).isNotEqualTo(policy);
		simulation.advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING);
		assertThat(simulation.group().service("a").orElseThrow().definition().policy()).isEqualTo(policy);
		simulation.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure()).isEmpty();
	}

	@Test
	void policyChangedBeforeTheFirstRunHoldsInIt() {
		Simulation simulation = restarting((restart) -> restart.delay(Duration.ofSeconds(1)));
		simulation.group().changePolicy("a", ServicePolicy.builder().critical(false).build());
		simulation.start().fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule12_delaysGrowUntilTheBudgetIsSpent() {
		Simulation simulation = restarting(RestartRulesTests::defaults).start();
		List<Duration> delays = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			Duration failedAt = simulation.elapsed();
			simulation.fail("a", GONE).advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING);
			delays.add(simulation.elapsed().minus(failedAt));
		}
		assertThat(delays).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4),
				Duration.ofSeconds(8), Duration.ofSeconds(16));
		simulation.fail("a", GONE);
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.io.IOException: gone (failed 6 times in a row)")
			.hasCause(GONE);
	}

	/**
	 * It read "completed 4 times in a row", and what had failed was lost.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "FFFC", "FCCC", "CFCC", "CCFC", "FCFC", "CFFC" })
	void rule13_mixedEndsInARowKeepTheLastCause(String ends) {
		Simulation simulation = restarting((restart) -> restart.mode(RestartPolicy.Mode.ALWAYS).maxRestarts(3)).start();
		IOException last = new IOException("the last one");
		for (int i = 0; i < ends.length(); i++) {
			if (ends.charAt(i) == 'C') {
				simulation.end("a");
			}
			else {
				simulation.fail("a", (i == ends.lastIndexOf('F')) ? last : GONE);
			}
			if (i < ends.length() - 1) {
				simulation.advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING);
			}
		}
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasCause(last)
			.hasMessageStartingWith("a: java.io.IOException: the last one")
			.hasMessageContaining("4 times in a row")
			.message()
			.doesNotContain("completed 4 times");
	}

	@Test
	void rule13_onlyCompletionsInARowSaySo() {
		Simulation simulation = restarting((restart) -> restart.mode(RestartPolicy.Mode.ALWAYS).maxRestarts(3)).start();
		for (int i = 0; i < 4; i++) {
			simulation.advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING).end("a");
		}
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.lang.IllegalStateException: 'a' completed 4 times in a row");
	}

	/**
	 * What failed before the count was cleared is not of this row.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void rule13_failureOfAnEarlierRowIsNotTheCause(boolean byHand) {
		Simulation simulation = restarting((restart) -> restart.mode(RestartPolicy.Mode.ALWAYS).maxRestarts(3)).start()
			.fail("a", GONE);
		if (byHand) {
			simulation.group().start("a");
			simulation.settle();
		}
		else {
			simulation.advance(Duration.ofSeconds(1)).advance(Duration.ofSeconds(60));
		}
		for (int i = 0; i < 4; i++) {
			simulation.advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING).end("a");
		}
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.lang.IllegalStateException: 'a' completed 4 times in a row");
	}

	@Test
	void rule14_oneStartedByHandIsNotHeldBackForALaterFailure() {
		Simulation simulation = new Simulation().service("failing",
				(policy) -> policy.restart(RestartPolicy.onFailure()
					.toBuilder()
					.scope(RestartPolicy.Scope.DEPENDENTS)
					.delay(Duration.ofSeconds(1))
					.build()))
			.service("between", (policy) -> {
			}, "failing")
			.service("a", (policy) -> {
			}, "between")
			.start();
		simulation.end("between");
		simulation.group().stop("a");
		simulation.settle();
		simulation.fail("failing", GONE).end("a");
		simulation.advance(Duration.ofSeconds(2));
		simulation.fail("failing", GONE);
		simulation.group().start("a");
		assertThat(simulation.settle().state("a")).isEqualTo(ServiceState.RUNNING);
	}

	/**
	 * The second failure let it forget the first.
	 */
	@Test
	void rule14_oneThatIsTakenAlongByTwoWaitsForBoth() {
		Simulation simulation = new Simulation().service("slow", (policy) -> policy.restart(takingAlong(10)))
			.service("quick", (policy) -> policy.restart(takingAlong(1)))
			.service("between", (policy) -> {
			}, "slow", "quick")
			.service("a", (policy) -> {
			}, "between")
			.start();
		simulation.end("between").fail("slow", GONE).fail("quick", GONE).end("a");
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.state("quick")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofSeconds(8));
		assertThat(simulation.state("slow")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	private static RestartPolicy takingAlong(int seconds) {
		return RestartPolicy.onFailure()
			.toBuilder()
			.scope(RestartPolicy.Scope.DEPENDENTS)
			.delay(Duration.ofSeconds(seconds))
			.build();
	}

	@Test
	void rule20_nothingIsRestartedThatEndsBetweenAStopAndItsTurnInIt() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.heartbeatTimeout(Duration.ofSeconds(2)).restart(RestartPolicy.onFailure()))
			.start();
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		simulation.group().stop();
		simulation.endUnseen(simulation.run("a"), null).settle();
		assertThat(simulation.trail()).doesNotContain("a BACKOFF").endsWith("a STOPPED", "test STOPPED");
	}

	@Test
	void rule12_waitingIsADeadlineThatTheSnapshotShows() {
		Simulation simulation = restarting(RestartRulesTests::defaults).start().fail("a", GONE);
		assertThat(simulation.snapshot("a").nextAttempt()).contains(simulation.instant().plusSeconds(1));
		simulation.advance(Duration.ofNanos(999_999_999));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		simulation.advance(Duration.ofNanos(1));
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(2);
		assertThat(simulation.snapshot("a").restarts()).isEqualTo(1);
		assertThat(simulation.snapshot("a").nextAttempt()).isEmpty();
	}

	@Test
	void rule12_tenThatFailTogetherDoNotComeBackInTheSameInstant() {
		double[] random = new double[1];
		Simulation simulation = new Simulation().withRandom(() -> random[0] = (random[0] + 0.37) % 1);
		for (int i = 0; i < 10; i++) {
			simulation.service("s" + i, (policy) -> policy.restart(RestartPolicy.onFailure()));
		}
		simulation.start();
		for (int i = 0; i < 10; i++) {
			simulation.fail("s" + i, GONE);
		}
		assertThat(simulation.group().services()).extracting((service) -> service.nextAttempt().orElseThrow())
			.doesNotHaveDuplicates();
	}

	@Test
	void rule13_runThatStayedUpLongEnoughClearsTheBudget() {
		Simulation simulation = restarting((restart) -> restart.maxRestarts(1)).start()
			.fail("a", GONE)
			.advance(Duration.ofSeconds(1))
			.advance(Duration.ofSeconds(60))
			.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		simulation.advance(Duration.ofSeconds(1)).advance(Duration.ofMillis(59_999)).fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule13_onlyTheTimeSinceItWasReadyCounts() {
		Simulation simulation = new Simulation()
			.announcing("a",
					(policy) -> policy
						.restart(RestartPolicy.builder().mode(RestartPolicy.Mode.ON_FAILURE).maxRestarts(1).build()))
			.with((builder) -> builder.startTimeout(Duration.ofDays(1)))
			.start()
			.fail("a", GONE)
			.advance(Duration.ofSeconds(100))
			.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule13_oneThatFailsOnceADayIsRestartedAfterASecondForEver() {
		Simulation simulation = restarting(RestartRulesTests::defaults).start();
		for (int day = 0; day < 1000; day++) {
			simulation.advance(Duration.ofDays(1)).fail("a", GONE);
			assertThat(simulation.snapshot("a").nextAttempt()).contains(simulation.instant().plusSeconds(1));
			simulation.advance(Duration.ofSeconds(1));
		}
		assertThat(simulation.snapshot("a").restarts()).isEqualTo(1000);
	}

	@Test
	void rule13_startByHandClearsTheBudget() {
		Simulation simulation = restarting((restart) -> restart.maxRestarts(1)).start()
			.fail("a", GONE)
			.advance(Duration.ofSeconds(1))
			.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		simulation = restarting((restart) -> restart.maxRestarts(1)).start().fail("a", GONE);
		simulation.group().start("a");
		simulation.settle().fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
	}

	@Test
	void rule13_restartByHandClearsTheBudget() {
		Simulation simulation = restarting((restart) -> restart.maxRestarts(1)).start()
			.fail("a", GONE)
			.advance(Duration.ofSeconds(1));
		simulation.group().restart("a");
		simulation.settle().endCancelled().fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
	}

	@Test
	void rule13_spentBudgetOfCompletionsSaysSo() {
		Simulation simulation = restarting((restart) -> restart.mode(RestartPolicy.Mode.ALWAYS)).start();
		for (int i = 0; i < 5; i++) {
			simulation.end("a").advance(Duration.ofSeconds(16));
		}
		simulation.end("a");
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.lang.IllegalStateException: 'a' completed 6 times in a row");
	}

	@Test
	void rule13_restartsWithoutLimit() {
		Simulation simulation = restarting((restart) -> restart.maxRestarts(RestartPolicy.UNLIMITED)).start();
		for (int i = 0; i < 100; i++) {
			simulation.fail("a", GONE).advance(Duration.ofSeconds(60));
		}
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule14_scopeServiceLeavesThoseThatDependOnItAlone() {
		Simulation simulation = restarting(RestartRulesTests::defaults).service("b", RestartRulesTests::policy, "a")
			.start()
			.fail("a", GONE);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule14_scopeDependentsStopsAllThatDependOnItAndStartsAllInOrder() {
		Simulation simulation = restarting((restart) -> restart.scope(RestartPolicy.Scope.DEPENDENTS))
			.service("b", RestartRulesTests::policy, "a")
			.service("c", RestartRulesTests::policy, "b")
			.service("d", RestartRulesTests::policy)
			.start()
			.fail("a", GONE);
		assertThat(simulation.state("d")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.run("c").cancellationCause()).contains(CancellationCause.dependency("a"));
		assertThat(simulation.run("b").isCancelled()).as("before what depends on it has ended").isFalse();
		simulation.end("c");
		assertThat(simulation.state("c")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.run("b").isCancelled()).isTrue();
		simulation.advance(Duration.ofSeconds(2));
		assertThat(simulation.state("a")).as("until all have ended").isEqualTo(ServiceState.BACKOFF);
		simulation.end("b");
		assertThat(simulation.trail()).endsWith("a WAITING", "a STARTING", "a RUNNING", "b STARTING", "b RUNNING",
				"c STARTING", "c RUNNING");
		assertThat(simulation.snapshot("b").restarts()).as("charged to the failed one alone").isZero();
	}

	@Test
	void rule14_allWaitForTheDelay() {
		Simulation simulation = restarting((restart) -> restart.scope(RestartPolicy.Scope.DEPENDENTS))
			.service("b", RestartRulesTests::policy, "a")
			.start()
			.fail("a", GONE)
			.endCancelled();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		simulation.group().restart("b");
		simulation.settle();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule14_thoseThatHadEndedStaySo() {
		Simulation simulation = restarting((restart) -> restart.scope(RestartPolicy.Scope.DEPENDENTS))
			.service("completed", RestartRulesTests::policy, "a")
			.service("failed", (policy) -> policy.critical(false), "a")
			.service("stopped", RestartRulesTests::policy, "a")
			.start()
			.end("completed")
			.fail("failed", GONE);
		simulation.group().stop("stopped");
		simulation.settle().end("stopped").fail("a", GONE).advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.state("completed")).isEqualTo(ServiceState.COMPLETED);
		assertThat(simulation.state("failed")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.state("stopped")).isEqualTo(ServiceState.STOPPED);
	}

	/**
	 * A restart that had waited for its dependents, then was stopped and started by hand,
	 * remembered that its delay was over and skipped the next one.
	 */
	@Test
	void rule14_delayIsWaitedForAfterAStopByHand() {
		Simulation simulation = restarting((restart) -> restart.scope(RestartPolicy.Scope.DEPENDENTS))
			.service("b", RestartRulesTests::policy, "a")
			.start()
			.fail("a", GONE)
			.advance(Duration.ofSeconds(1));
		simulation.group().stop("a");
		simulation.group().start("a");
		simulation.settle().fail("a", GONE).end("b");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule15_excludedTypeAnywhereInTheChainIsFinal() {
		Simulation simulation = restarting(
				(restart) -> restart.exclude(Set.of(FileNotFoundException.class, IllegalArgumentException.class)))
			.start()
			.fail("a", new IllegalStateException(new IOException(new FileNotFoundException("x"))));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule15_otherTypesAreRestarted() {
		Simulation simulation = restarting((restart) -> restart.exclude(Set.of(FileNotFoundException.class))).start()
			.fail("a", GONE);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
	}

	@Test
	void rule15_serviceMaySayThatItIsUnrecoverable() {
		Simulation simulation = restarting(RestartRulesTests::defaults).start()
			.fail("a", new IOException(new UnrecoverableServiceException("wrong password")));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule16_stackOncePerDistinctCauseThenOneLineEach() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = restarting((restart) -> restart.maxRestarts(RestartPolicy.UNLIMITED)).start();
			for (int i = 0; i < 100; i++) {
				IOException thrown = (i % 2 == 0) ? new IOException("gone " + i) : new FileNotFoundException("no " + i);
				simulation.fail("a", thrown).advance(Duration.ofMinutes(3));
			}
			simulation.trail();
			assertThat(log.events()).filteredOn((event) -> event.getFormattedMessage().startsWith("'a' failed"))
				.hasSize(100)
				.filteredOn((event) -> event.getThrowableProxy() != null)
				.hasSize(2);
			assertThat(log.problems()).noneMatch((line) -> line.contains("\n"));
		}
	}

	/**
	 * From the 65th on, each was "in the same place as before", without a stack.
	 */
	@Test
	void rule16_asBeforeIsSaidOnlyOfWhatWasSeenBefore() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = restarting((restart) -> restart.maxRestarts(RestartPolicy.UNLIMITED)).start();
			for (int i = 0; i < 200; i++) {
				simulation.fail("a", from("place" + i)).advance(Duration.ofMinutes(3));
			}
			simulation.trail();
			assertThat(log.events()).filteredOn((event) -> event.getFormattedMessage().startsWith("'a' failed"))
				.hasSize(200)
				.allMatch((event) -> event.getThrowableProxy() != null, "has a stack")
				.noneMatch((event) -> event.getFormattedMessage().contains("before"));
		}
	}

	@Test
	void rule16_ofManyTheOneThatWasJustSeenIsAsBefore() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = restarting((restart) -> restart.maxRestarts(RestartPolicy.UNLIMITED)).start();
			for (int i = 0; i < 200; i++) {
				simulation.fail("a", from("place" + (i / 2))).advance(Duration.ofMinutes(3));
			}
			simulation.trail();
			List<Boolean> stacks = log.events()
				.stream()
				.filter((event) -> event.getFormattedMessage().startsWith("'a' failed"))
				.map((event) -> event.getThrowableProxy() != null)
				.toList();
			assertThat(stacks).hasSize(200);
			for (int i = 0; i < 200; i++) {
				assertThat(stacks.get(i)).as("failure " + i).isEqualTo(i % 2 == 0);
			}
		}
	}

	private static IOException from(String method) {
		IOException thrown = new IOException("gone");
		thrown.setStackTrace(new StackTraceElement[] { new StackTraceElement("Crawler", method, "Crawler.java", 1) });
		return thrown;
	}

	/**
	 * It wrote two lines for each, all at WARN, for ever.
	 */
	@ParameterizedTest
	@ValueSource(ints = { RestartPolicy.UNLIMITED, 1000 })
	void rule16_fromTheTenthFailureInARowOnThereIsOneErrorThenALineAMinute(int maxRestarts) {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = storming(maxRestarts);
			failInARow(simulation, 9);
			assertThat(log.problems()).noneMatch((line) -> line.startsWith("ERROR"));
			failInARow(simulation, 1);
			assertThat(log.problems()).filteredOn((line) -> line.startsWith("ERROR"))
				.singleElement()
				.asString()
				.contains("'a'", "10");
			int before = linesOf(log).size();
			for (int minute = 1; minute <= 10; minute++) {
				failInARow(simulation, 60);
				assertThat(linesOf(log).size() - before).as("lines in " + minute + " min")
					.isBetween(minute - 1, minute + 1);
			}
			assertThat(log.problems()).filteredOn((line) -> line.startsWith("ERROR")).hasSize(1);
			assertThat(linesOf(log)).last().asString().containsPattern("\\b[56]\\d\\d\\b");
			assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
		}
	}

	@Test
	void rule16_stormOfOneDoesNotSilenceAnother() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = storming(RestartPolicy.UNLIMITED);
			failInARow(simulation, 30);
			simulation.fail("other", GONE).trail();
			assertThat(log.problems()).anyMatch((line) -> line.contains("'other' failed"));
		}
	}

	/**
	 * One that stayed up for long enough is told of again from the beginning.
	 */
	@Test
	void rule16_stormIsOverOnceTheServiceHasRecovered() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = storming(RestartPolicy.UNLIMITED);
			failInARow(simulation, 30);
			simulation.advance(Duration.ofMinutes(2)).trail();
			int before = linesOf(log).size();
			failInARow(simulation, 1);
			assertThat(linesOf(log)).hasSizeGreaterThan(before).last().asString().startsWith("WARN");
			failInARow(simulation, 9);
			assertThat(log.problems()).filteredOn((line) -> line.startsWith("ERROR")).hasSize(2);
		}
	}

	@Test
	void rule16_endOfAStormByAFinalFailureIsAnError() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = storming(20);
			failInARow(simulation, 20);
			simulation.fail("a", GONE).trail();
			assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
			assertThat(log.problems()).filteredOn((line) -> line.startsWith("ERROR") && line.contains("'a'"))
				.hasSize(2)
				.last()
				.asString()
				.contains("21 times in a row");
		}
	}

	/**
	 * Not all failures of a storm are thrown by a run, and not all lines of one are of
	 * the service that fails.
	 */
	@Test
	void rule16_missedHeartbeatsAndDependentsOfAStormWriteNoLinesOfTheirOwn() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = new Simulation()
				.service("a",
						(policy) -> policy.heartbeatTimeout(Duration.ofSeconds(1))
							.restart(RestartPolicy.onFailure()
								.toBuilder()
								.multiplier(1)
								.maxRestarts(RestartPolicy.UNLIMITED)
								.scope(RestartPolicy.Scope.DEPENDENTS)
								.build()))
				.service("dependent", (policy) -> {
				}, "a")
				.start();
			for (int i = 0; i < 70; i++) {
				int attempt = i + 2;
				simulation.advance(Duration.ofSeconds(1)).endCancelled();
				simulation.advanceUntil(() -> simulation.state("a") == ServiceState.RUNNING
						&& simulation.snapshot("a").attempt() == attempt);
				simulation.trail();
			}
			List<String> lines = log.lines();
			int storm = lines
				.indexOf(lines.stream().filter((line) -> line.startsWith("ERROR")).findFirst().orElseThrow());
			assertThat(lines.subList(storm + 1, lines.size()))
				.filteredOn((line) -> line.contains("'a'") || line.contains("'dependent'"))
				.hasSizeBetween(2, 4)
				.allMatch((line) -> line.startsWith("WARN 'a' has failed "));
			simulation.group().stop("dependent");
			simulation.settle().trail();
			assertThat(log.lines()).last().isEqualTo("INFO 'dependent' is cancelled: it was stopped by hand");
		}
	}

	private static Simulation storming(int maxRestarts) {
		return new Simulation().service("a",
				(policy) -> policy.restart(RestartPolicy.onFailure()
					.toBuilder()
					.delay(Duration.ofSeconds(1))
					.multiplier(1)
					.maxRestarts(maxRestarts)
					.build()))
			.service("other", (policy) -> policy.critical(false))
			.start();
	}

	/**
	 * One failure a second.
	 */
	private static void failInARow(Simulation simulation, int times) {
		for (int i = 0; i < times; i++) {
			simulation.fail("a", GONE).advance(Duration.ofSeconds(1));
			assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
			simulation.trail();
		}
	}

	private static List<String> linesOf(RecordedLog log) {
		return log.lines().stream().filter((line) -> line.contains("'a'") && !line.startsWith("DEBUG")).toList();
	}

	@Test
	void rule17_newAttemptNeverBeginsWhileAnOlderRunLives() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.critical(false)).start();
		simulation.group().restart("a");
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		simulation.group().start("a");
		simulation.group().restart("a");
		simulation.advance(Duration.ofDays(1));
		assertThat(simulation.history()).hasSize(1);
		simulation.end("a");
		assertThat(simulation.history()).hasSize(2);
	}

	private static Simulation restarting(Consumer<RestartPolicy.Builder> settings) {
		RestartPolicy.Builder restart = RestartPolicy.builder().mode(RestartPolicy.Mode.ON_FAILURE);
		settings.accept(restart);
		return new Simulation().service("a", (policy) -> policy.restart(restart.build()));
	}

	private static void defaults(RestartPolicy.Builder restart) {
	}

	private static void policy(ServicePolicy.Builder policy) {
	}

}
