package io.supervisor.metrics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.jayway.jsonpath.JsonPath;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import io.supervisor.process.Children;
import io.supervisor.process.Programs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The dashboard and the alert rules against what Prometheus really gets.
 */
class MonitoringFilesTests {

	private static final Path DIRECTORY = Path.of("..", "docs", "monitoring");

	private static final Pattern SERIES = Pattern.compile("supervisor_\\w+");

	private static final Pattern SELECTOR = Pattern.compile("(supervisor_\\w+)\\{([^}]*)}");

	private static final Pattern LABEL = Pattern.compile("(\\w+)\\s*=~?\\s*\"([^\"]*)\"");

	private static final String HOSTILE = "<script>\"quotes\" \\ 'x' {a=\"b\"} \u2028 № \uD83D\uDE80";

	private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

	private @Nullable ServiceGroup group;

	private String scrape = "";

	@BeforeEach
	void measure() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test")
			.service(HOSTILE, ServiceContext::awaitCancellation)
			.service(ServiceDefinition.builder("broken", (context) -> {
				throw new IOException("<script>\n" + "x".repeat(100_000));
			}).policy(ServicePolicy.builder().critical(false).build()).build())
			.build();
		this.group = group;
		new ServiceGroupMetrics(group).bindTo(this.registry);
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		group.restart(HOSTILE).get();
		await().untilAsserted(() -> {
			this.scrape = this.registry.scrape();
			assertThat(this.scrape).contains("supervisor_service_failures_total{")
				.containsPattern("supervisor_service_stop_duration_seconds_count\\{[^\n]*} 1\n");
		});
	}

	@AfterEach
	void stop() throws InterruptedException {
		if (this.group != null) {
			this.group.stop();
			assertThat(this.group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		}
	}

	@Test
	void exportedNamesAreTheDocumentedOnes() {
		assertThat(exported()).containsExactly("supervisor_service_degraded", "supervisor_service_failures_total",
				"supervisor_service_restarts_total", "supervisor_service_start_duration_seconds_count",
				"supervisor_service_start_duration_seconds_max", "supervisor_service_start_duration_seconds_sum",
				"supervisor_service_stop_duration_seconds_count", "supervisor_service_stop_duration_seconds_max",
				"supervisor_service_stop_duration_seconds_sum", "supervisor_service_up",
				"supervisor_service_uptime_seconds", "supervisor_services");
	}

	@Test
	void everyAlertNamesExistingSeries() throws IOException {
		List<String> expressions = JsonPath.read(alerts(), "$.groups[*].rules[*].expr");
		assertThat(expressions).isNotEmpty().allSatisfy(this::namesExistingSeries);
		assertThat(JsonPath.<List<String>>read(alerts(), "$.groups[*].rules[*].annotations.summary"))
			.hasSameSizeAs(expressions);
	}

	@Test
	void everyPanelNamesExistingSeries() throws IOException {
		String dashboard = Files.readString(DIRECTORY.resolve("grafana-dashboard.json"));
		List<String> panels = JsonPath.read(dashboard, "$.panels[*].targets[*].expr");
		List<String> variables = JsonPath.read(dashboard, "$.templating.list[?(@.type=='query')].definition");
		assertThat(panels).isNotEmpty().allSatisfy(this::namesExistingSeries);
		assertThat(variables).hasSize(3).allSatisfy(this::namesExistingSeries);
		assertThat(JsonPath.<List<Integer>>read(dashboard, "$.panels[*].id")).doesNotHaveDuplicates();
		assertThat(JsonPath.<List<String>>read(dashboard, "$..datasource.uid")).containsOnly("${datasource}");
	}

	@Test
	void everyExportedSeriesHasAPanel() throws IOException {
		String dashboard = Files.readString(DIRECTORY.resolve("grafana-dashboard.json"));
		assertThat(exported()).allSatisfy((series) -> assertThat(dashboard).contains(series));
	}

	@Test
	void rulesPassPromtool() throws Exception {
		promtool("check", "rules", "alerts.yml");
		promtool("test", "rules", "alerts-test.yml");
	}

	@Test
	void hostileNamesAndMessagesKeepTheFormatValid(@TempDir Path directory) throws Exception {
		assertThat(this.scrape).doesNotContain("xxxx").doesNotContain("\u0000");
		Path metrics = Files.writeString(directory.resolve("metrics.txt"), this.scrape);
		promtool(metrics, "check", "metrics");
	}

	private void namesExistingSeries(String expression) {
		Matcher series = SERIES.matcher(expression);
		Set<String> exported = exported();
		while (series.find()) {
			assertThat(exported).as(expression).contains(series.group());
		}
		Matcher selector = SELECTOR.matcher(expression);
		while (selector.find()) {
			Matcher label = LABEL.matcher(selector.group(2));
			while (label.find()) {
				labelExists(selector.group(1), label.group(1), label.group(2));
			}
		}
	}

	/**
	 * Job and instance are labels that Prometheus adds.
	 */
	private void labelExists(String series, String label, String values) {
		if (Set.of("job", "instance").contains(label)) {
			return;
		}
		assertThat(this.scrape).containsPattern(series + "\\{[^\n]*" + label + "=");
		if (label.equals("state")) {
			assertThat(values.split("\\|")).isSubsetOf(Arrays.stream(ServiceState.values())
				.map((state) -> state.name().toLowerCase(Locale.ROOT))
				.toList());
		}
	}

	private Set<String> exported() {
		Set<String> names = new TreeSet<>();
		this.scrape.lines()
			.filter((line) -> !line.startsWith("#"))
			.forEach((line) -> names.add(line.substring(0, line.indexOf('{'))));
		return names;
	}

	private static Object alerts() throws IOException {
		return new Yaml().load(Files.readString(DIRECTORY.resolve("alerts.yml")));
	}

	private static void promtool(String... arguments) throws Exception {
		promtool(null, arguments);
	}

	private static void promtool(@Nullable Path input, String... arguments) throws Exception {
		String promtool = Programs.require("prometheus", "promtool").toString();
		ProcessBuilder builder = new ProcessBuilder(Stream.concat(Stream.of(promtool), Stream.of(arguments)).toList())
			.directory(DIRECTORY.toFile())
			.redirectErrorStream(true);
		if (input != null) {
			builder.redirectInput(input.toFile());
		}
		Process process = Children.start(builder);
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
		assertThat(process.exitValue()).as(output).isZero();
	}

}
