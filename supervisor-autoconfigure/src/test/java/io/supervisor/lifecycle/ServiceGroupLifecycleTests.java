package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.supervisor.GroupState;
import io.supervisor.Service;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.DefaultLifecycleProcessor;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class ServiceGroupLifecycleTests {

	private static final Service STEADY = (context) -> context.awaitCancellation();

	private static final Service FAILING = (context) -> {
		throw new IllegalStateException("boom");
	};

	private static final ServicePolicy ISOLATED = ServicePolicy.builder().critical(false).build();

	private final AtomicInteger calls = new AtomicInteger();

	@Test
	void startDoesNotWaitForServices() {
		try (HostedGroup hosted = new HostedGroup(
				(group) -> group.service("slow", Service.announcing(STEADY)).startTimeout(Duration.ofDays(1)))) {
			hosted.start();
			assertThat(hosted.lifecycle().isRunning()).isTrue();
			assertThat(hosted.group().snapshot().state()).isIn(GroupState.NEW, GroupState.STARTING);
		}
	}

	@Test
	void startWhenAutoStartupIsOffLeavesTheGroupAlone() {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY), false).start()) {
			assertThat(hosted.lifecycle().isRunning()).isFalse();
			assertThat(hosted.group().snapshot().state()).isEqualTo(GroupState.NEW);
		}
	}

	@Test
	void startWhenSomebodyStartedTheGroupDoesNothing() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY))) {
			hosted.group().start();
			hosted.start();
			hosted.awaitReady();
			assertThat(attempt(hosted, "steady")).isOne();
		}
	}

	@Test
	void stopReturnsAtOnceAndCallsBackOnceWhenTheLastThreadHasEnded() throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		Service slow = (context) -> {
			context.awaitCancellation();
			release.await();
		};
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("slow", slow)).start()) {
			hosted.awaitReady();
			CountDownLatch called = new CountDownLatch(1);
			hosted.lifecycle().stop(() -> {
				this.calls.incrementAndGet();
				called.countDown();
			});
			assertThat(this.calls).hasValue(0);
			assertThat(hosted.lifecycle().isRunning()).isTrue();
			release.countDown();
			assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();
			assertThat(hosted.lifecycle().isRunning()).isFalse();
		}
		assertThat(this.calls).hasValue(1);
	}

	@Test
	void stopWhenTheGroupHasEndedByItselfCallsBackOnce() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("failing", FAILING)).start()) {
			hosted.awaitTermination();
			awaitNotRunning(hosted);
			hosted.lifecycle().stop(this.calls::incrementAndGet);
			assertThat(this.calls).hasValue(1);
		}
		assertThat(this.calls).hasValue(1);
	}

	@Test
	void stopWhenTheGroupNeverStartedCallsBackOnce() {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY), false).start()) {
			hosted.lifecycle().stop(this.calls::incrementAndGet);
			assertThat(this.calls).hasValue(1);
		}
	}

	@Test
	void stopWhenSomebodyRunsTheGroupOnTheirThreadCallsBackWhenItHasEnded() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY), false).start()) {
			Thread own = new Thread(hosted.group()::run);
			own.start();
			hosted.awaitReady();
			assertThat(hosted.lifecycle().isRunning()).isTrue();
			CountDownLatch called = new CountDownLatch(1);
			hosted.lifecycle().stop(called::countDown);
			assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();
			assertThat(hosted.group().snapshot().state()).isEqualTo(GroupState.STOPPED);
			own.join();
		}
	}

	@Test
	void closeWhenServiceIgnoresCancelAndInterruptGivesItUpAndShowsItsStack(CapturedOutput output)
			throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		Service deaf = (context) -> awaitUninterruptibly(release);
		ServicePolicy impatient = ServicePolicy.builder()
			.gracePeriod(Duration.ofMillis(20))
			.interruptPeriod(Duration.ofMillis(20))
			.build();
		HostedGroup hosted = new HostedGroup(
				(group) -> group.service(ServiceDefinition.builder("deaf", deaf).policy(impatient).build()))
			.start();
		hosted.awaitReady();
		hosted.close();
		assertThat(hosted.group().service("deaf").orElseThrow().state()).isEqualTo(ServiceState.STUCK);
		assertThat(output).contains("'deaf' is stuck").contains("awaitUninterruptibly");
		release.countDown();
	}

	/**
	 * The close waited for the service, and the service for the close, until its grace
	 * period was over; then the interrupt broke what the close was waiting in.
	 */
	@Test
	void closeFromAServicesOwnThreadDoesNotWaitForThatService(CapturedOutput output) throws Exception {
		AtomicReference<HostedGroup> closed = new AtomicReference<>();
		CountDownLatch begin = new CountDownLatch(1);
		AtomicBoolean interrupted = new AtomicBoolean();
		AtomicReference<ServiceState> afterwards = new AtomicReference<>();
		CountDownLatch ended = new CountDownLatch(1);
		Service closing = (context) -> {
			begin.await();
			closed.get().close();
			interrupted.set(Thread.currentThread().isInterrupted());
			afterwards.set(closed.get().group().service("steady").orElseThrow().state());
			ended.countDown();
		};
		// nobody gets out of this by a time-out
		ServicePolicy patient = ServicePolicy.builder().gracePeriod(Duration.ofDays(1)).build();
		HostedGroup hosted = new HostedGroup((group) -> group.shutdownTimeout(Duration.ofDays(1))
			.service(ServiceDefinition.builder("closing", closing).policy(patient).build())
			.service("steady", STEADY)).start();
		closed.set(hosted);
		hosted.awaitReady();
		hosted.context().getBean(DefaultLifecycleProcessor.class).setTimeoutPerShutdownPhase(60_000);
		begin.countDown();
		assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(hosted.context().isActive()).isFalse();
		assertThat(interrupted).isFalse();
		assertThat(afterwards).as("of one that is waited for").hasValue(ServiceState.STOPPED);
		hosted.awaitTermination();
		awaitState(hosted.group(), "closing", ServiceState.STOPPED);
		assertThat(output).doesNotContain("is stuck", "still running", "ERROR");
	}

	/**
	 * The same for one that others depend on and one that depends on others.
	 */
	@Test
	void closeFromAServicesOwnThreadDoesNotHoldUpThoseThatItDependsOn() throws Exception {
		AtomicReference<HostedGroup> closed = new AtomicReference<>();
		CountDownLatch begin = new CountDownLatch(1);
		CountDownLatch ended = new CountDownLatch(1);
		Service closing = (context) -> {
			begin.await();
			closed.get().close();
			ended.countDown();
		};
		ServicePolicy patient = ServicePolicy.builder().gracePeriod(Duration.ofDays(1)).build();
		HostedGroup hosted = new HostedGroup((group) -> group.shutdownTimeout(Duration.ofDays(1))
			.service("base", STEADY)
			.service(ServiceDefinition.builder("closing", closing).policy(patient).dependsOn("base").build())
			.service(ServiceDefinition.builder("user", STEADY).dependsOn("closing").build())).start();
		closed.set(hosted);
		hosted.awaitReady();
		hosted.context().getBean(DefaultLifecycleProcessor.class).setTimeoutPerShutdownPhase(60_000);
		begin.countDown();
		assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(hosted.group().service("base").orElseThrow().state()).isEqualTo(ServiceState.STOPPED);
		assertThat(hosted.group().service("user").orElseThrow().state()).isEqualTo(ServiceState.STOPPED);
	}

	/**
	 * A close by somebody else waits for all, as ever.
	 */
	@Test
	void closeByAThreadThatAServiceHasMadeWaitsForThatService() throws Exception {
		AtomicReference<HostedGroup> closed = new AtomicReference<>();
		CountDownLatch begin = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		AtomicBoolean early = new AtomicBoolean();
		AtomicBoolean ended = new AtomicBoolean();
		Service closing = (context) -> {
			begin.await();
			Thread thread = new Thread(() -> {
				closed.get().close();
				early.set(!ended.get());
				release.countDown();
			});
			thread.start();
			context.awaitCancellation();
			ended.set(true);
		};
		HostedGroup hosted = new HostedGroup((group) -> group.service("closing", closing)).start();
		closed.set(hosted);
		hosted.awaitReady();
		begin.countDown();
		assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(early).isFalse();
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		while (true) {
			try {
				latch.await();
				return;
			}
			catch (InterruptedException ex) {
				// that is the point
			}
		}
	}

	@Test
	void restartStartsOnlyWhatThePauseStopped() throws Exception {
		try (HostedGroup hosted = new HostedGroup((
				group) -> group.service("steady", STEADY).service("stopped", STEADY).service("completed", (context) -> {
				}).service(ServiceDefinition.builder("failed", FAILING).policy(ISOLATED).build()))
			.start()) {
			hosted.awaitReady();
			ServiceGroup group = hosted.group();
			group.stop("stopped").get();
			awaitState(group, "completed", ServiceState.COMPLETED);
			awaitState(group, "failed", ServiceState.FAILED);
			hosted.context().pause();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
			hosted.context().restart();
			hosted.awaitReady();
			assertThat(group.services()).extracting(ServiceSnapshot::state)
				.containsExactly(ServiceState.RUNNING, ServiceState.STOPPED, ServiceState.COMPLETED,
						ServiceState.FAILED);
			assertThat(group.services()).extracting(ServiceSnapshot::attempt).containsExactly(2, 1, 1, 1);
			assertThat(group.start("completed").get().attempt()).isEqualTo(2);
		}
	}

	@Test
	void restartWhenTheGroupHadCompletedLeavesItSo() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("once", (context) -> {
		})).start()) {
			hosted.awaitTermination();
			awaitNotRunning(hosted);
			hosted.context().pause();
			hosted.context().restart();
			assertThat(hosted.group().snapshot().state()).isEqualTo(GroupState.COMPLETED);
			assertThat(attempt(hosted, "once")).isOne();
		}
	}

	@Test
	void restartWhenTheGroupHadFailedLeavesItSo() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("failing", FAILING)).start()) {
			hosted.awaitTermination();
			awaitNotRunning(hosted);
			hosted.context().pause();
			hosted.context().restart();
			assertThat(hosted.group().snapshot().state()).isEqualTo(GroupState.FAILED);
			assertThat(attempt(hosted, "failing")).isOne();
		}
	}

	@Test
	void restartWhenTheGroupHadBeenStoppedByHandLeavesItSo() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY)).start()) {
			hosted.awaitReady();
			hosted.group().stop();
			hosted.awaitTermination();
			awaitNotRunning(hosted);
			hosted.context().pause();
			hosted.context().restart();
			assertThat(hosted.group().snapshot().state()).isEqualTo(GroupState.STOPPED);
		}
	}

	/**
	 * It was what the pause had stopped before, for a moment.
	 */
	@Test
	void restartWhenTheGroupHadBeenStartedAndStoppedByHandDuringThePauseLeavesItSo() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY)).start()) {
			hosted.awaitReady();
			hosted.context().pause();
			hosted.group().start();
			hosted.awaitReady();
			hosted.group().stop();
			hosted.awaitTermination();
			awaitNotRunning(hosted);
			hosted.context().restart();
			assertThat(hosted.lifecycle().isRunning()).isFalse();
			assertThat(attempt(hosted, "steady")).isEqualTo(2);
		}
	}

	/**
	 * It was lost, and so was the next one.
	 */
	@Test
	void startWhileTheGroupIsStillStoppingIsCarriedOutWhenItHasStopped() throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("slow", slow(release))).start()) {
			hosted.awaitReady();
			CountDownLatch called = new CountDownLatch(1);
			hosted.lifecycle().stop(called::countDown);
			hosted.lifecycle().start();
			hosted.lifecycle().start();
			assertThat(attempt(hosted, "slow")).isOne();
			release.countDown();
			assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();
			assertThat(hosted.lifecycle().isRunning()).isTrue();
			Awaitility.await().until(() -> attempt(hosted, "slow") == 2);
			awaitState(hosted.group(), "slow", ServiceState.RUNNING);
		}
	}

	@Test
	void startWhileTheGroupIsStillStoppingIsTakenBackByAnotherStop() throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("slow", slow(release))).start()) {
			hosted.awaitReady();
			hosted.lifecycle().stop();
			hosted.lifecycle().start();
			CountDownLatch called = new CountDownLatch(1);
			hosted.lifecycle().stop(called::countDown);
			release.countDown();
			assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();
			assertThat(hosted.lifecycle().isRunning()).isFalse();
			assertThat(attempt(hosted, "slow")).isOne();
			hosted.lifecycle().start();
			hosted.awaitReady();
			assertThat(attempt(hosted, "slow")).isEqualTo(2);
		}
	}

	private static Service slow(CountDownLatch release) {
		return (context) -> {
			context.awaitCancellation();
			release.await();
		};
	}

	@Test
	void restartWhenAutoStartupIsOffStartsWhatThePauseStopped() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("steady", STEADY), false).start()) {
			hosted.group().start();
			hosted.awaitReady();
			hosted.context().pause();
			hosted.context().restart();
			hosted.awaitReady();
			assertThat(attempt(hosted, "steady")).isEqualTo(2);
		}
	}

	@Test
	void applicationIsBrokenFromTheFailureOnUntilTheGroupRunsAgain() throws InterruptedException {
		AtomicBoolean broken = new AtomicBoolean(true);
		Service mended = (context) -> {
			if (broken.get()) {
				throw new IllegalStateException("boom");
			}
			context.awaitCancellation();
		};
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("mended", mended)).start()) {
			AvailabilityChangeEvent.publish(hosted.context(), LivenessState.CORRECT);
			AvailabilityChangeEvent.publish(hosted.context(), ReadinessState.ACCEPTING_TRAFFIC);
			ApplicationAvailability availability = hosted.context().getBean(ApplicationAvailability.class);
			Awaitility.await().until(availability::getReadinessState, ReadinessState.REFUSING_TRAFFIC::equals);
			assertThat(availability.getLivenessState()).isEqualTo(LivenessState.BROKEN);
			hosted.awaitTermination();
			broken.set(false);
			hosted.group().start();
			hosted.awaitReady();
			Awaitility.await().until(availability::getReadinessState, ReadinessState.ACCEPTING_TRAFFIC::equals);
			assertThat(availability.getLivenessState()).isEqualTo(LivenessState.CORRECT);
		}
	}

	@Test
	void failureUnderTestFrameworkIsReportedAndKeepsTheJvmAliveUntilTheContextCloses() throws InterruptedException {
		HostedGroup hosted = new HostedGroup((group) -> group.service("failing", FAILING)).start();
		hosted.awaitTermination();
		awaitNotRunning(hosted);
		Thread thread = supervisorThread();
		assertThat(thread.isDaemon()).isFalse();
		assertThat(hosted.context().isActive()).isTrue();
		hosted.close();
		thread.join(30_000);
		assertThat(thread.isAlive()).isFalse();
	}

	private static Thread supervisorThread() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("supervisor"))
			.findAny()
			.orElseThrow();
	}

	private static void awaitNotRunning(HostedGroup hosted) {
		Awaitility.await().until(() -> !hosted.lifecycle().isRunning());
	}

	private static void awaitState(ServiceGroup group, String service, ServiceState state) throws InterruptedException {
		assertThat(group.awaitState(service, (current) -> current == state, HostedGroup.TIMEOUT)).isTrue();
	}

	private static int attempt(HostedGroup hosted, String service) {
		return hosted.group().service(service).orElseThrow().attempt();
	}

}
