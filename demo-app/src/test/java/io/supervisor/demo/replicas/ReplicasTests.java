package io.supervisor.demo.replicas;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.supervisor.demo.DemoApplication;
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

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final Pattern SEARCH = Pattern.compile("Search page: (\\S+)");

	private final HttpClient client = HttpClient.newHttpClient();

	private final List<Replica> replicas = new ArrayList<>();

	@TempDir
	private Path data;

	@AfterEach
	void stop() {
		this.replicas.forEach((replica) -> replica.process.destroyForcibly());
	}

	@Test
	void oneRanksAllCrawlAndTheOtherTakesOver() throws Exception {
		try (EmbeddedPostgres database = ReplicaDatabase.start(freePort())) {
			Replica first = start(database);
			awaitRunning(first, "crawler#0", "crawler#1", "crawler#2", "crawler#3", "frontEnd", "indexer", "pageRank");
			Replica second = start(database);
			Awaitility.await().atMost(TIMEOUT).untilAsserted(() -> {
				assertThat(running(first)).hasSize(5).contains("frontEnd", "indexer", "pageRank");
				assertThat(running(second)).hasSize(4).contains("frontEnd", "indexer");
				assertThat(running(first)).doesNotContainAnyElementsOf(crawlers(second));
			});
			assertThat(get(second, "/actuator/health/supervisor")).contains("\"UP\"");
			first.process.destroyForcibly().waitFor();
			awaitRunning(second, "crawler#0", "crawler#1", "crawler#2", "crawler#3", "frontEnd", "indexer", "pageRank");
			Awaitility.await()
				.atMost(TIMEOUT)
				.untilAsserted(
						() -> assertThat(search(second, "LifecycleProcessor")).contains("DefaultLifecycleProcessor"));
		}
	}

	private Replica start(EmbeddedPostgres database) throws IOException {
		Path log = this.data.resolve("replica-" + this.replicas.size() + ".log");
		List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-cp",
				System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
				DemoApplication.class.getName(), "--spring.profiles.active=replica",
				"--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
				"--links.data=" + this.data.resolve("replica-" + this.replicas.size()));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
		Replica replica = new Replica(process, log.toFile());
		this.replicas.add(replica);
		return replica;
	}

	private void awaitRunning(Replica replica, String... services) {
		Awaitility.await()
			.atMost(TIMEOUT)
			.failFast(() -> assertThat(replica.process.isAlive()).as(replica::output).isTrue())
			.untilAsserted(() -> assertThat(running(replica)).containsExactlyInAnyOrder(services));
	}

	private List<String> crawlers(Replica replica) {
		return running(replica).stream().filter((service) -> service.startsWith("crawler")).toList();
	}

	@SuppressWarnings("unchecked")
	private List<String> running(Replica replica) {
		Map<String, Object> group = JsonParserFactory.getJsonParser().parseMap(get(replica, "/actuator/supervisor"));
		return ((List<Map<String, Object>>) group.get("services")).stream()
			.filter((service) -> "RUNNING".equals(service.get("state")))
			.map((service) -> service.get("name").toString())
			.toList();
	}

	private String search(Replica replica, String words) {
		return send(URI.create(replica.find(SEARCH) + "?q=" + words));
	}

	private String get(Replica replica, String path) {
		return send(URI.create("http://127.0.0.1:" + replica.find(PORT) + path));
	}

	private String send(URI uri) {
		try {
			return this.client
				.send(HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString())
				.body();
		}
		catch (IOException ex) {
			throw new AssertionError(uri + " does not answer", ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private record Replica(Process process, File log) {

		String output() {
			try (Stream<String> lines = Files.lines(this.log.toPath())) {
				return String.join("\n", lines.toList());
			}
			catch (IOException ex) {
				throw new AssertionError(ex);
			}
		}

		String find(Pattern pattern) {
			Matcher matcher = pattern.matcher(output());
			assertThat(matcher.find()).as(this::output).isTrue();
			return matcher.group(1);
		}

	}

}
