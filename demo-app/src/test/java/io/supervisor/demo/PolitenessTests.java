package io.supervisor.demo;

import java.net.URI;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Politeness}.
 */
class PolitenessTests {

	/**
	 * So late that the nanoseconds overflow.
	 */
	private static final long START = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos();

	private static final URI HERE = URI.create("http://127.0.0.1:8080/");

	private static final URI ONE = URI.create("http://192.0.2.1/a");

	private static final URI TWO = URI.create("http://192.0.2.2/b");

	private long now = START;

	@Test
	void firstRequestNeedsNoWait() {
		assertThat(politeness(Duration.ofSeconds(3)).reserve(ONE)).isZero();
	}

	@Test
	void secondRequestToTheSameHostWaits() {
		Politeness politeness = politeness(Duration.ofSeconds(3));
		politeness.reserve(ONE);
		assertThat(politeness.reserve(ONE)).hasSeconds(3);
		assertThat(politeness.reserve(TWO)).isZero();
		assertThat(politeness.reserve(ONE)).hasSeconds(6);
	}

	@Test
	void timeThatHasPassedCounts() {
		Politeness politeness = politeness(Duration.ofSeconds(3));
		politeness.reserve(ONE);
		this.now = START + Duration.ofSeconds(2).toNanos();
		assertThat(politeness.reserve(ONE)).hasSeconds(1);
		this.now = START + Duration.ofSeconds(60).toNanos();
		assertThat(politeness.reserve(ONE)).isZero();
	}

	@Test
	void defaultIsOneSecondButNothingForThisMachine() {
		Politeness politeness = politeness(null);
		politeness.reserve(ONE);
		politeness.reserve(HERE);
		assertThat(politeness.reserve(ONE)).hasSeconds(1);
		assertThat(politeness.reserve(HERE)).isZero();
	}

	@Test
	void chosenDelayHoldsForThisMachineToo() {
		Politeness politeness = politeness(Duration.ofSeconds(3));
		politeness.reserve(HERE);
		assertThat(politeness.reserve(HERE)).hasSeconds(3);
	}

	private Politeness politeness(@Nullable Duration delay) {
		return new Politeness(() -> this.now, delay);
	}

}
