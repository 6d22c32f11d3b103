package io.supervisor.process;

import java.util.List;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What stands in the log of a real application.
 */
class LogTests {

	private static final String HOSTILE = "--spring.profiles.active=hostile";

	private static final String RESTARTED = "--supervisor.defaults.restart.policy=on-failure";

	@ParameterizedTest
	@CsvSource({ "ecs, message, $.supervisor.service, $.supervisor.attempt, $.error.type",
			"logstash, message, $['supervisor.service'], $['supervisor.attempt'], $.stack_trace",
			"gelf, short_message, '$[\"_supervisor.service\"]', '$[\"_supervisor.attempt\"]', $.full_message" })
	void structuredLineIsOneLineWithTheServiceWhateverItIsCalledAndThrows(String format, String message, String service,
			String attempt, String error) {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class, HOSTILE,
				RESTARTED, "--supervisor.defaults.restart.max-restarts=1", "--supervisor.defaults.restart.delay=1ms",
				"--spring.main.banner-mode=off", "--logging.structured.format.console=" + format)) {
			assertThat(application.exitCode()).isOne();
			List<String> lines = application.lines();
			assertThat(lines).filteredOn((line) -> !line.startsWith("{"))
				.isSubsetOf("the application has started", "steady ends");
			List<String> hostile = lines.stream().filter((line) -> line.startsWith("{")).filter((line) -> {
				String text = JsonPath.read(line, "$." + message);
				return text.startsWith("'" + HostileService.NAME) || text.startsWith("hostile is");
			}).toList();
			assertThat(hostile).extracting((line) -> JsonPath.<String>read(line, service))
				.containsOnly(HostileService.NAME);
			assertThat(hostile).extracting((line) -> JsonPath.read(line, attempt).toString())
				.containsExactlyInAnyOrder("1", "1", "1", "2", "2", "2");
			assertThat(hostile).extracting((line) -> JsonPath.<String>read(line, "$." + message))
				.anyMatch((text) -> text.contains("failed in attempt 1: java.lang.IllegalStateException"))
				.anyMatch((text) -> text.contains(", as attempt 2"))
				.anyMatch((text) -> text.contains("is given up"))
				.noneMatch((text) -> text.contains("\n"));
			assertThat(JsonPath.<String>read(hostile.get(1), error)).contains("java.lang.IllegalStateException");
		}
	}

	/**
	 * The stack trace is written by the logging system, with the message as it is, but
	 * only once.
	 */
	@Test
	void plainLineOfAFailureIsOneLineAndShowsTheEndOfTheServicesName() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=hostile", RESTARTED, "--supervisor.defaults.restart.max-restarts=5",
				"--supervisor.defaults.restart.delay=1ms", "--logging.exception-conversion-word=%nopex")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.lines()).noneMatch((line) -> line.startsWith(HostileService.FORGED))
				.noneMatch((line) -> line.contains("\u001b[2J"))
				.anyMatch((line) -> line.contains("[" + end("supervisor-" + HostileService.NAME) + "]")
						&& line.contains("failed in attempt 1: ") && line.contains("\\n" + HostileService.FORGED)
						&& line.contains("\\u001b[2J\\u0000x"));
		}
	}

	/**
	 * What the default pattern shows of the name of a thread.
	 */
	private static String end(String threadName) {
		return threadName.substring(Math.max(0, threadName.length() - 15));
	}

}
