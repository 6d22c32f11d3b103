package io.supervisor.demo.faults;

import java.time.Duration;
import java.util.Locale;
import java.util.Random;

import org.awaitility.Awaitility;

/**
 * Random moments that can be had again: {@code -Ddemo.faults.seed} with the seed that was
 * printed.
 */
final class Chance {

	/**
	 * How often each fault happens, {@code -Ddemo.faults.rounds}.
	 */
	static final int ROUNDS = Integer.getInteger("demo.faults.rounds", 1);

	private static final long SEED = Long.getLong("demo.faults.seed", System.currentTimeMillis());

	private final Random random = new Random(SEED);

	Chance(Class<?> test) {
		System.out.printf(Locale.ROOT, "%s: -Ddemo.faults.seed=%d -Ddemo.faults.rounds=%d%n", test.getSimpleName(),
				SEED, ROUNDS);
	}

	/**
	 * Let some time pass.
	 * @param most how much at most
	 */
	void pass(Duration most) {
		passExactly(Duration.ofMillis(this.random.nextLong(most.toMillis() + 1)));
	}

	void passExactly(Duration time) {
		Awaitility.await().pollDelay(time).atMost(time.plusMinutes(1)).until(() -> true);
	}

}
