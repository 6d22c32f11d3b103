package io.supervisor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that go before the group does (rules 25 and 27).
 */
class RemovedListenerTests {

	@Test
	void removedListenerHearsOfNothingThatFollows() {
		Trail trail = new Trail();
		Simulation simulation = Simulation.of("a", "b").with((builder) -> builder.listener(trail)).start();
		simulation.trail();
		assertThat(trail.lines).contains("a RUNNING");
		simulation.group().removeListener(trail);
		simulation.settle();
		int before = trail.lines.size();
		simulation.end("a").end("b").trail();
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(trail.lines).hasSize(before);
	}

	@Test
	void removedListenerLeavesTheOthers() {
		Trail first = new Trail();
		Trail second = new Trail();
		Simulation simulation = Simulation.of("a").with((builder) -> builder.listener(first).listener(second)).start();
		simulation.trail();
		simulation.group().removeListener(first);
		simulation.settle().end("a").trail();
		assertThat(first.lines).doesNotContain("test COMPLETED");
		assertThat(second.lines).contains("test COMPLETED");
	}

	@Test
	void removedListenerMayComeAgain() {
		Trail trail = new Trail();
		Simulation simulation = Simulation.of("a").with((builder) -> builder.listener(trail)).start();
		simulation.group().removeListener(trail);
		simulation.group().addListener(trail);
		simulation.settle().end("a").trail();
		assertThat(trail.lines).containsOnlyOnce("test COMPLETED");
	}

	@Test
	void listenerThatIsUnknownIsNoError() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().removeListener(new Trail());
		simulation.settle().end("a");
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void listenerThatBlocksDoesNotHoldUpItsRemovalOrTheEnd() {
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch blocked = new CountDownLatch(1);
		AtomicReference<Thread> thread = new AtomicReference<>();
		ServiceGroupListener blocking = new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot group) {
				thread.set(Thread.currentThread());
				blocked.countDown();
				try {
					release.await();
				}
				catch (InterruptedException ex) {
					throw new AssertionError(ex);
				}
			}

		};
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> blocked.await()).build();
		group.addListener(blocking);
		group.start();
		Awaitility.await().until(() -> blocked.getCount() == 0);
		group.removeListener(blocking);
		Awaitility.await().until(() -> group.snapshot().state() == GroupState.COMPLETED && !group.isRunning());
		release.countDown();
		Awaitility.await().until(() -> !thread.get().isAlive());
	}

	private static final class Trail implements ServiceGroupListener {

		private final List<String> lines = new CopyOnWriteArrayList<>();

		@Override
		public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
			this.lines.add(service.name() + " " + service.state());
		}

		@Override
		public void groupStateChanged(GroupState from, GroupSnapshot group) {
			this.lines.add(group.name() + " " + group.state());
		}

	}

}
