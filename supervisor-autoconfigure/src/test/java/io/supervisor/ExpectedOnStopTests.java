package io.supervisor;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a service throws when it is stopped, and is known for (rule 8).
 */
class ExpectedOnStopTests {

	static final Throwable[] EXPECTED = { new IOException("closed"), new FileNotFoundException("closed"),
			new IllegalStateException(new IOException("closed")) };

	@ParameterizedTest
	@FieldSource("EXPECTED")
	void rule08_whatIsExpectedOnStopIsAnEcho(Throwable thrown) {
		Simulation simulation = expecting("java.io.IOException").start();
		simulation.group().stop();
		simulation.settle().fail("a", thrown);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	@ParameterizedTest
	@FieldSource("EXPECTED")
	void rule08_whatIsExpectedOnStopIsAFailureWithoutACancel(Throwable thrown) {
		Simulation simulation = expecting("java.io.IOException").start().fail("a", thrown);
		assertThat(simulation.group().failure().orElseThrow()).hasCause(thrown);
	}

	@Test
	void rule08_whatElseIsThrownOnStopIsASecondaryFailure() {
		Simulation simulation = expecting("java.io.FileNotFoundException", "org.example.NotThere").start();
		simulation.group().stop();
		simulation.settle().fail("a", new IOException("data lost"));
		assertThat(simulation.group().snapshot().failures()).hasSize(1);
	}

	@Test
	void rule08_whatAnExpectedOneHasSuppressedIsJudgedByItself() {
		IOException thrown = new IOException("closed");
		IllegalStateException lost = new IllegalStateException("data lost");
		thrown.addSuppressed(lost);
		Simulation simulation = expecting("java.io.IOException").start();
		simulation.group().stop();
		simulation.settle().fail("a", thrown);
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause).containsExactly(lost);
	}

	@Test
	void defaultsAreThoseOfKafka() {
		assertThat(ServicePolicy.defaults().expectedOnStop()).containsExactlyInAnyOrder(
				"org.apache.kafka.common.errors.WakeupException", "org.apache.kafka.common.errors.InterruptException");
	}

	private static Simulation expecting(String... names) {
		return new Simulation().service("a", (policy) -> policy.expectedOnStop(Set.of(names)));
	}

}
