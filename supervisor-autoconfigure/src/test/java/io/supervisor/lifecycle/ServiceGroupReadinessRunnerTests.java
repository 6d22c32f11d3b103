package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.supervisor.Service;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.ExitCodeExceptionMapper;
import org.springframework.core.Ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class ServiceGroupReadinessRunnerTests {

	private static final Service STEADY = (context) -> context.awaitCancellation();

	@Test
	void runnerGoesFirst() {
		try (HostedGroup hosted = new HostedGroup((group) -> {
		})) {
			assertThat(runner(hosted, HostedGroup.TIMEOUT, HostedGroup.TIMEOUT).getOrder())
				.isEqualTo(Ordered.HIGHEST_PRECEDENCE);
		}
	}

	@Test
	void runnerWaitsForServicesThatAnnounceReadiness() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		Service slow = Service.announcing((context) -> {
			release.await();
			context.ready();
			context.awaitCancellation();
		});
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("slow", slow)).start()) {
			CompletableFuture<Void> done = CompletableFuture.runAsync(() -> run(hosted, HostedGroup.TIMEOUT));
			assertThat(done).isNotDone();
			release.countDown();
			done.get(30, TimeUnit.SECONDS);
			assertThat(hosted.group().awaitReady(Duration.ZERO)).isTrue();
		}
	}

	@Test
	void runnerWaitsForServicesOfNestedGroupThatAnnounceReadiness() {
		ServiceGroup nested = ServiceGroup.builder("nested").service("slow", Service.announcing(STEADY)).build();
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("nested", nested)).start()) {
			assertThatExceptionOfType(ServiceGroupNotReadyException.class)
				.isThrownBy(() -> run(hosted, Duration.ofMillis(1)));
		}
	}

	@Test
	void runnerNamesTheServicesOfNestedGroupThatAreNotReady() throws InterruptedException {
		ServiceGroup nested = ServiceGroup.builder("nested")
			.service("slow", Service.announcing(STEADY))
			.service("steady", STEADY)
			.build();
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("nested", nested)).start()) {
			assertThat(nested.awaitState("slow", (state) -> state == ServiceState.STARTING, HostedGroup.TIMEOUT))
				.isTrue();
			assertThatExceptionOfType(ServiceGroupNotReadyException.class).isThrownBy(() -> run(hosted, Duration.ZERO))
				.withMessageContaining("'nested' is STARTING")
				.withMessageContaining("'nested/slow' is STARTING");
		}
	}

	@Test
	void runnerWhenOnlyServicesThatAreNotCriticalAnnounceReadinessDoesNotWait() {
		ServicePolicy isolated = ServicePolicy.builder().critical(false).build();
		ServiceGroup nested = ServiceGroup.builder("nested").service("slow", Service.announcing(STEADY)).build();
		try (HostedGroup hosted = new HostedGroup((group) -> group
			.service(ServiceDefinition.builder("slow", Service.announcing(STEADY)).policy(isolated).build())
			.service(ServiceDefinition.builder("nested", nested).policy(isolated).build())
			.service(ServiceDefinition.builder("waiting", STEADY).dependsOn("slow").build())).start()) {
			run(hosted, Duration.ZERO);
		}
	}

	@Test
	void runnerDoesNotWaitForServicesThatAreNotCritical() {
		Service quick = Service.announcing((context) -> {
			context.ready();
			context.awaitCancellation();
		});
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("quick", quick)
			.service(ServiceDefinition.builder("slow", Service.announcing(STEADY))
				.policy(ServicePolicy.builder().critical(false).build())
				.build()))
			.start()) {
			run(hosted, HostedGroup.TIMEOUT);
			assertThat(hosted.group().service("slow").orElseThrow().ready()).isFalse();
		}
	}

	@Test
	void runnerWhenNoServiceAnnouncesReadinessDoesNotWait() {
		Service blocked = (context) -> {
			throw new IllegalStateException("boom");
		};
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("failing", blocked)
			.service("nested", ServiceGroup.builder("nested").service("steady", STEADY).build())).start()) {
			run(hosted, HostedGroup.TIMEOUT);
		}
	}

	@Test
	void runnerWhenTheGroupWasNotStartedDoesNotWait() {
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("slow", Service.announcing(STEADY)), false)
			.start()) {
			run(hosted, HostedGroup.TIMEOUT);
		}
	}

	@Test
	void runnerWhenServiceFailsFailsTheStartWithTheErrorAndItsExitCode() {
		Service failing = Service.announcing((context) -> {
			throw new IllegalStateException("no port");
		});
		try (HostedGroup hosted = new HostedGroup(
				(group) -> group.service("failing", failing).service("steady", STEADY))) {
			hosted.context().registerBean(ExitCodeExceptionMapper.class, () -> (exception) -> 42);
			hosted.start();
			assertThatExceptionOfType(ServiceGroupNotReadyException.class)
				.isThrownBy(() -> run(hosted, HostedGroup.TIMEOUT))
				.withMessageContaining("failing: java.lang.IllegalStateException: no port")
				.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(42))
				.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(hosted.group().failure().orElseThrow()))
				.satisfies((ex) -> assertThat(ex.analysis().getAction()).contains("critical=false"));
			assertThat(hosted.group().snapshot().state().isTerminal()).isTrue();
		}
	}

	@Test
	void runnerWhenServiceIsNotReadyWithinItsStartTimeoutFailsTheStart() {
		try (HostedGroup hosted = new HostedGroup(
				(group) -> group.startTimeout(Duration.ofSeconds(1)).service("slow", Service.announcing(STEADY)))
			.start()) {
			assertThatExceptionOfType(ServiceGroupNotReadyException.class)
				.isThrownBy(() -> run(hosted, HostedGroup.TIMEOUT))
				.withMessageContaining("slow: ")
				.withMessageContaining("ot ready within 1 s")
				.satisfies((ex) -> assertThat(ex.analysis().getAction())
					.contains("supervisor.services.<name>.start-timeout"));
		}
	}

	@Test
	void runnerWhenTheTimeIsOverFailsTheStartAndNamesWhatIsNotReady() throws InterruptedException {
		try (HostedGroup hosted = new HostedGroup(
				(group) -> group.service("slow", Service.announcing(STEADY)).service("steady", STEADY))
			.start()) {
			assertThat(hosted.group()
				.awaitState("slow", (state) -> state == ServiceState.STARTING, Duration.ofSeconds(30))).isTrue();
			assertThatExceptionOfType(ServiceGroupNotReadyException.class).isThrownBy(() -> run(hosted, Duration.ZERO))
				.withMessageContaining("'slow' is STARTING")
				.satisfies((ex) -> assertThat(ex.analysis().getAction()).contains("supervisor.ready-timeout"));
		}
	}

	private static void run(HostedGroup hosted, Duration readyTimeout) {
		try {
			runner(hosted, readyTimeout, HostedGroup.TIMEOUT).run(new DefaultApplicationArguments());
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ServiceGroupReadinessRunner runner(HostedGroup hosted, Duration readyTimeout,
			Duration shutdownTimeout) {
		return new ServiceGroupReadinessRunner(hosted.lifecycle(), readyTimeout, shutdownTimeout);
	}

}
