package io.supervisor;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A run whose own thread waits for the stop of the group, as one that closes the
 * application context does (rule 34).
 */
@Timeout(60)
class ExcusedRunTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	/**
	 * Interrupted at once, if at all.
	 */
	private static final ServicePolicy IMPATIENT = ServicePolicy.builder().gracePeriod(Duration.ZERO).build();

	private final CompletableFuture<ServiceGroup> group = new CompletableFuture<>();

	private final CompletableFuture<ServiceState> seen = new CompletableFuture<>();

	@Test
	void isNeitherInterruptedNorWaitedFor() throws Exception {
		run(ServiceGroup.builder("links")
			.service("base", ServiceContext::awaitCancellation)
			.service(ServiceDefinition.builder("closing", this::close).policy(IMPATIENT).dependsOn("base").build())
			.service(
					ServiceDefinition.builder("user", ServiceContext::awaitCancellation).dependsOn("closing").build()));
	}

	@Test
	void inAGroupWithinTheGroupIsNeitherInterruptedNorWaitedFor() throws Exception {
		ServiceGroup nested = ServiceGroup.builder("nested")
			.service(ServiceDefinition.builder("closing", this::close).policy(IMPATIENT).build())
			.service("other", ServiceContext::awaitCancellation)
			.build();
		run(ServiceGroup.builder("links")
			.service("base", ServiceContext::awaitCancellation)
			.service(ServiceDefinition.builder("nested", nested).dependsOn("base").build()));
	}

	/**
	 * The wait may be one that any cancel would interrupt.
	 */
	@Test
	void isNotInterruptedWhereItMayBe() throws Exception {
		run(ServiceGroup.builder("links")
			.service("base", ServiceContext::awaitCancellation)
			.service("closing", (context) -> context.interruptibly(() -> {
				close(context);
				return "";
			})));
	}

	@Test
	void isGivenUpWithAllOthersWhenTheTimeIsOver() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("closing", (context) -> {
			this.group.get().stopFromWithin(() -> {
			});
			release.await();
		}).shutdownTimeout(Duration.ofMillis(500)).build();
		group.start();
		this.group.complete(group);
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(group.service("closing").orElseThrow().state()).isEqualTo(ServiceState.STUCK);
		release.countDown();
		assertThat(group.awaitState("closing", (state) -> state == ServiceState.STOPPED, LONG)).isTrue();
	}

	@Test
	void otherThreadsHaveNoneToExcuse() throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", ServiceContext::awaitCancellation).build();
		group.start();
		assertThat(group.awaitReady(LONG)).isTrue();
		assertThat(group.stopFromWithin(() -> {
		})).isFalse();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.RUNNING);
		group.stop();
		assertThat(group.awaitTermination(LONG)).isTrue();
	}

	private void close(ServiceContext context) throws Exception {
		ServiceGroup group = this.group.get();
		CountDownLatch stopped = new CountDownLatch(1);
		assertThat(group.stopFromWithin(stopped::countDown)).isTrue();
		try {
			assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
			this.seen.complete(group.service("base").orElseThrow().state());
		}
		catch (Throwable ex) {
			this.seen.completeExceptionally(ex);
			throw ex;
		}
	}

	private void run(ServiceGroup.Builder builder) throws Exception {
		ServiceGroup group = builder.shutdownTimeout(Duration.ofDays(1)).build();
		group.start();
		assertThat(group.awaitReady(LONG)).isTrue();
		this.group.complete(group);
		assertThat(this.seen.get(30, TimeUnit.SECONDS)).isEqualTo(ServiceState.STOPPED);
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
		assertThat(group.services()).allMatch((service) -> service.state() == ServiceState.STOPPED);
	}

}
