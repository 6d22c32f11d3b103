package io.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class SignalQueueTests {

	private final SignalQueue queue = new SignalQueue(Timing.SYSTEM);

	@Test
	void firstToPushOntoAnUnownedQueueOwnsIt() {
		assertThat(this.queue.push(signal())).isTrue();
		assertThat(this.queue.push(signal())).isFalse();
		assertThat(this.queue.tryAcquire()).isFalse();
	}

	@Test
	void onlyOneAcquires() {
		assertThat(this.queue.tryAcquire()).isTrue();
		assertThat(this.queue.tryAcquire()).isFalse();
		assertThat(this.queue.push(signal())).isFalse();
	}

	@Test
	void signalsComeInTheOrderInWhichTheyWerePosted() {
		List<Signal> posted = List.of(signal(), signal(), signal());
		posted.forEach(this.queue::push);
		List<Signal> taken = new ArrayList<>();
		for (Signal signal = this.queue.take(); signal != null; signal = this.queue.take()) {
			taken.add(signal);
		}
		assertThat(taken).containsExactlyElementsOf(posted);
		assertThat(this.queue.isEmpty()).isTrue();
		assertThat(this.queue.take()).isNull();
	}

	@Test
	void ownerCannotReleaseAQueueWithSignals() {
		this.queue.push(signal());
		assertThat(this.queue.tryRelease()).isFalse();
		this.queue.take();
		assertThat(this.queue.tryRelease()).isTrue();
		assertThat(this.queue.tryAcquire()).isTrue();
	}

	@Test
	void ownerDoesNotParkIfThereAreSignals() {
		this.queue.tryAcquire();
		this.queue.push(signal());
		this.queue.park(Durations.NONE);
		assertThat(this.queue.isEmpty()).isFalse();
	}

	@Test
	void ownerThatReturnsFromParkingForNoReasonIsAwake() {
		this.queue.tryAcquire();
		this.queue.park(1);
		assertThat(this.queue.isEmpty()).isTrue();
		assertThat(this.queue.push(signal())).isFalse();
		assertThat(this.queue.take()).isNotNull();
	}

	@Test
	void interruptedOwnerDoesNotPark() {
		this.queue.tryAcquire();
		Thread.currentThread().interrupt();
		this.queue.park(Durations.NONE);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.queue.isEmpty()).isTrue();
	}

	@Test
	void everySignalIsTakenOnceByAnOwnerThatParks() throws Exception {
		int posters = 4;
		int each = 20_000;
		AtomicInteger owners = new AtomicInteger();
		int[] latest = new int[posters];
		this.queue.tryAcquire();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < posters; i++) {
			int poster = i;
			threads.add(new Thread(() -> {
				for (int number = 1; number <= each; number++) {
					if (this.queue.push(new Command(Command.Kind.START, poster + "/" + number))) {
						owners.incrementAndGet();
					}
				}
			}));
		}
		threads.forEach(Thread::start);
		int taken = 0;
		while (taken < posters * each) {
			Signal signal = this.queue.take();
			if (signal == null) {
				this.queue.park(Durations.NONE);
			}
			for (; signal != null; signal = signal.next) {
				String[] name = ((Command) signal).name().split("/");
				int poster = Integer.parseInt(name[0]);
				assertThat(Integer.parseInt(name[1])).isEqualTo(++latest[poster]);
				taken++;
			}
		}
		for (Thread thread : threads) {
			thread.join();
		}
		assertThat(owners).hasValue(0);
		assertThat(this.queue.tryRelease()).isTrue();
	}

	@Test
	void ownershipPassesFromPosterToPosterAndIsNeverShared() throws Exception {
		int posters = 4;
		int each = 20_000;
		AtomicInteger inside = new AtomicInteger();
		AtomicInteger handled = new AtomicInteger();
		AtomicInteger shared = new AtomicInteger();
		CountDownLatch done = new CountDownLatch(posters);
		for (int i = 0; i < posters; i++) {
			new Thread(() -> {
				for (int n = 0; n < each; n++) {
					if (this.queue.push(signal())) {
						do {
							shared.addAndGet(inside.getAndIncrement());
							for (Signal signal = this.queue.take(); signal != null; signal = this.queue.take()) {
								handled.incrementAndGet();
							}
							inside.decrementAndGet();
						}
						while (!this.queue.tryRelease());
					}
				}
				done.countDown();
			}).start();
		}
		done.await();
		assertThat(shared).hasValue(0);
		assertThat(handled).hasValue(posters * each);
	}

	private static Signal signal() {
		return new Signal.Stop(false);
	}

}
