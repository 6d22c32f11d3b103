package io.supervisor;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.fail;

/**
 * Thousands of random groups. What fails is played again alone by
 * {@code -DargLine="-Dsupervisor.seed=… -Dsupervisor.groups=1"}.
 */
class RandomGroupTests {

	private static final Logger logger = (Logger) LoggerFactory.getLogger(ServiceGroup.class);

	@BeforeAll
	static void silence() {
		logger.setLevel(Level.OFF);
	}

	@AfterAll
	static void speak() {
		logger.setLevel(null);
	}

	@Test
	void everyRandomGroupKeepsTheRules() {
		long seed = Long.getLong("supervisor.seed", 1);
		int groups = Integer.getInteger("supervisor.groups", 2000);
		for (int i = 0; i < groups; i++) {
			play(seed + i);
		}
	}

	private void play(long seed) {
		RandomGroup group = new RandomGroup(seed);
		try {
			group.play();
		}
		catch (Throwable ex) {
			fail("Seed " + seed + "\n" + group, ex);
		}
		finally {
			// the group takes interrupts for its own only while it runs
			Thread.interrupted();
		}
	}

}
