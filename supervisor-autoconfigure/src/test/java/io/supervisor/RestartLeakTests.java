package io.supervisor;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A service that is restarted for years must not leave anything behind.
 */
class RestartLeakTests {

	private static final int RESTARTS = 1000;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final List<WeakReference<ServiceContext>> runs = new CopyOnWriteArrayList<>();

	/**
	 * Weak as well: a thread that has ended may still hold what it ran.
	 */
	private final List<WeakReference<Thread>> threads = new CopyOnWriteArrayList<>();

	private final CountDownLatch lastRun = new CountDownLatch(1);

	@Test
	void thousandRestartsLeaveNoThreadAndNoRunBehind() throws InterruptedException {
		RestartPolicy atOnce = RestartPolicy.onFailure()
			.toBuilder()
			.delay(Duration.ZERO)
			.maxRestarts(RestartPolicy.UNLIMITED)
			.build();
		ServiceGroup group = ServiceGroup.builder("test").listener(new ServiceGroupListener() {
		})
			.service(ServiceDefinition.builder("flapping", this::failOften)
				.policy(ServicePolicy.builder().restart(atOnce).build())
				.build())
			.build();
		group.start();
		this.lastRun.await();
		assertThat(group.awaitState("flapping", (state) -> state == ServiceState.RUNNING, TIMEOUT)).isTrue();
		assertThat(group.service("flapping").orElseThrow().restarts()).isEqualTo(RESTARTS);
		await().atMost(TIMEOUT).untilAsserted(() -> {
			System.gc();
			assertThat(liveThreads()).isOne();
			assertThat(this.runs.stream().filter((run) -> run.get() != null).count()).isLessThanOrEqualTo(2);
		});
		group.stop();
		assertThat(group.awaitTermination(TIMEOUT)).isTrue();
		await().atMost(TIMEOUT).untilAsserted(() -> assertThat(liveThreads()).isZero());
	}

	private long liveThreads() {
		return this.threads.stream()
			.map(WeakReference::get)
			.filter((thread) -> thread != null && thread.isAlive())
			.count();
	}

	private void failOften(ServiceContext context) throws Exception {
		this.runs.add(new WeakReference<>(context));
		this.threads.add(new WeakReference<>(Thread.currentThread()));
		context.onCancel(() -> {
		});
		if (this.runs.size() <= RESTARTS) {
			throw new Exception("again");
		}
		this.lastRun.countDown();
		context.awaitCancellation();
	}

}
