package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.supervisor.OnCompletion;
import io.supervisor.Placement;
import io.supervisor.RestartPolicy;
import io.supervisor.RunGate;
import io.supervisor.Service;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

class StartUpLineTests {

	private static final Service SERVICE = (context) -> {
	};

	private final ServiceGroup.Builder group = ServiceGroup.builder("supervisor");

	@Test
	void lineWhenThereAreNoServicesSaysWhatIsMissing() {
		assertThat(line()).isEqualTo("Supervising no services: there is no bean of type io.supervisor.Service");
	}

	@Test
	void lineSaysWhoIsLeftOut() {
		assertThat(StartUpLine.describe(List.of(), Map.of("crawler", "disabled")))
			.isEqualTo("Supervising no services; left out: crawler (disabled)");
		this.group.service("indexer", SERVICE);
		Map<String, String> leftOut = new LinkedHashMap<>();
		leftOut.put("crawler", "disabled");
		leftOut.put("pageRank", "depends on crawler");
		assertThat(StartUpLine.describe(this.group.build().services(), leftOut))
			.isEqualTo("Supervising 1 service: indexer; left out: crawler (disabled), pageRank (depends on crawler)");
	}

	@Test
	void lineListsServicesAndHowTheirPolicyDiffersFromTheDefault() {
		this.group.service("crawler", SERVICE);
		this.group.service(ServiceDefinition.builder("pageRank", SERVICE)
			.dependsOn("crawler")
			.policy(ServicePolicy.builder().restart(RestartPolicy.onFailure()).build())
			.build());
		this.group.service(ServiceDefinition.builder("feed", SERVICE)
			.policy(ServicePolicy.builder()
				.critical(false)
				.onCompletion(OnCompletion.FAIL)
				.heartbeatTimeout(Duration.ofSeconds(90))
				.restart(RestartPolicy.always()
					.toBuilder()
					.scope(RestartPolicy.Scope.DEPENDENTS)
					.maxRestarts(RestartPolicy.UNLIMITED)
					.build())
				.build())
			.build());
		assertThat(line()).isEqualTo("Supervising 3 services: crawler, "
				+ "pageRank (after crawler, restart on failure, 5 in a row), "
				+ "feed (not critical, must not complete, heartbeat within 1m30s, restart always, with its dependents, without limit)");
	}

	@Test
	void lineTellsTheShardsOfAServiceAsOne() {
		RunGate gate = mock(RunGate.class);
		for (int i = 0; i < 30; i++) {
			this.group.service(ServiceDefinition.builder("crawler#" + i, SERVICE)
				.placement(Placement.shards(30).shard(i))
				.gate(gate)
				.build());
		}
		this.group.service(ServiceDefinition.builder("pageRank", SERVICE)
			.placement(Placement.SINGLETON)
			.gate(gate)
			.dependsOn("crawler#0", "crawler#1")
			.build());
		assertThat(line()).isEqualTo("Supervising 31 services: crawler (30 shards among the replicas), "
				+ "pageRank (in one replica, after crawler)");
	}

	@Test
	void lineNamesNestedGroupAsSuch() {
		this.group.service("ingest", ServiceGroup.builder("ingest").service("reader", SERVICE).build());
		this.group.service(ServiceDefinition.builder("once", SERVICE)
			.policy(ServicePolicy.builder().onCompletion(OnCompletion.STOP_GROUP).build())
			.build());
		assertThat(line())
			.isEqualTo("Supervising 2 services: ingest (a group of 1 service), once (completes the group)");
	}

	@Test
	void lineWhenThereAreManyServicesListsTheFirst() {
		for (int i = 0; i < 1000; i++) {
			this.group.service("s" + i, SERVICE);
		}
		assertThat(line()).startsWith("Supervising 1000 services: s0, s1, ").endsWith("s19, ... and 980 more");
	}

	private String line() {
		return StartUpLine.describe(this.group.build().services(), Map.of());
	}

}
