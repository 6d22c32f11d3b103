package io.supervisor.demo.faults;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Pattern;

import io.supervisor.process.ApplicationProcess;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What somebody sees who starts the demo, and starts it again while it runs.
 */
class SecondDemoTests {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final Pattern SEARCH_PORT = Pattern.compile("Search page: \\S+:(\\d+)/");

	private static final String ANALYSIS = "APPLICATION FAILED TO START";

	@Test
	void secondOneNamesTheFolderOrThePortThatTheFirstOneHas(@TempDir Path data, @TempDir Path other)
			throws IOException {
		try (Demo demo = new Demo(data);
				ApplicationProcess first = demo.start("demo.fail.service=pageRank", "demo.fail.after=0s",
						"supervisor.services.pageRank.critical=false")) {
			first.awaitLog(Demo.RUNNING);
			showsWhatWasThrownAndCanBeSteered(first);
			assertThat(outputOf(demo)).contains("The folder '" + data + "', 'links.data', is in use by another process",
					"--links.data=");
			String ownIndex = outputOf(demo, "spring.datasource.url=jdbc:h2:mem:other;MODE=PostgreSQL");
			assertThat(ownIndex).contains("The folder '" + data + "', 'links.data', is in use by another process");
			String port = first.find(PORT);
			assertThat(outputOf(demo, "links.data=" + other, "server.port=" + port))
				.contains("Port " + port + " was already in use");
			String searchPort = first.find(SEARCH_PORT);
			assertThat(outputOf(demo, "links.data=" + other, "links.front-end.port=" + searchPort)).contains(
					"frontEnd: java.net.BindException: The search page cannot be served on 127.0.0.1:" + searchPort,
					"'links.front-end.port' sets another port");
		}
	}

	private static void showsWhatWasThrownAndCanBeSteered(ApplicationProcess process) {
		Awaitility.await()
			.untilAsserted(() -> assertThat(process.get("/actuator/supervisor/pageRank").body())
				.contains("java.lang.IllegalStateException", "as 'demo.fail' asked for"));
		assertThat(process.get("/actuator/supervisor").body()).contains("\"writable\":true");
		HttpResponse<String> restarted = process.post("/actuator/supervisor/indexer", "{\"action\":\"restart\"}");
		assertThat(restarted.statusCode()).as(restarted::body).isIn(200, 202);
	}

	private static String outputOf(Demo demo, String... properties) {
		try (ApplicationProcess second = demo.start(properties)) {
			assertThat(second.exitCode()).as(second::output).isOne();
			assertThat(StringUtils.countOccurrencesOf(second.output(), ANALYSIS)).as(second::output).isOne();
			return second.output();
		}
	}

}
