package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What listeners are told, and what they may do (rule 25).
 */
class ListenerTests {

	@Test
	void rule25_eachTransitionOnceAndInOrder() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start()
			.fail("a", new IOException("gone"))
			.advance(Duration.ofSeconds(1));
		simulation.group().stop();
		simulation.settle().end("a");
		assertThat(simulation.trail()).containsExactly("test STARTING", "a WAITING", "a STARTING", "a RUNNING",
				"test RUNNING", "a BACKOFF", "a WAITING", "a STARTING", "a RUNNING", "test STOPPING", "a STOPPING",
				"a STOPPED", "test STOPPED");
		assertThat(simulation.transitions()).allMatch(Simulation.Transition::isLegal);
	}

	@Test
	void rule25_transitionsComeWithTheirReason() {
		BlockingQueue<String> reasons = new LinkedBlockingQueue<>();
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.critical(false).restart(RestartPolicy.onFailure()))
			.service("b", (policy) -> {
			}, "a")
			.with((builder) -> builder.listener(new ServiceGroupListener() {

				@Override
				public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
					service.reason().ifPresent((reason) -> reasons.add(service.name() + ": " + reason));
				}

			}))
			.start()
			.fail("a", new IOException("gone"));
		simulation.group().restart("b");
		simulation.settle().end("b");
		simulation.group().stop();
		simulation.settle().trail();
		assertThat(reasons).containsExactly("b: waiting for 'a'", "a: java.io.IOException: gone",
				"b: it was restarted by hand", "b: waiting for 'a'", "b: the group is stopping",
				"a: the group is stopping");
	}

	@Test
	void rule25_eachListenerHasADaemonThreadOfItsOwn() {
		Set<Thread> threads = ConcurrentHashMap.newKeySet();
		ServiceGroupListener first = new ThreadRecorder(threads);
		ServiceGroupListener second = new ThreadRecorder(threads);
		ServiceGroup.builder("links").service("a", (context) -> {
		}).listener(first).listener(second).build().run();
		assertThat(threads).hasSize(2)
			.allMatch(Thread::isDaemon)
			.allMatch((thread) -> thread.getName().equals("supervisor-listener"))
			.doesNotContain(Thread.currentThread());
	}

	@Test
	void rule25_listenerWhoseThreadDiesIsToldByAnother() throws Exception {
		AtomicReference<Thread> told = new AtomicReference<>();
		AtomicReference<Thread> died = new AtomicReference<>();
		BlockingQueue<GroupState> states = new LinkedBlockingQueue<>();
		ServiceGroup group = ServiceGroup.builder("links").timing(new DelegatingTiming() {

			@Override
			public void park(Object blocker, long nanos) {
				if (Thread.currentThread() == told.get() && died.compareAndSet(null, Thread.currentThread())) {
					// what nobody catches, Surefire takes for a fault of its own
					Thread.currentThread().setUncaughtExceptionHandler((thread, ex) -> {
					});
					throw new OutOfMemoryError("planted");
				}
				super.park(blocker, nanos);
			}

		}, () -> 0).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				told.set(Thread.currentThread());
				states.add(snapshot.state());
			}

		}).service("a", ServiceContext::awaitCancellation).build();
		group.start();
		Awaitility.await().until(() -> died.get() != null && !died.get().isAlive());
		group.stop();
		Awaitility.await().until(() -> states.contains(GroupState.STOPPED));
		assertThat(states).containsExactly(GroupState.STARTING, GroupState.RUNNING, GroupState.STOPPING,
				GroupState.STOPPED);
	}

	/**
	 * Time stands still, so that only being told ends the wait.
	 */
	@Test
	void rule25_twoRunsThatWaitForOneListenerAreBothTold() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		Set<Thread> waiting = ConcurrentHashMap.newKeySet();
		ServiceGroup group = ServiceGroup.builder("links").timing(new DelegatingTiming() {

			@Override
			public long nanoTime() {
				return 0;
			}

			@Override
			public void park(Object blocker, long nanos) {
				if (blocker instanceof ListenerThread && nanos != Durations.NONE) {
					waiting.add(Thread.currentThread());
				}
				super.park(blocker, Durations.NONE);
			}

		}, () -> 0).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				awaitUninterruptibly(release);
			}

		}).build();
		for (int runs = 1; runs <= 2; runs++) {
			group.start();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			Awaitility.await().until(waiting::size, Predicate.isEqual(runs));
		}
		release.countDown();
		for (Thread thread : waiting) {
			thread.join(30_000);
			assertThat(thread.isAlive()).as("waits on").isFalse();
		}
	}

	@Test
	void rule25_slowListenerDelaysNothingButItself() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		List<GroupState> slow = new CopyOnWriteArrayList<>();
		List<GroupState> fast = new CopyOnWriteArrayList<>();
		ServiceGroup group = ServiceGroup.builder("links")
			.service("a", ServiceContext::awaitCancellation)
			.listener(new ServiceGroupListener() {

				@Override
				public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
					awaitUninterruptibly(release);
					slow.add(snapshot.state());
				}

			})
			.listener(new ServiceGroupListener() {

				@Override
				public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
					fast.add(snapshot.state());
				}

			})
			.build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		Awaitility.await().until(() -> fast.contains(GroupState.STOPPED));
		assertThat(slow).isEmpty();
		release.countDown();
		Awaitility.await().until(() -> slow.contains(GroupState.STOPPED));
		assertThat(slow).isEqualTo(fast)
			.containsExactly(GroupState.STARTING, GroupState.RUNNING, GroupState.STOPPING, GroupState.STOPPED);
	}

	/**
	 * Everything was kept for it, without a bound.
	 */
	@Test
	void rule25_listenerThatIsFarBehindGoesOnWithTheLatestOfEachService() {
		CountDownLatch release = new CountDownLatch(1);
		List<ServiceSnapshot> told = new CopyOnWriteArrayList<>();
		List<GroupState> states = new CopyOnWriteArrayList<>();
		Simulation simulation = new Simulation().service("a", (policy) -> policy.critical(false))
			.service("b", (policy) -> policy.critical(false))
			.service("steady", (policy) -> {
			})
			.with((builder) -> builder.listener(new ServiceGroupListener() {

				private final List<ServiceSnapshot> own = new ArrayList<>();

				@Override
				public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
					this.own.add(service);
				}

				@Override
				public void groupStateChanged(GroupState from, GroupSnapshot group) {
					awaitUninterruptibly(release);
					states.add(group.state());
					if (group.state() == GroupState.STOPPED) {
						told.addAll(this.own);
					}
				}

			}))
			.start();
		for (int i = 0; i < 3000; i++) {
			simulation.fail("a", new IOException("gone")).fail("b", new IOException("gone"));
			simulation.group().start("a");
			simulation.group().start("b");
			simulation.settle();
		}
		simulation.group().stop();
		simulation.settle().endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		release.countDown();
		Awaitility.await().until(() -> states.contains(GroupState.STOPPED));
		assertThat(states).containsExactly(GroupState.STARTING, GroupState.RUNNING, GroupState.STOPPING,
				GroupState.STOPPED);
		assertThat(told).hasSizeLessThanOrEqualTo(10_000 + 10 * 3 + 100);
		for (String name : List.of("a", "b", "steady")) {
			assertThat(told).filteredOn((service) -> service.name().equals(name))
				.last()
				.isEqualTo(simulation.snapshot(name));
		}
		assertThat(told).filteredOn((service) -> service.name().equals("a"))
			.extracting(ServiceSnapshot::attempt)
			.isSorted();
	}

	@Test
	void rule25_listenerThatIsFarBehindIsToldOfEveryServiceThatWent() {
		CountDownLatch release = new CountDownLatch(1);
		Set<String> told = ConcurrentHashMap.newKeySet();
		Simulation simulation = Simulation.of("steady").with((builder) -> builder.listener(new ServiceGroupListener() {

			@Override
			public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
				awaitUninterruptibly(release);
				if (service.state().isLive() || service.state() == ServiceState.WAITING) {
					return;
				}
				told.add(service.name());
			}

		})).start();
		int tenants = 4000;
		for (int i = 0; i < tenants; i++) {
			String name = "tenant" + i;
			simulation.group().add(ServiceDefinition.of(name, (context) -> {
			}));
			simulation.settle();
			simulation.group().remove(name);
			simulation.settle().end(name);
		}
		release.countDown();
		Awaitility.await().until(() -> told.size() == tenants);
	}

	@Test
	void rule25_whatAListenerThrowsIsLoggedAndSwallowed() {
		List<GroupState> states = new CopyOnWriteArrayList<>();
		try (RecordedLog log = new RecordedLog()) {
			ServiceGroup.builder("links").service("a", (context) -> {
			}).listener(new ServiceGroupListener() {

				@Override
				public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
					states.add(snapshot.state());
					throw new AssertionError("in a listener");
				}

			}).build().run();
			assertThat(states).containsExactly(GroupState.STARTING, GroupState.RUNNING, GroupState.COMPLETED);
			assertThat(log.problems()).hasSize(3)
				.allMatch((line) -> line
					.startsWith("WARN A listener of 'links' failed, " + ListenerTests.class.getName()));
		}
	}

	@Test
	void rule25_listenerThatIsInterruptedHearsTheRest() {
		List<GroupState> states = new CopyOnWriteArrayList<>();
		ServiceGroup.builder("links").service("a", (context) -> {
		}).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				states.add(snapshot.state());
				Thread.currentThread().interrupt();
			}

		}).build().run();
		assertThat(states).containsExactly(GroupState.STARTING, GroupState.RUNNING, GroupState.COMPLETED);
	}

	@Test
	void rule25_listenersOfManyRunsHearAllOfThem() {
		List<String> trail = new CopyOnWriteArrayList<>();
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
		}).listener(new ServiceGroupListener() {

			@Override
			public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
				trail.add(service.state() + " " + service.attempt());
			}

		}).build();
		List<String> expected = new ArrayList<>();
		IntStream.rangeClosed(1, 200).forEach((attempt) -> {
			group.run();
			expected.addAll(List.of("WAITING " + (attempt - 1), "STARTING " + attempt, "COMPLETED " + attempt));
		});
		assertThat(trail).filteredOn((line) -> !line.startsWith("RUNNING")).isEqualTo(expected);
	}

	@Test
	void rule25_listenerSeesTheSnapshotThatReadersSee() {
		BlockingQueue<String> problems = new LinkedBlockingQueue<>();
		ServiceGroup[] group = new ServiceGroup[1];
		group[0] = ServiceGroup.builder("links").service("a", (context) -> {
		}).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				if (group[0].snapshot().state().compareTo(snapshot.state()) < 0) {
					problems.add(snapshot.state() + " was told before it was published");
				}
			}

		}).build();
		group[0].run();
		assertThat(problems).isEmpty();
	}

	@Test
	void listenerMayRunTheGroupAgain() throws Exception {
		CountDownLatch completedTwice = new CountDownLatch(2);
		ServiceGroup[] group = new ServiceGroup[1];
		group[0] = ServiceGroup.builder("links").service("a", (context) -> {
		}).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
				if (snapshot.state() == GroupState.COMPLETED) {
					completedTwice.countDown();
					if (completedTwice.getCount() == 1) {
						group[0].run();
					}
				}
			}

		}).build();
		group[0].start();
		assertThat(completedTwice.await(10, TimeUnit.SECONDS)).isTrue();
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	private static final class ThreadRecorder implements ServiceGroupListener {

		private final Set<Thread> threads;

		ThreadRecorder(Set<Thread> threads) {
			this.threads = threads;
		}

		@Override
		public void groupStateChanged(GroupState from, GroupSnapshot group) {
			this.threads.add(Thread.currentThread());
		}

	}

}
