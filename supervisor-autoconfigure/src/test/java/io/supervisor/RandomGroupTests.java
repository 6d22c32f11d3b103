package io.supervisor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.fail;

/**
 * Thousands of random groups. What fails is played again alone by
 * {@code -DargLine="-Dsupervisor.seed=… -Dsupervisor.groups=1"}.
 */
@ExtendWith(SilentLog.class)
class RandomGroupTests {

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
