package io.supervisor.demo.replicas;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.supervisor.demo.DemoApplication;
import io.supervisor.process.ApplicationProcess;
import io.supervisor.process.PostgreSql;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.json.JsonParserFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two replicas of the demo on one PostgreSQL, with the profile that the README starts
 * them with.
 */
class ReplicasTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private static final Pattern SEARCH = Pattern.compile("Search page: (\\S+)");

	private final List<ApplicationProcess> replicas = new ArrayList<>();

	@TempDir
	private Path data;

	@AfterEach
	void stop() {
		this.replicas.forEach(ApplicationProcess::close);
	}

	@Test
	void oneRanksAllCrawlAndTheOtherTakesOver() throws Exception {
		try (EmbeddedPostgres database = PostgreSql.start(this.data.resolve("database"), 0)) {
			ApplicationProcess first = start(database);
			awaitRunning(first, "crawler#0", "crawler#1", "crawler#2", "crawler#3", "frontEnd", "indexer", "pageRank");
			ApplicationProcess second = start(database);
			Awaitility.await().atMost(TIMEOUT).untilAsserted(() -> {
				assertThat(running(first)).hasSize(5).contains("frontEnd", "indexer", "pageRank");
				assertThat(running(second)).hasSize(4).contains("frontEnd", "indexer");
				assertThat(running(first)).doesNotContainAnyElementsOf(crawlers(second));
			});
			assertThat(second.get("/actuator/health/supervisor").body()).contains("\"UP\"");
			first.signal("KILL").exitCode();
			awaitRunning(second, "crawler#0", "crawler#1", "crawler#2", "crawler#3", "frontEnd", "indexer", "pageRank");
			Awaitility.await()
				.atMost(TIMEOUT)
				.untilAsserted(
						() -> assertThat(search(second, "LifecycleProcessor")).contains("DefaultLifecycleProcessor"));
		}
	}

	private ApplicationProcess start(EmbeddedPostgres database) {
		ApplicationProcess replica = ApplicationProcess.start(Map.of(),
				ApplicationProcess.command(List.of(), ApplicationProcess.classPath(), DemoApplication.class,
						"--spring.profiles.active=replica",
						"--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
						"--links.data=" + this.data.resolve("replica-" + this.replicas.size())));
		this.replicas.add(replica);
		return replica;
	}

	private void awaitRunning(ApplicationProcess replica, String... services) {
		replica.awaitLog("Tomcat started");
		Awaitility.await()
			.atMost(TIMEOUT)
			.failFast(() -> assertThat(replica.isAlive()).as(replica::output).isTrue())
			.untilAsserted(() -> assertThat(running(replica)).containsExactlyInAnyOrder(services));
	}

	private List<String> crawlers(ApplicationProcess replica) {
		return running(replica).stream().filter((service) -> service.startsWith("crawler")).toList();
	}

	@SuppressWarnings("unchecked")
	private List<String> running(ApplicationProcess replica) {
		Map<String, Object> group = JsonParserFactory.getJsonParser()
			.parseMap(replica.get("/actuator/supervisor").body());
		return ((List<Map<String, Object>>) group.get("services")).stream()
			.filter((service) -> "RUNNING".equals(service.get("state")))
			.map((service) -> service.get("name").toString())
			.toList();
	}

	private String search(ApplicationProcess replica, String words) {
		return replica.send(HttpRequest.newBuilder(URI.create(replica.find(SEARCH) + "?q=" + words))).body();
	}

}
