package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

/**
 * A group on real threads.
 */
@Timeout(60)
@ExtendWith(SilentLog.class)
class ServiceGroupTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	@Test
	void runWorksInThreeLines() {
		BlockingQueue<String> done = new LinkedBlockingQueue<>();
		ServiceGroup.builder("links")
			.service("crawler", (context) -> done.add("crawler"))
			.service("indexer", (context) -> done.add("indexer"))
			.build()
			.run();
		assertThat(done).containsExactlyInAnyOrder("crawler", "indexer");
	}

	@Test
	void runReturnsWhenEveryThreadHasEnded() {
		AtomicInteger ended = new AtomicInteger();
		CountDownLatch running = new CountDownLatch(2);
		Service slow = (context) -> {
			running.countDown();
			context.awaitCancellation();
			ended.incrementAndGet();
		};
		ServiceGroup group = ServiceGroup.builder("links")
			.service("a", slow)
			.service("b", slow)
			.service("c", (context) -> {
				running.await();
				throw new IOException("gone");
			})
			.build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(group::run)
			.withMessage("c: java.io.IOException: gone");
		assertThat(ended).hasValue(2);
	}

	@Test
	void startRunsOnAThreadThatKeepsTheMachineAlive() throws Exception {
		CompletableFuture<Thread> loop = new CompletableFuture<>();
		ServiceGroup group = ServiceGroup.builder("links").executor((run) -> {
			loop.complete(Thread.currentThread());
			new Thread(run).start();
		}, false).service("a", ServiceContext::awaitCancellation).build();
		group.start();
		assertThat(loop.get(30, TimeUnit.SECONDS).isDaemon()).isFalse();
		assertThat(loop.get().getName()).isEqualTo("supervisor links");
		stop(group);
		loop.get().join(30_000);
		assertThat(loop.get().isAlive()).isFalse();
	}

	@Test
	void startByAThreadOfTheExecutorThatIsGiven() throws Exception {
		CompletableFuture<Thread> runner = new CompletableFuture<>();
		ServiceGroup group = ServiceGroup.builder("links")
			.runner((claimed) -> new Thread(claimed, "mine").start())
			.executor((run) -> {
				runner.complete(Thread.currentThread());
				new Thread(run).start();
			}, false)
			.service("a", ServiceContext::awaitCancellation)
			.build();
		group.start();
		assertThat(runner.get(30, TimeUnit.SECONDS).getName()).isEqualTo("mine");
		stop(group);
	}

	@Test
	void startThatIsRefusedClaimsNothing() {
		ServiceGroup group = ServiceGroup.builder("links").runner((claimed) -> {
			throw new RejectedExecutionException("full");
		}).service("a", (context) -> {
		}).build();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(group::start);
		group.run();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void startKeepsItsErrorForTheReader() throws Exception {
		IOException gone = new IOException("gone");
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			throw gone;
		}).build();
		assertThat(group.failure()).isEmpty();
		group.start();
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(group.failure().orElseThrow()).hasCause(gone);
	}

	@Test
	void oneOfTwoClaimsAtOnceSucceeds() throws Exception {
		for (int round = 0; round < 50; round++) {
			ServiceGroup group = ServiceGroup.builder("links").service("a", ServiceContext::awaitCancellation).build();
			CyclicBarrier barrier = new CyclicBarrier(2);
			AtomicInteger refused = new AtomicInteger();
			Runnable start = () -> {
				try {
					barrier.await();
					group.start();
				}
				catch (IllegalStateException ex) {
					refused.incrementAndGet();
				}
				catch (Exception ex) {
					throw new AssertionError(ex);
				}
			};
			Thread other = new Thread(start);
			other.start();
			start.run();
			other.join();
			assertThat(refused).hasValue(1);
			stop(group);
		}
	}

	@Test
	void runsAgainAndAgainInDifferentThreads() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			if (context.attempt() % 2 == 0) {
				throw new IOException("even");
			}
		}).build();
		for (int attempt = 1; attempt <= 100; attempt++) {
			CompletableFuture<Boolean> failed = new CompletableFuture<>();
			Thread thread = new Thread(() -> {
				try {
					group.run();
					failed.complete(false);
				}
				catch (ServiceGroupException ex) {
					failed.complete(true);
				}
			});
			thread.start();
			assertThat(failed.get(30, TimeUnit.SECONDS)).isEqualTo(attempt % 2 == 0);
			assertThat(group.service("a").orElseThrow().attempt()).isEqualTo(attempt);
			thread.join();
		}
	}

	@Test
	void resumeTakesUpOnlyWhatTheStopEnded() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("completed", (context) -> {
		}).service(ServiceDefinition.builder("failed", (context) -> {
			throw new IOException("gone");
		}).policy(ServicePolicy.builder().critical(false).build()).build())
			.service("stoppedByHand", ServiceContext::awaitCancellation)
			.service("running", ServiceContext::awaitCancellation)
			.build();
		group.start();
		assertThat(group.awaitReady(LONG)).isTrue();
		assertThat(group.awaitState("completed", ServiceState::isTerminal, LONG)).isTrue();
		assertThat(group.awaitState("failed", ServiceState::isTerminal, LONG)).isTrue();
		group.stop("stoppedByHand").get(30, TimeUnit.SECONDS);
		stop(group);
		group.resume();
		assertThat(group.awaitReady(LONG)).isTrue();
		assertThat(group.services()).extracting(ServiceSnapshot::state)
			.containsExactly(ServiceState.COMPLETED, ServiceState.FAILED, ServiceState.STOPPED, ServiceState.RUNNING);
		assertThat(group.services()).extracting(ServiceSnapshot::attempt).containsExactly(1, 1, 1, 2);
		stop(group);
		group.start();
		assertThat(group.awaitState("stoppedByHand", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		stop(group);
	}

	@Test
	void waitsAreOverWhenTheirTimeIs() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links")
			.service("a", Service.announcing(ServiceContext::awaitCancellation))
			.build();
		assertThat(group.awaitReady(Duration.ZERO)).isFalse();
		assertThat(group.awaitTermination(Duration.ZERO)).isFalse();
		assertThat(group.awaitState("a", (state) -> state == ServiceState.NEW, Duration.ZERO)).isTrue();
		group.start();
		assertThat(group.awaitReady(Duration.ofMillis(1))).isFalse();
		assertThat(group.awaitTermination(Duration.ofMillis(1))).isFalse();
		assertThat(group.awaitState("a", ServiceState::isTerminal, Duration.ofMillis(1))).isFalse();
		stop(group);
		assertThat(group.awaitReady(LONG)).isFalse();
		assertThatIllegalArgumentException().isThrownBy(() -> group.awaitReady(Duration.ofMillis(-1)));
	}

	@Test
	void waitForReadinessEndsWhenTheStartFails() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", Service.announcing((context) -> {
			throw new IOException("gone");
		})).build();
		group.start();
		assertThat(group.awaitReady(LONG)).isFalse();
		assertThat(group.awaitTermination(LONG)).isTrue();
	}

	/**
	 * Such as one that takes a lock, or logs. It once used up the wake-up for a state
	 * that it had not seen, and the wait went on for ever.
	 */
	@Test
	@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void waitForAStateEndsAlthoughTheTestParks() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", ServiceContext::awaitCancellation).build();
		assertThat(group.awaitState("a", (state) -> {
			if (state == ServiceState.NEW) {
				group.start();
				while (group.snapshot().state() != GroupState.RUNNING) {
					Thread.onSpinWait();
				}
				LockSupport.parkNanos(1);
			}
			return state == ServiceState.RUNNING;
		}, Duration.ofDays(1))).isTrue();
		stop(group);
	}

	@Test
	void waitMayBeInterrupted() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").build();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> group.awaitReady(LONG));
		assertThat(Thread.interrupted()).isFalse();
	}

	@Test
	void waitForAServiceThatIsUnknownOrRemovedIsAnError() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
		}).service("b", ServiceContext::awaitCancellation).build();
		assertThatExceptionOfType(NoSuchElementException.class)
			.isThrownBy(() -> group.awaitState("x", (state) -> true, LONG))
			.withMessage("There is no service 'x' in 'links'");
		group.start();
		assertThat(group.awaitState("a", (state) -> state == ServiceState.COMPLETED, LONG)).isTrue();
		CountDownLatch waiting = new CountDownLatch(1);
		CompletableFuture<Throwable> thrown = new CompletableFuture<>();
		new Thread(() -> {
			try {
				group.awaitState("a", (state) -> {
					waiting.countDown();
					return false;
				}, Duration.ofDays(1));
			}
			catch (Throwable ex) {
				thrown.complete(ex);
			}
		}).start();
		waiting.await();
		group.remove("a").get(30, TimeUnit.SECONDS);
		assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(NoSuchElementException.class);
		stop(group);
	}

	@Test
	void everyWaiterIsWoken() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", ServiceContext::awaitCancellation).build();
		BlockingQueue<Boolean> woken = new LinkedBlockingQueue<>();
		for (int i = 0; i < 10; i++) {
			new Thread(() -> {
				try {
					woken.add(group.awaitReady(Duration.ofDays(100_000)));
					woken.add(group.awaitState("a", ServiceState::isTerminal, Duration.ofDays(100_000)));
					woken.add(group.awaitTermination(Duration.ofDays(100_000)));
				}
				catch (InterruptedException ex) {
					throw new AssertionError(ex);
				}
			}).start();
		}
		group.start();
		for (int i = 0; i < 10; i++) {
			assertThat(woken.poll(30, TimeUnit.SECONDS)).isTrue();
		}
		stop(group);
		for (int i = 0; i < 20; i++) {
			assertThat(woken.poll(30, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void threadIsLeftAsItWasFound() throws Exception {
		CompletableFuture<String> name = new CompletableFuture<>();
		ServiceGroup.builder("links").executor((run) -> new Thread(() -> {
			run.run();
			name.complete(Thread.currentThread().getName());
		}, "mine").start()).service("a", (context) -> {
		}).build().run();
		assertThat(name.get(30, TimeUnit.SECONDS)).isEqualTo("mine");
	}

	@Test
	void thousandRestartsLeaveNoThreads() throws Exception {
		AtomicInteger alive = new AtomicInteger();
		CountDownLatch enough = new CountDownLatch(1000);
		RestartPolicy atOnce = RestartPolicy.always()
			.toBuilder()
			.delay(Duration.ZERO)
			.maxRestarts(RestartPolicy.UNLIMITED)
			.build();
		ServiceGroup group = ServiceGroup.builder("links")
			.defaults(ServicePolicy.builder().restart(atOnce).build())
			.executor((run) -> new Thread(() -> {
				alive.incrementAndGet();
				run.run();
				alive.decrementAndGet();
			}).start())
			.service("a", (context) -> enough.countDown())
			.build();
		group.start();
		assertThat(enough.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(alive).hasValueLessThan(50);
		stop(group);
	}

	/**
	 * Four threads command a group of services that come, go, fail and restart; whatever
	 * they do, every command is answered and the group ends when it is asked to.
	 */
	@Test
	void commandsOfManyThreadsAreAllAnswered() throws Exception {
		for (int round = 0; round < 20; round++) {
			commandByManyThreads(round);
		}
	}

	private void commandByManyThreads(long seed) throws Exception {
		RestartPolicy atOnce = RestartPolicy.always().toBuilder().delay(Duration.ZERO).build();
		ServicePolicy policy = ServicePolicy.builder()
			.critical(false)
			.gracePeriod(Duration.ofMillis(1))
			.restart(atOnce)
			.build();
		ServiceGroup.Builder builder = ServiceGroup.builder("links");
		for (int i = 0; i < 5; i++) {
			ServiceDefinition.Builder definition = ServiceDefinition.builder("s" + i, (context) -> {
				int kind = (context.attempt() + context.serviceName().charAt(1)) % 4;
				switch (kind) {
					case 0 -> throw new IOException("gone");
					case 1 -> context.awaitCancellation();
					case 2 -> context.interruptibly(() -> new LinkedBlockingQueue<>().take());
					default -> {
					}
				}
			}).policy(policy);
			builder.service(((i > 0) ? definition.dependsOn("s" + (i - 1)) : definition).build());
		}
		ServiceGroup group = builder.build();
		group.start();
		BlockingQueue<Future<ServiceSnapshot>> results = new LinkedBlockingQueue<>();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			Random random = new Random(seed * 4 + i);
			Thread thread = new Thread(() -> {
				for (int n = 0; n < 100; n++) {
					String name = "s" + random.nextInt(5);
					Future<ServiceSnapshot> result = switch (random.nextInt(3)) {
						case 0 -> group.start(name);
						case 1 -> group.stop(name);
						default -> group.restart(name);
					};
					results.add(result);
				}
			});
			threads.add(thread);
			thread.start();
		}
		for (Thread thread : threads) {
			thread.join();
		}
		group.stop();
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(results).hasSize(400);
		for (Future<ServiceSnapshot> result : results) {
			assertAnswered(result);
		}
		assertThat(group.services()).allMatch((service) -> service.state().isTerminal());
		assertThat(group.snapshot().failures()).extracting(ServiceFailure::service).doesNotContain("supervisor");
	}

	@Test
	void threadOfAPoolHasItsLoggingContextBack() throws Exception {
		ExecutorService pool = Executors.newSingleThreadExecutor();
		try {
			pool.submit(() -> MDC.put("pool", "own")).get();
			Map<String, String> seen = new ConcurrentHashMap<>();
			ServiceGroup.builder("links").executor(pool).service("a", (context) -> {
				seen.putAll(MDC.getCopyOfContextMap());
				MDC.put("service", "left behind");
			}).build().run();
			assertThat(seen).containsOnly(entry("pool", "own"), entry("supervisor.service", "a"),
					entry("supervisor.attempt", "1"));
			assertThat(pool.submit(MDC::getCopyOfContextMap).get()).containsOnly(entry("pool", "own"));
		}
		finally {
			pool.shutdown();
		}
	}

	private static void assertAnswered(Future<ServiceSnapshot> result) throws Exception {
		try {
			assertThat(result.get(30, TimeUnit.SECONDS)).isNotNull();
		}
		catch (ExecutionException ex) {
			assertThat(ex).hasCauseInstanceOf(IllegalStateException.class);
		}
	}

	private static void stop(ServiceGroup group) throws InterruptedException {
		group.stop();
		assertThat(group.awaitTermination(LONG)).isTrue();
	}

}
