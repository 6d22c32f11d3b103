package io.supervisor.autoconfigure;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import com.jayway.jsonpath.JsonPath;
import io.supervisor.GroupState;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application as users have it, with all that shows the group, and services whose
 * names and messages are meant to do harm.
 */
class ObservedApplicationTests {

	private static final String HOSTILE = "<script>alert(1)<img> \"quotes\" 'x' ; ? # % & \u2028 \u202E № \uD83D\uDE80";

	private static final String LONG = "long".repeat(25_000);

	private static final String SECRET = "hunter2";

	private static final HttpClient client = HttpClient.newHttpClient();

	@ParameterizedTest
	@ValueSource(strings = { "", "spring.main.lazy-initialization=true", "spring.threads.virtual.enabled=true" })
	void everythingShowsTheSameServices(String property) throws Exception {
		try (ConfigurableApplicationContext context = run(
				property.isEmpty() ? new String[0] : new String[] { property })) {
			String group = get(context, "/supervisor").body();
			assertThat(JsonPath.<String>read(group, "$.state")).isEqualTo("RUNNING");
			assertThat(JsonPath.<List<String>>read(group, "$.services[*].name")).containsExactlyInAnyOrder("priceFeed",
					"links", HOSTILE, LONG);
			assertThat(JsonPath.<List<String>>read(group, "$.services[*].services[*].path"))
				.containsExactly("links/crawler");
			await().untilAsserted(() -> assertThat(get(context, "/prometheus").body())
				.contains("supervisor_service_up{service=\"priceFeed\"} 1.0")
				.contains("supervisor_service_up{service=\"links/crawler\"} 1.0")
				.contains("supervisor_services{state=\"failed\"} 2.0"));
			HttpResponse<String> meter = get(context, "/metrics/supervisor.service.up?tag=service:links/crawler");
			assertThat(JsonPath.<Double>read(meter.body(), "$.measurements[0].value")).isOne();
		}
	}

	@Test
	void hostileNamesAndMessagesDoNoHarm() throws Exception {
		try (ConfigurableApplicationContext context = run("management.endpoint.supervisor.show-details=always",
				"management.endpoint.health.show-details=always")) {
			HttpResponse<String> service = get(context, "/supervisor/" + encode(HOSTILE));
			assertThat(service.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<String>read(service.body(), "$.name")).isEqualTo(HOSTILE);
			assertThat(JsonPath.<String>read(service.body(), "$.lastFailure.message")).startsWith("password=" + SECRET)
				.contains("\u0000", "\r\n", "more characters")
				.hasSizeLessThan(5000);
			HttpResponse<String> health = get(context, "/health");
			assertThat(JsonPath.<Object>read(health.body(), "$.components")).isNotNull();
			assertThat(health.headers().firstValue("Content-Type").orElseThrow()).contains("json");
			assertThat(get(context, "/prometheus").statusCode()).isEqualTo(200);
			HttpResponse<String> restarted = post(context, "/supervisor/" + encode(HOSTILE), "restart");
			assertThat(restarted.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<Integer>read(restarted.body(), "$.attempt")).isEqualTo(2);
		}
	}

	@Test
	void nothingSecretLeaksByDefault() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			await().until(() -> get(context, "/metrics/supervisor.service.failures").statusCode() == 200);
			for (String path : List.of("/supervisor", "/supervisor/" + encode(HOSTILE), "/health", "/health/readiness",
					"/prometheus", "/metrics/supervisor.service.failures")) {
				assertThat(get(context, path).body()).as(path)
					.isNotEmpty()
					.doesNotContain(SECRET, "java.lang", "java.io", "\tat ");
			}
			HttpResponse<String> refused = post(context, "/supervisor/" + encode(HOSTILE), "restart");
			assertThat(refused.body()).doesNotContain(SECRET, "java.lang");
			assertThat(post(context, "/supervisor/nobody", "start").body()).doesNotContain("Exception", "java.");
		}
	}

	@Test
	void worksOnAManagementPortOfItsOwn() throws Exception {
		try (ConfigurableApplicationContext context = run("management.server.port=0",
				"management.server.address=127.0.0.1", "management.server.base-path=/behind",
				"management.endpoints.web.base-path=/ops", "management.endpoint.health.probes.enabled=true",
				"management.endpoint.health.probes.add-additional-paths=true",
				"management.endpoint.health.show-components=always")) {
			URI management = URI.create("http://127.0.0.1:"
					+ context.getEnvironment().getProperty("local.management.port") + "/behind/ops/");
			assertThat(get(management.resolve("supervisor")).body()).contains("priceFeed");
			assertThat(client
				.send(HttpRequest.newBuilder(management.resolve("supervisor")).header("Accept", "text/html").build(),
						BodyHandlers.ofString())
				.body()).startsWith("<!DOCTYPE html>");
			HttpResponse<String> restarted = post(management.resolve("supervisor/priceFeed"), "restart");
			assertThat(JsonPath.<Integer>read(restarted.body(), "$.attempt")).isEqualTo(2);
			assertThat(get(management.resolve("health")).body()).contains("\"priceFeed\"");
			assertThat(get(management.resolve("health/liveness")).statusCode()).isEqualTo(200);
			URI probe = URI
				.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/readyz");
			assertThat(get(probe).statusCode()).isEqualTo(200);
			assertThat(get(context, "/supervisor").statusCode()).isEqualTo(404);
		}
	}

	/**
	 * As a checkpoint does it.
	 */
	@Test
	void contextThatIsStoppedAndStartedGoesOn() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			ServiceGroup group = context.getBean(ServiceGroup.class);
			context.stop();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
			assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.doesNotContain("supervisor-priceFeed", "supervisor");
			context.start();
			assertThat(group.awaitState("priceFeed", ServiceState.RUNNING::equals, Duration.ofSeconds(10))).isTrue();
			assertThat(JsonPath.<List<Integer>>read(get(context, "/supervisor").body(),
					"$.services[?(@.name=='priceFeed')].attempt"))
				.containsExactly(2);
			await().untilAsserted(() -> assertThat(JsonPath.<List<String>>read(get(context, "/supervisor").body(),
					"$.transitions[?(@.service=='priceFeed')].to"))
				.containsSubsequence("RUNNING", "STOPPED", "RUNNING"));
			await().untilAsserted(() -> assertThat(get(context, "/health/liveness").body()).contains("UP"));
			await().untilAsserted(() -> assertThat(get(context, "/prometheus").body())
				.contains("supervisor_service_up{service=\"priceFeed\"} 1.0"));
		}
	}

	@Test
	void groupThatIsStoppedByHandCanBeStartedAgainAndEndsWithTheContext() throws Exception {
		ConfigurableApplicationContext context = run();
		ServiceGroup group = context.getBean(ServiceGroup.class);
		assertThat(post(context, "/supervisor", "stop").statusCode()).isEqualTo(200);
		assertThat(group.snapshot().state().isTerminal()).isTrue();
		assertThat(post(context, "/supervisor", "start").statusCode()).isEqualTo(200);
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		assertThat(post(context, "/supervisor", "restart").statusCode()).isIn(200, 202);
		assertThat(group.awaitState("priceFeed", ServiceState.RUNNING::equals, Duration.ofSeconds(10))).isTrue();
		context.close();
		assertThat(group.snapshot().state().isTerminal()).isTrue();
	}

	private static ConfigurableApplicationContext run(String... properties) throws InterruptedException {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).run(Stream
			.concat(Stream.of("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off",
					"management.endpoints.web.exposure.include=*",
					"management.endpoint.supervisor.access=unrestricted"), Stream.of(properties))
			.map("--"::concat)
			.toArray(String[]::new));
		assertThat(context.getBean(ServiceGroup.class).awaitReady(Duration.ofSeconds(10))).isTrue();
		return context;
	}

	private static String encode(String name) {
		return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext context, String path)
			throws IOException, InterruptedException {
		return get(uri(context, path));
	}

	private static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
		return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
	}

	private static HttpResponse<String> post(ConfigurableApplicationContext context, String path, String action)
			throws IOException, InterruptedException {
		return post(uri(context, path), action);
	}

	private static HttpResponse<String> post(URI uri, String action) throws IOException, InterruptedException {
		return client.send(HttpRequest.newBuilder(uri)
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{\"action\":\"" + action + "\"}"))
			.build(), BodyHandlers.ofString());
	}

	private static URI uri(ConfigurableApplicationContext context, String path) {
		return URI.create(
				"http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator" + path);
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Service priceFeed() {
			return ServiceContext::awaitCancellation;
		}

		@Bean
		ServiceGroup links() {
			return ServiceGroup.builder("links").service("crawler", ServiceContext::awaitCancellation).build();
		}

		@Bean
		ServiceDefinition hostile() {
			return failing(HOSTILE);
		}

		@Bean
		ServiceDefinition longName() {
			return failing(LONG);
		}

		private static ServiceDefinition failing(String name) {
			return ServiceDefinition.builder(name, (context) -> {
				throw new IllegalStateException(
						"password=" + SECRET + "\r\n\u0000\u001B[31m<script>\"'" + "x".repeat(100_000));
			}).policy(ServicePolicy.builder().critical(false).build()).build();
		}

	}

}
