package io.supervisor;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Many virtual threads, which one of them wakes: nothing else ends their waits, since the
 * grace period has no end.
 */
class WakeUpsTests {

	private static final Duration FOR_EVER = Duration.ofDays(100_000);

	@Test
	void manyVirtualThreadsAreWokenOrInterruptedAndTheirActionsRun() throws Exception {
		AtomicInteger performed = new AtomicInteger();
		ServiceGroup.Builder builder = ServiceGroup.builder("links")
			.defaults(ServicePolicy.builder().gracePeriod(FOR_EVER).build())
			.shutdownTimeout(FOR_EVER)
			.executor(virtualThreads());
		for (int i = 0; i < 500; i++) {
			builder.service("waiting" + i, (context) -> {
				context.onCancel(performed::incrementAndGet);
				context.awaitCancellation();
			});
			builder.service("blocked" + i, (context) -> context.interruptibly(new SynchronousQueue<>()::take));
		}
		ServiceGroup group = builder.build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(30))).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(30))).isTrue();
		assertThat(group.snapshot().count(ServiceState.STOPPED)).isEqualTo(1000);
		assertThat(group.snapshot().failures()).isEmpty();
		await().until(() -> performed.get() == 500);
	}

	/**
	 * Fewer are woken by the loop, more by a virtual thread, if one finds a carrier.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 15, 16, 100 })
	void virtualThreadsAreInterruptedWhileTheyHoldAllCarriers(int services) throws Exception {
		int carriers = Runtime.getRuntime().availableProcessors();
		assumeTrue(carriers < services, "Too many processors for these services to hold them all");
		CountDownLatch allReady = new CountDownLatch(1);
		CountDownLatch computing = new CountDownLatch(carriers);
		ServiceGroup.Builder builder = ServiceGroup.builder("links")
			.defaults(ServicePolicy.builder().gracePeriod(FOR_EVER).build())
			.shutdownTimeout(FOR_EVER)
			.executor(virtualThreads());
		for (int i = 0; i < carriers; i++) {
			builder.service("computing" + i, (context) -> context.interruptibly(() -> {
				allReady.await();
				computing.countDown();
				while (!Thread.interrupted()) {
					Thread.onSpinWait();
				}
				throw new InterruptedException();
			}));
		}
		for (int i = carriers; i < services; i++) {
			builder.service("waiting" + i, ServiceContext::awaitCancellation);
		}
		ServiceGroup group = builder.build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(30))).isTrue();
		allReady.countDown();
		assertThat(computing.await(30, TimeUnit.SECONDS)).isTrue();
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(30))).isTrue();
		assertThat(group.snapshot().count(ServiceState.STOPPED)).isEqualTo(services);
	}

	private static Executor virtualThreads() throws ReflectiveOperationException {
		try {
			return (Executor) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (NoSuchMethodException ex) {
			return abort("This JDK has no virtual threads");
		}
	}

}
