package io.supervisor;

import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * The restart decision and the delay as what they are: pure functions.
 */
class RestartPolicyTests {

	private static final long SECOND = 1_000_000_000L;

	/**
	 * Near the overflow of the clock, which nobody should notice.
	 */
	private static final long NOW = Long.MIN_VALUE + 5 * SECOND;

	/**
	 * The whole table: mode × exit × restarts in a row × how long the run was ready (a
	 * dash: never), with at most 2 restarts and a reset after 60 s.
	 */
	@ParameterizedTest
	@CsvSource(textBlock = """
			# mode,     exit,          in a row, ready for, decision
			NEVER,      COMPLETED,     0,        -,         COMPLETE 0
			NEVER,      COMPLETED,     2,        60,        COMPLETE 0
			NEVER,      FAILED,        0,        -,         FAIL 0
			NEVER,      FAILED,        2,        60,        FAIL 0
			NEVER,      UNRECOVERABLE, 0,        -,         FAIL 0
			NEVER,      UNRECOVERABLE, 2,        60,        FAIL 0
			ON_FAILURE, COMPLETED,     0,        -,         COMPLETE 0
			ON_FAILURE, COMPLETED,     2,        0,         COMPLETE 0
			ON_FAILURE, FAILED,        0,        -,         RESTART 1
			ON_FAILURE, FAILED,        0,        60,        RESTART 1
			ON_FAILURE, FAILED,        1,        -,         RESTART 2
			ON_FAILURE, FAILED,        1,        59,        RESTART 2
			ON_FAILURE, FAILED,        1,        60,        RESTART 1
			ON_FAILURE, FAILED,        2,        -,         BUDGET_SPENT 3
			ON_FAILURE, FAILED,        2,        59,        BUDGET_SPENT 3
			ON_FAILURE, FAILED,        2,        60,        RESTART 1
			ON_FAILURE, FAILED,        2,        9999,      RESTART 1
			ON_FAILURE, UNRECOVERABLE, 0,        -,         FAIL 0
			ON_FAILURE, UNRECOVERABLE, 2,        60,        FAIL 0
			ALWAYS,     COMPLETED,     0,        -,         RESTART 1
			ALWAYS,     COMPLETED,     1,        59,        RESTART 2
			ALWAYS,     COMPLETED,     2,        59,        BUDGET_SPENT 3
			ALWAYS,     COMPLETED,     2,        60,        RESTART 1
			ALWAYS,     FAILED,        0,        -,         RESTART 1
			ALWAYS,     FAILED,        2,        -,         BUDGET_SPENT 3
			ALWAYS,     FAILED,        2,        60,        RESTART 1
			ALWAYS,     UNRECOVERABLE, 0,        -,         FAIL 0
			ALWAYS,     UNRECOVERABLE, 2,        60,        FAIL 0
			""")
	void decides(RestartPolicy.Mode mode, ServiceExit exit, int inARow, String readyFor, String decision) {
		boolean ready = !readyFor.equals("-");
		long readySince = ready ? NOW - Long.parseLong(readyFor) * SECOND : 0;
		RestartPolicy policy = RestartPolicy.builder().mode(mode).maxRestarts(2).build();
		RestartDecision decided = policy.decide(exit, new RestartHistory(inARow, ready, readySince), NOW);
		assertThat(decided.kind() + " " + decided.count()).isEqualTo(decision);
	}

	@ParameterizedTest
	@EnumSource(names = { "COMPLETED", "FAILED" })
	void withoutALimitTheBudgetIsNeverSpent(ServiceExit exit) {
		RestartPolicy policy = RestartPolicy.always().toBuilder().maxRestarts(RestartPolicy.UNLIMITED).build();
		assertThat(policy.decide(exit, new RestartHistory(1_000_000, false, 0), NOW))
			.isEqualTo(RestartDecision.restart(1_000_001));
	}

	@Test
	void withoutRestartsTheFirstFailureSpendsTheBudget() {
		RestartPolicy policy = RestartPolicy.onFailure().toBuilder().maxRestarts(0).build();
		assertThat(policy.decide(ServiceExit.FAILED, new RestartHistory(0, false, 0), NOW))
			.isEqualTo(RestartDecision.budgetSpent(1));
	}

	@Test
	void budgetIsNeverClearedWithoutAnEndOfResetAfter() {
		RestartPolicy policy = RestartPolicy.onFailure().toBuilder().resetAfter(Duration.ofDays(50_000)).build();
		assertThat(policy.decide(ServiceExit.FAILED, new RestartHistory(5, true, NOW - Long.MAX_VALUE / 2), NOW))
			.isEqualTo(RestartDecision.budgetSpent(6));
	}

	@ParameterizedTest
	@CsvSource({ "1, 1", "2, 2", "3, 4", "4, 8", "5, 16", "6, 32" })
	void delayDoublesWithinItsJitter(int restart, int seconds) {
		RestartPolicy policy = RestartPolicy.onFailure();
		assertThat(policy.delayNanos(restart, 0.5)).isEqualTo(seconds * SECOND);
		assertThat(policy.delayNanos(restart, 0)).isEqualTo(seconds * SECOND * 8 / 10);
		assertThat(policy.delayNanos(restart, 1)).isEqualTo(seconds * SECOND * 12 / 10);
	}

	@Test
	void delayNeverExceedsItsCapAndIsNeverNegative() {
		Random random = new Random(1);
		RestartPolicy policy = RestartPolicy.onFailure();
		for (int restart : new int[] { 1, 6, 7, 8, 100, 1100, 1_000_000, Integer.MAX_VALUE }) {
			for (int i = 0; i < 100; i++) {
				assertThat(policy.delayNanos(restart, random.nextDouble())).isBetween(1L, 60 * SECOND);
			}
			assertThat(policy.delayNanos(restart, 1)).isLessThanOrEqualTo(60 * SECOND);
		}
		assertThat(policy.delayNanos(8, 0)).as("jitter at the cap").isEqualTo(48 * SECOND);
	}

	@Test
	void delayOfZeroStaysZero() {
		RestartPolicy policy = RestartPolicy.builder().delay(Duration.ZERO).maxDelay(Duration.ZERO).build();
		assertThat(IntStream.range(1, 2000).mapToLong((restart) -> policy.delayNanos(restart, 0.7))).containsOnly(0L);
	}

	@Test
	void delayOfZeroWithACapStaysZeroHoweverManyRestarts() {
		RestartPolicy policy = RestartPolicy.builder().delay(Duration.ZERO).build();
		assertThat(policy.delayNanos(5000, 0.5)).isZero();
	}

	@Test
	void multiplierOfOneKeepsTheDelay() {
		RestartPolicy policy = RestartPolicy.builder().multiplier(1).build();
		assertThat(policy.delayNanos(1000, 0.5)).isEqualTo(SECOND);
	}

	@Test
	void defaults() {
		assertThat(RestartPolicy.never().mode()).isEqualTo(RestartPolicy.Mode.NEVER);
		assertThat(RestartPolicy.onFailure()).hasToString(
				"RestartPolicy[mode=ON_FAILURE, scope=SERVICE, exclude=[], delay=PT1S, multiplier=2.0, maxDelay=PT1M, maxRestarts=5, resetAfter=PT1M]");
		RestartPolicy policy = RestartPolicy.always()
			.toBuilder()
			.scope(RestartPolicy.Scope.DEPENDENTS)
			.exclude(Set.of(Error.class))
			.build();
		assertThat(policy.toBuilder().build()).isEqualTo(policy);
	}

	@Test
	void refusesWhatIsOutOfRangeAndSaysWhatItWas() {
		RestartPolicy.Builder builder = RestartPolicy.builder();
		assertThatIllegalArgumentException().isThrownBy(() -> builder.delay(Duration.ofSeconds(-1)).build())
			.withMessage("'restart delay' must not be negative, but is PT-1S");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.delay(Duration.ofSeconds(61)).build())
			.withMessageContaining("raise max-delay");
		builder.delay(Duration.ofSeconds(1));
		for (double multiplier : new double[] { 0.9, -1, Double.NaN, Double.POSITIVE_INFINITY }) {
			assertThatIllegalArgumentException().isThrownBy(() -> builder.multiplier(multiplier).build())
				.withMessage("'restart multiplier' must be at least 1, but is " + multiplier);
		}
		builder.multiplier(1);
		assertThatIllegalArgumentException().isThrownBy(() -> builder.maxRestarts(-2).build())
			.withMessageContaining("-1 for no limit, but is -2");
		builder.maxRestarts(0);
		assertThatIllegalArgumentException().isThrownBy(() -> builder.resetAfter(Duration.ofNanos(-1)).build());
	}

	@Test
	@SuppressWarnings("NullAway")
	void refusesNullAndNamesIt() {
		assertThatNullPointerException().isThrownBy(() -> RestartPolicy.builder().mode(null).build())
			.withMessage("'mode' must not be null");
		assertThatNullPointerException().isThrownBy(() -> RestartPolicy.builder().delay(null).build())
			.withMessage("'restart delay' must not be null");
	}

}
