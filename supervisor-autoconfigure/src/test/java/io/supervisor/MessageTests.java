package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What people read: errors, names, durations.
 */
class MessageTests {

	private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

	private static final Service SERVICE = (context) -> {
	};

	@Test
	void oneFailureIsOneLine() {
		assertThat(error(3, failure("crawler", new IOException("Connection refused"))))
			.hasMessage("crawler: java.io.IOException: Connection refused");
	}

	@Test
	void severalFailuresAreAList() {
		assertThat(error(3, failure("crawler", new IOException("Connection refused")),
				failure("pageRank", new IllegalStateException("graph is empty"))))
			.hasMessage("""
					2 of 3 services failed
					  crawler: java.io.IOException: Connection refused
					  pageRank: java.lang.IllegalStateException: graph is empty""");
	}

	@Test
	void serviceThatFailedTwiceCountsOnce() {
		assertThat(error(3, failure("a", new IOException("gone")), failure("a", new IOException("too")))).hasMessage("""
				1 of 3 services failed
				  a: java.io.IOException: gone
				  a: java.io.IOException: too""");
	}

	@Test
	void oneMoreThanTwentyFailuresAreAbbreviated() {
		ServiceFailure[] twenty = failures(20);
		assertThat(error(20, twenty).getMessage()).doesNotContain("...").hasLineCount(21);
		assertThat(error(30, failures(21)).getMessage()).endsWith("  s19: java.io.IOException: gone\n  ... and 1 more")
			.startsWith("21 of 30 services failed\n  s0: ");
	}

	@Test
	void hundredThousandFailuresAreAbbreviatedAndKept() {
		ServiceGroupException error = error(100_000, failures(100_000));
		assertThat(error.getMessage()).startsWith("100000 of 100000 services failed\n")
			.endsWith("\n  ... and 99 980 more");
		assertThat(error.failures()).hasSize(100_000);
	}

	@Test
	void messageOfSeveralLinesIsIndented() {
		assertThat(error(2, failure("a", new IOException("one\ntwo\nthree")), failure("b", new IOException("gone"))))
			.hasMessage("""
					2 of 2 services failed
					  a: java.io.IOException: one
					    two
					    three
					  b: java.io.IOException: gone""");
	}

	@Test
	void messageCannotForgeALineOrSteerATerminal() {
		IOException hostile = new IOException("one\n2026-01-01 ERROR forged\r\n\ttab\u001b[2J\u0085\u2028\u202E\u0000");
		assertThat(error(1, failure("a", hostile))).hasMessage(
				"a: java.io.IOException: one\n  2026-01-01 ERROR forged\n  \ttab\\u001b[2J\\u0085\\u2028\\u202e\\u0000");
		assertThat(RunLog.text(failure("a", hostile))).isEqualTo(
				"java.io.IOException: one\\n2026-01-01 ERROR forged\\u000d\\n\\ttab\\u001b[2J\\u0085\\u2028\\u202e\\u0000");
	}

	@Test
	void messageThatIsMissingOrLongIsNoTrouble() {
		assertThat(error(1, failure("a", new IOException()))).hasMessage("a: java.io.IOException");
		String message = error(1, failure("a", new IOException("x".repeat(10_000)))).getMessage();
		assertThat(message).hasSizeLessThan(5000).endsWith("more characters)");
	}

	@Test
	void failuresOfTheErrorAreImmutable() {
		ServiceGroupException error = error(2, failures(2));
		assertThat(error.failures()).isUnmodifiable();
	}

	@Test
	void failureShowsAllOfItself() {
		ServiceFailure failure = failure("a", new IOException("gone"));
		assertThat(failure).hasToString(
				"ServiceFailure[service=a, attempt=1, cause=java.io.IOException: gone, at=2026-01-01T00:00:00Z]");
		assertThat(failure.withRemark("failed 6 times in a row").description())
			.isEqualTo("java.io.IOException: gone (failed 6 times in a row)");
		assertThat(failure).isEqualTo(failure.asLogged()).hasSameHashCodeAs(failure.asLogged());
		assertThat(failure).isNotEqualTo(failure("a", new IOException("gone")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "\t", "\u2003" })
	void blankNameIsRefused(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> ServiceDefinition.of(name, SERVICE))
			.withMessage("The name of a service must not be blank");
		assertThatIllegalArgumentException().isThrownBy(() -> ServiceGroup.builder(name))
			.withMessage("The name of a group must not be blank");
	}

	@Test
	void nameWithASlashOrAControlCharacterIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> ServiceDefinition.of("a/b", SERVICE))
			.withMessage(
					"The name of a service must not contain '/', which separates a group from its services: 'a/b'");
		assertThatIllegalArgumentException().isThrownBy(() -> ServiceDefinition.of("a\nb\u007f\u0085", SERVICE))
			.withMessage("The name of a service must not contain control characters: 'a?b??'");
	}

	@Test
	@SuppressWarnings("NullAway")
	void missingNameOrServiceIsRefused() {
		assertThatNullPointerException().isThrownBy(() -> ServiceDefinition.of(null, SERVICE))
			.withMessage("The name of a service must not be null");
		assertThatNullPointerException().isThrownBy(() -> ServiceDefinition.of("a", null))
			.withMessage("The service 'a' must not be null");
		assertThatNullPointerException().isThrownBy(() -> Service.announcing(null))
			.withMessage("'service' must not be null");
	}

	@ParameterizedTest
	@CsvSource({ "priceFeed, pricefeed", "price-feed, priceFeed", "price_feed, PRICE.FEED", "a1, A-1", "été, ÉTÉ" })
	void namesThatDifferInCaseOrPunctuationOnlyAreRefused(String one, String other) {
		ServiceGroup.Builder builder = ServiceGroup.builder("links").service(one, SERVICE);
		assertThatIllegalArgumentException().isThrownBy(() -> builder.service(other, SERVICE))
			.withMessage(
					"The names '%s' and '%s' in 'links' differ at most in case or punctuation: rename one of the services"
						.formatted(one, other));
	}

	@Test
	void namesOfPunctuationAloneAreNames() {
		ServiceGroup group = ServiceGroup.builder("links").service("-", SERVICE).service("--", SERVICE).build();
		assertThat(group.services()).hasSize(2);
	}

	@Test
	void negativeDurationsAreRefusedByName() {
		ServiceGroup.Builder builder = ServiceGroup.builder("links");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.startTimeout(Duration.ofMillis(-1)))
			.withMessage("'start-timeout' must not be negative, but is PT-0.001S");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.shutdownTimeout(Duration.ofMillis(-1)))
			.withMessage("'shutdown-timeout' must not be negative, but is PT-0.001S");
		ServicePolicy.Builder policy = ServicePolicy.builder();
		assertThatIllegalArgumentException().isThrownBy(() -> policy.gracePeriod(Duration.ofMillis(-1)).build())
			.withMessage("'grace-period' must not be negative, but is PT-0.001S");
		policy.gracePeriod(Duration.ZERO);
		assertThatIllegalArgumentException().isThrownBy(() -> policy.interruptPeriod(Duration.ofMillis(-1)).build())
			.withMessage("'interrupt-period' must not be negative, but is PT-0.001S");
	}

	@Test
	void moreThanAHundredYearsIsNone() {
		assertThat(Durations.toNanos(Duration.ofDays(36_525))).isLessThan(Durations.NONE);
		assertThat(Durations.toNanos(Duration.ofDays(36_526))).isEqualTo(Durations.NONE);
		assertThat(Durations.toNanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Durations.NONE);
		Simulation simulation = new Simulation()
			.announcing("a",
					(policy) -> policy.gracePeriod(Duration.ofSeconds(Long.MAX_VALUE))
						.interruptPeriod(Duration.ofSeconds(Long.MAX_VALUE)))
			.with((builder) -> builder.startTimeout(Duration.ofSeconds(Long.MAX_VALUE))
				.shutdownTimeout(Duration.ofSeconds(Long.MAX_VALUE)))
			.start()
			.advance(Duration.ofDays(50_000));
		assertThat(simulation.state()).isEqualTo(GroupState.STARTING);
		simulation.group().stop();
		simulation.advance(Duration.ofDays(50_000));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		assertThat(simulation.run("a").thread().isInterrupted()).isFalse();
		simulation.end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@ParameterizedTest
	@CsvSource({ "0, 0 ms", "999999, 0 ms", "1000000, 1 ms", "250000000, 250 ms", "1000000000, 1 s",
			"1500000000, 1.5 s", "30000000000, 30 s", "59900000000, 59.9 s", "60000000000, 1 min",
			"125000000000, 2 min 5 s", "9223372036854775807, no limit" })
	void durationsReadAsPeopleWriteThem(long nanos, String text) {
		assertThat(Durations.describe(nanos)).isEqualTo(text);
	}

	@Test
	void valuesShowAllOfThemselves() {
		ServiceDefinition definition = ServiceDefinition.builder("a", SERVICE).dependsOn("b").build();
		assertThat(definition.toBuilder().build()).isEqualTo(definition);
		assertThat(ServicePolicy.defaults()).hasToString(
				"ServicePolicy[critical=true, onCompletion=CONTINUE, startTimeout=null, gracePeriod=PT10S, interruptPeriod=PT5S, heartbeatTimeout=null, restart="
						+ RestartPolicy.never()
						+ ", expectedOnStop=[org.apache.kafka.common.errors.InterruptException, org.apache.kafka.common.errors.WakeupException], auxiliary=false]");
		assertThat(ServicePolicy.defaults().toBuilder().build()).isEqualTo(ServicePolicy.defaults());
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start()
			.fail("a", new IOException("gone"));
		assertThat(simulation.group()).hasToString("ServiceGroup[name=test, state=RUNNING, services={BACKOFF=1}]");
		assertThat(simulation.snapshot("a").toString()).contains("name=a", "state=BACKOFF", "attempt=1", "nextAttempt=",
				"lastFailure=ServiceFailure[");
		assertThat(simulation.group().snapshot().toString()).contains("name=test", "state=RUNNING", "{BACKOFF=1}");
	}

	@Test
	void causesSayWhy() {
		assertThat(CancellationCause.groupFailure("a").describe()).isEqualTo("'a' failed");
		assertThat(CancellationCause.dependency("a").describe()).isEqualTo("'a', which it depends on, failed");
		assertThat(CancellationCause.parent(CancellationCause.groupFailure("a")).describe())
			.isEqualTo("the group around it: 'a' failed");
		assertThat(CancellationCause.parent(null).describe()).isEqualTo("the group around it is stopping");
		assertThat(CancellationCause.SHUTDOWN).hasToString("SHUTDOWN (the group is stopping)");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new CancellationCause(CancellationCause.Kind.GROUP_FAILURE, null, null));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new CancellationCause(CancellationCause.Kind.SHUTDOWN, "a", null));
	}

	/**
	 * What is thrown there, as from a bean that cannot be created yet, said nothing of
	 * whose it is.
	 */
	@Test
	void serviceThatCannotSayWhetherItAnnouncesItsReadinessIsNamed() {
		IllegalStateException thrown = new IllegalStateException("no database");
		ServiceGroup.Builder builder = ServiceGroup.builder("links").service("crawler", new Undecided(thrown));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(builder::build)
			.withMessageContaining("'crawler'")
			.withMessageContaining("announcesReadiness")
			.havingRootCause()
			.isSameAs(thrown);
	}

	@Test
	void addedServiceThatCannotSayWhetherItAnnouncesItsReadinessIsNamed() {
		AssertionError thrown = new AssertionError("no database");
		ServiceGroup group = ServiceGroup.builder("links").build();
		assertThatExceptionOfType(Throwable.class)
			.isThrownBy(() -> group.add(ServiceDefinition.of("crawler", new Undecided(thrown))).get())
			.satisfies((ex) -> assertThat(ex).hasStackTraceContaining("'crawler'").hasRootCause(thrown));
		assertThat(group.services()).isEmpty();
	}

	private static ServiceGroupException error(int services, ServiceFailure... failures) {
		return new ServiceGroupException(List.of(failures), services);
	}

	private static ServiceFailure failure(String service, Throwable cause) {
		return new ServiceFailure(service, 1, cause, NOW);
	}

	private static ServiceFailure[] failures(int count) {
		IOException gone = new IOException("gone");
		return IntStream.range(0, count).mapToObj((i) -> failure("s" + i, gone)).toArray(ServiceFailure[]::new);
	}

	private static final class Undecided implements Service {

		private final Throwable thrown;

		Undecided(Throwable thrown) {
			this.thrown = thrown;
		}

		@Override
		public void run(ServiceContext context) {
		}

		@Override
		public boolean announcesReadiness() {
			if (this.thrown instanceof Error error) {
				throw error;
			}
			throw (RuntimeException) this.thrown;
		}

	}

}
