package io.supervisor;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * A hundred thousand random trees of groups in simulated time, each before a
 * {@linkplain Judge judge}. What fails is played again alone by
 * {@code -Dsupervisor.seed=… -Dsupervisor.groups=1}; a larger number of groups takes
 * longer.
 */
@Tag("longer")
@ExtendWith(SilentLog.class)
class RandomGroupTests {

	private static final int GROUPS = 10_000;

	/**
	 * No seed.
	 */
	private static final long NONE = Long.MIN_VALUE;

	@Test
	@Timeout(value = 1, unit = TimeUnit.DAYS)
	void everyRandomGroupKeepsTheRules() throws Exception {
		long first = Long.getLong("supervisor.seed", 1);
		int groups = Integer.getInteger("supervisor.groups", GROUPS);
		Coverage coverage = new Coverage();
		ForkJoinPool pool = new ForkJoinPool(Runtime.getRuntime().availableProcessors());
		try {
			long failed = pool.submit(() -> firstThatFails(first, groups, coverage)).get();
			if (failed != NONE) {
				fail("Play it alone by -Dsupervisor.seed=%s -Dsupervisor.groups=1\n%s".formatted(failed,
						RandomGroups.read(failed)), new RandomGroups().apply(failed));
			}
		}
		finally {
			pool.shutdownNow();
		}
		System.out.println("Random groups: " + coverage);
		if (groups >= GROUPS) {
			assertThat(coverage.unseen()).as("what no group came across").isEmpty();
		}
	}

	private static long firstThatFails(long first, int groups, Coverage coverage) {
		RandomGroups random = new RandomGroups(coverage);
		return LongStream.range(first, first + groups)
			.parallel()
			.filter((seed) -> random.apply(seed) != null)
			.findAny()
			.orElse(NONE);
	}

}
