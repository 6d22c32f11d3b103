package io.supervisor;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Thousands of random groups on real threads, on a machine that has other things to do as
 * well. They leave no thread, no interrupt and no heap behind. A longer run:
 * {@code -Dsupervisor.stress.seconds=600}; what fails is tried again from
 * {@code -Dsupervisor.stress.seed=…}, though the threads may meet otherwise then.
 */
@Tag("longer")
@ExtendWith(SilentLog.class)
class RealThreadsTests {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	/**
	 * How many groups there are between two looks at threads and heap.
	 */
	private static final int BATCH = 500;

	private static final int PLAYERS = 4;

	private final long seconds = Long.getLong("supervisor.stress.seconds", 2);

	private final AtomicLong seeds = new AtomicLong(Long.getLong("supervisor.stress.seed", System.nanoTime()));

	private final AtomicBoolean busy = new AtomicBoolean(true);

	private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

	private final Queue<WeakReference<?>> left = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void load() {
		for (int i = 0; i < 2; i++) {
			Thread load = new Thread(() -> {
				while (this.busy.get()) {
					Thread.onSpinWait();
				}
			}, "load");
			load.setDaemon(true);
			load.start();
		}
	}

	@AfterEach
	void rest() {
		this.busy.set(false);
	}

	@Test
	void groupsOnPlatformThreads() throws InterruptedException {
		play(WatchedThreads.platform());
	}

	@Test
	void groupsOnPooledThreads() throws InterruptedException {
		play(WatchedThreads.pooled());
	}

	@Test
	void groupsOnVirtualThreads() throws InterruptedException {
		@Nullable WatchedThreads threads = WatchedThreads.virtual();
		assumeThat(threads).as("this JDK has no virtual threads").isNotNull();
		play(threads);
	}

	private void play(WatchedThreads threads) throws InterruptedException {
		long start = System.nanoTime();
		long first = this.seeds.get();
		try (threads) {
			do {
				playBatch(threads);
				assertThatNothingIsLeft(threads);
			}
			while (this.failures.isEmpty() && System.nanoTime() - start < Duration.ofSeconds(this.seconds).toNanos());
		}
		System.out.println("Groups under stress: " + (this.seeds.get() - first));
	}

	private void playBatch(WatchedThreads threads) throws InterruptedException {
		AtomicLong turns = new AtomicLong();
		List<Thread> players = new ArrayList<>();
		for (int i = 0; i < PLAYERS; i++) {
			Thread player = new Thread(() -> {
				while (turns.getAndIncrement() < BATCH && this.failures.isEmpty()) {
					play(this.seeds.getAndIncrement(), threads);
				}
			}, "player");
			players.add(player);
			player.start();
		}
		for (Thread player : players) {
			player.join();
		}
		this.failures.forEach((failure) -> fail(failure));
	}

	private void play(long seed, WatchedThreads threads) {
		StressedGroup group = new StressedGroup(seed, threads);
		try {
			group.play();
			this.left.addAll(group.left());
		}
		catch (Throwable ex) {
			this.failures.add(new AssertionError("Seed " + seed + "\n" + group, ex));
		}
	}

	private void assertThatNothingIsLeft(WatchedThreads threads) {
		await().atMost(PATIENCE).until(() -> threads.busy() == 0);
		assertThat(threads.problems()).isEmpty();
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.noneMatch((name) -> name.contains("stress") || name.startsWith("supervisor-")));
		await().atMost(PATIENCE).untilAsserted(() -> {
			System.gc();
			this.left.removeIf((reference) -> reference.get() == null);
			assertThat(this.left).isEmpty();
		});
	}

}
