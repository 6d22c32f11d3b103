package io.supervisor.health;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.supervisor.GroupState;
import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ServiceHealthTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final Service STEADY = (context) -> context.awaitCancellation();

	private static final Service FAILING = (context) -> {
		throw new IllegalStateException("graph is empty");
	};

	private ServiceGroup group = ServiceGroup.builder("supervisor").build();

	@AfterEach
	void stop() throws InterruptedException {
		this.group.stop();
		if (this.group.snapshot().state() != GroupState.NEW) {
			assertThat(this.group.awaitTermination(TIMEOUT)).isTrue();
		}
	}

	@Test
	void groupWhenRunningIsUpAndCountsItsServices() throws InterruptedException {
		start(ServiceGroup.builder("supervisor").service("crawler", STEADY).service("pageRank", STEADY));
		assertThat(this.group.awaitReady(TIMEOUT)).isTrue();
		Health health = groupHealth();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsEntry("state", GroupState.RUNNING)
			.containsEntry("since", this.group.snapshot().since())
			.containsEntry("services", Map.of("RUNNING", 2))
			.doesNotContainKeys("error", "failures", "reason");
	}

	@Test
	void serviceWhenDegradedIsOutOfServiceWithTheReason() throws InterruptedException {
		Service degraded = (context) -> {
			context.status("page 3");
			context.step("polling", () -> {
				context.degraded("no partition");
				context.awaitCancellation();
				return "";
			});
		};
		start(ServiceGroup.builder("supervisor")
			.service("feed", degraded)
			.service(ServiceDefinition.builder("helper", degraded)
				.policy(ServicePolicy.builder().critical(false).build())
				.build()));
		for (String name : List.of("feed", "helper")) {
			await().until(() -> this.group.service(name).orElseThrow().degraded().isPresent());
			Health health = health(name);
			assertThat(health.getStatus()).isEqualTo(name.equals("feed") ? Status.OUT_OF_SERVICE : Status.UNKNOWN);
			assertThat(health.getDetails()).containsEntry("state", ServiceState.RUNNING)
				.containsEntry("degraded", "no partition")
				.containsEntry("status", "page 3")
				.containsEntry("step", "polling")
				.containsKey("stepSince");
		}
	}

	@Test
	void groupWhenFailedIsDownAndNamesEachServiceThatFailed() throws InterruptedException {
		start(ServiceGroup.builder("supervisor").service("crawler", STEADY).service("pageRank", FAILING));
		assertThat(this.group.awaitTermination(TIMEOUT)).isTrue();
		Health health = groupHealth();
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails()).containsEntry("state", GroupState.FAILED)
			.containsEntry("error", "pageRank: java.lang.IllegalStateException: graph is empty")
			.containsEntry("reason", "'pageRank' failed");
		assertThat(health.getDetails().get("failures")).asInstanceOf(InstanceOfAssertFactories.list(Object.class))
			.singleElement()
			.satisfies((failure) -> assertThat(failure).hasToString(
					"{service=pageRank, attempt=1, error=java.lang.IllegalStateException: graph is empty, at=%s}"
						.formatted(this.group.snapshot().failures().get(0).at())));
	}

	@Test
	void groupWhenManyHaveFailedShowsTheFirst() throws InterruptedException {
		ServiceGroup.Builder builder = ServiceGroup.builder("supervisor");
		ServicePolicy isolated = ServicePolicy.builder().critical(false).build();
		for (int i = 0; i < 25; i++) {
			builder.service(ServiceDefinition.builder("s" + i, FAILING).policy(isolated).build());
		}
		start(builder);
		assertThat(this.group.awaitTermination(TIMEOUT)).isTrue();
		Health health = groupHealth();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat((List<?>) health.getDetails().get("failures")).hasSize(20);
		assertThat(health.getDetails()).containsEntry("moreFailures", 5).doesNotContainKey("error");
	}

	@Test
	void serviceHasItsStateAndHistory() throws InterruptedException {
		ServicePolicy restarting = ServicePolicy.builder()
			.restart(RestartPolicy.onFailure().toBuilder().delay(Duration.ofSeconds(50)).build())
			.build();
		start(ServiceGroup.builder("supervisor")
			.service(ServiceDefinition.builder("flaky", Service.announcing(FAILING)).policy(restarting).build())
			.service(ServiceDefinition.builder("waiting", STEADY).dependsOn("flaky").build()));
		assertThat(this.group.awaitState("flaky", (state) -> state == ServiceState.BACKOFF, TIMEOUT)).isTrue();
		Health flaky = health("flaky");
		assertThat(flaky.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
		assertThat(flaky.getDetails()).containsEntry("state", ServiceState.BACKOFF)
			.containsEntry("attempt", 1)
			.containsEntry("restarts", 0)
			.containsKeys("since", "nextAttempt");
		assertThat(String.valueOf(flaky.getDetails().get("lastFailure")))
			.contains("error=java.lang.IllegalStateException: graph is empty")
			.doesNotContain("\tat ");
		assertThat(health("waiting").getDetails()).containsEntry("waitingFor", "'flaky'");
	}

	@Test
	void serviceThatWasStoppedBecauseAnotherFailedSaysSo() throws InterruptedException {
		start(ServiceGroup.builder("supervisor").service("crawler", STEADY).service("pageRank", FAILING));
		assertThat(this.group.awaitTermination(TIMEOUT)).isTrue();
		assertThat(health("crawler").getStatus()).isEqualTo(Status.DOWN);
		assertThat(health("crawler").getDetails()).containsEntry("state", ServiceState.STOPPED)
			.containsEntry("cancelled", "'pageRank' failed");
	}

	@Test
	void serviceThatIsNotCriticalSaysSo() throws InterruptedException {
		start(ServiceGroup.builder("supervisor")
			.service("steady", STEADY)
			.service(ServiceDefinition.builder("extra", FAILING)
				.policy(ServicePolicy.builder().critical(false).build())
				.build()));
		assertThat(this.group.awaitState("extra", (state) -> state == ServiceState.FAILED, TIMEOUT)).isTrue();
		assertThat(health("extra").getStatus()).isEqualTo(Status.UNKNOWN);
		assertThat(health("extra").getDetails()).containsEntry("critical", false);
	}

	@Test
	void servicesComeAndGo() throws Exception {
		start(ServiceGroup.builder("supervisor").service("steady", STEADY));
		ServicesHealthContributor contributor = new ServicesHealthContributor(this.group);
		this.group.add(ServiceDefinition.of("added", STEADY)).get();
		HealthContributor added = contributor.getContributor("added");
		assertThat(added).isNotNull();
		assertThat(contributor.stream()).extracting(HealthContributors.Entry::name).containsExactly("steady", "added");
		this.group.remove("added").get();
		assertThat(contributor.getContributor("added")).isNull();
		assertThat(contributor.stream()).extracting(HealthContributors.Entry::name).containsExactly("steady");
		assertThat(((HealthIndicator) added).health()).isNull();
	}

	@Test
	void nestedGroupHasItsServicesAndItself() throws InterruptedException {
		ServiceGroup ingest = ServiceGroup.builder("ingest").service("reader", STEADY).build();
		start(ServiceGroup.builder("supervisor").service("ingest", ingest));
		assertThat(this.group.awaitReady(TIMEOUT)).isTrue();
		HealthContributor contributor = new ServicesHealthContributor(this.group).getContributor("ingest");
		assertThat(contributor).isInstanceOf(CompositeHealthContributor.class);
		CompositeHealthContributor nested = (CompositeHealthContributor) contributor;
		assertThat(nested.stream()).extracting(HealthContributors.Entry::name).containsExactly("supervisor", "reader");
		assertThat(health(nested.getContributor("reader")).getStatus()).isEqualTo(Status.UP);
		assertThat(health(nested.getContributor("supervisor")).getDetails()).containsEntry("state",
				ServiceState.RUNNING);
	}

	@Test
	void nestedGroupThatIsNotCriticalHarmsNobody() throws InterruptedException {
		ServiceGroup ingest = ServiceGroup.builder("ingest").service("reader", FAILING).build();
		start(ServiceGroup.builder("supervisor")
			.service("steady", STEADY)
			.service(ServiceDefinition.builder("ingest", ingest)
				.policy(ServicePolicy.builder().critical(false).build())
				.build()));
		assertThat(this.group.awaitState("ingest", (state) -> state == ServiceState.FAILED, TIMEOUT)).isTrue();
		CompositeHealthContributor nested = (CompositeHealthContributor) new ServicesHealthContributor(this.group)
			.getContributor("ingest");
		assertThat(nested).isNotNull();
		assertThat(health(nested.getContributor("reader")).getStatus()).isEqualTo(Status.UNKNOWN);
		assertThat(health(nested.getContributor("supervisor")).getStatus()).isEqualTo(Status.UNKNOWN);
	}

	private void start(ServiceGroup.Builder builder) {
		this.group = builder.build();
		this.group.start();
	}

	private Health groupHealth() {
		return new GroupHealthIndicator(this.group).health();
	}

	private Health health(String service) {
		return health(new ServicesHealthContributor(this.group).getContributor(service));
	}

	private static Health health(@Nullable HealthContributor contributor) {
		assertThat(contributor).isInstanceOf(HealthIndicator.class);
		Health health = ((HealthIndicator) contributor).health();
		assertThat(health).isNotNull();
		return health;
	}

}
