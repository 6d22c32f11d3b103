package io.supervisor;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a listener is told that is too far behind to be told of everything (rule 25).
 */
class MissedEventsTests {

	/**
	 * What there is to be told of at the start, of each failure with the start after it,
	 * and of the stop.
	 */
	private static final int START = 8;

	private static final int FAILURE = 4;

	private static final int STOP = 6;

	@Test
	void rule25_listenerThatIsFarBehindIsToldOnceHowManyEventsItMissed() {
		int failures = 6000;
		int events = START + FAILURE * failures + STOP;
		CountDownLatch release = new CountDownLatch(1);
		AtomicInteger told = new AtomicInteger();
		AtomicInteger all = new AtomicInteger();
		List<Long> missed = new CopyOnWriteArrayList<>();
		Simulation simulation = failing(new Counting(all, new CountDownLatch(0), missed),
				new Counting(told, release, missed));
		for (int i = 0; i < failures; i++) {
			failAndStart(simulation);
			int lately = FAILURE * i - 1000;
			if (i % 100 == 0) {
				Awaitility.await().until(() -> all.get() > lately);
			}
		}
		simulation.group().stop();
		simulation.settle().endCancelled();
		Awaitility.await().until(() -> all.get() == events);
		assertThat(missed).as("of the one that is in time").isEmpty();
		release.countDown();
		Awaitility.await().until(() -> told.get() + missed.stream().mapToLong(Long::longValue).sum() == events);
		assertThat(missed).hasSize(1);
	}

	@Test
	void rule25_listenerThatIsNotFarBehindIsToldOfEverything() {
		int failures = 2000;
		CountDownLatch release = new CountDownLatch(1);
		AtomicInteger told = new AtomicInteger();
		List<Long> missed = new CopyOnWriteArrayList<>();
		Simulation simulation = failing(new Counting(told, release, missed));
		for (int i = 0; i < failures; i++) {
			failAndStart(simulation);
		}
		release.countDown();
		Awaitility.await().until(() -> told.get() == START + FAILURE * failures);
		assertThat(missed).isEmpty();
	}

	private static void failAndStart(Simulation simulation) {
		simulation.fail("a", new IOException("gone"));
		simulation.group().start("a");
		simulation.settle();
	}

	private static Simulation failing(ServiceGroupListener... listeners) {
		Simulation simulation = Simulation.of("steady").service("a", (policy) -> policy.critical(false));
		for (ServiceGroupListener listener : listeners) {
			simulation.with((builder) -> builder.listener(listener));
		}
		return simulation.start();
	}

	/**
	 * Counts what it is told of, once it may.
	 */
	private static final class Counting implements ServiceGroupListener {

		private final AtomicInteger told;

		private final CountDownLatch may;

		private final List<Long> missed;

		Counting(AtomicInteger told, CountDownLatch may, List<Long> missed) {
			this.told = told;
			this.may = may;
			this.missed = missed;
		}

		@Override
		public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
			count();
		}

		@Override
		public void groupStateChanged(GroupState from, GroupSnapshot group) {
			count();
		}

		private void count() {
			try {
				this.may.await();
			}
			catch (InterruptedException ex) {
				throw new AssertionError(ex);
			}
			this.told.incrementAndGet();
		}

		@Override
		public void eventsMissed(long count) {
			this.missed.add(count);
		}

	}

}
