package io.supervisor.autoconfigure;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import com.jayway.jsonpath.JsonPath;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The manifest in {@code docs/kubernetes} against an application.
 */
class KubernetesManifestTests {

	private static final String CONTAINER = "$.spec.template.spec.containers[0]";

	@Test
	void probesAnswerAndTellAFailedGroup() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
				await().untilAsserted(() -> assertThat(call(context, probe)).as(probe).isEqualTo(200));
			}
			context.getBean(CountDownLatch.class).countDown();
			for (String probe : List.of("livenessProbe", "readinessProbe")) {
				await().untilAsserted(() -> assertThat(call(context, probe)).as(probe).isEqualTo(503));
			}
		}
	}

	@Test
	void metricsAreWhereTheManifestSays() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			String path = JsonPath.read(manifest(), "$.spec.template.metadata.annotations['prometheus.io/path']");
			assertThat(get(context, path)).isEqualTo(200);
			assertThat(get(context, "/actuator/supervisor")).isEqualTo(200);
			assertThat(get(context, "/actuator/env")).isEqualTo(404);
		}
	}

	@Test
	void timesFitTheDefaults() throws Exception {
		assertThat(JsonPath.<Integer>read(manifest(), "$.spec.template.spec.terminationGracePeriodSeconds"))
			.isGreaterThan(25 + 30);
		int period = JsonPath.read(manifest(), CONTAINER + ".startupProbe.periodSeconds");
		int failures = JsonPath.read(manifest(), CONTAINER + ".startupProbe.failureThreshold");
		assertThat((long) period * failures).isGreaterThan(new SupervisorProperties().getReadyTimeout().toSeconds());
	}

	private static int call(ConfigurableApplicationContext context, String probe) throws Exception {
		return get(context, JsonPath.read(manifest(), CONTAINER + "." + probe + ".httpGet.path"));
	}

	private static int get(ConfigurableApplicationContext context, String path) throws Exception {
		URI uri = URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path);
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
			.statusCode();
	}

	private static ConfigurableApplicationContext run() throws IOException {
		Map<String, Object> variables = new LinkedHashMap<>();
		List<Map<String, String>> env = JsonPath.read(manifest(), CONTAINER + ".env");
		env.forEach((variable) -> variables.put(variable.get("name"), variable.get("value")));
		ApplicationContextInitializer<ConfigurableApplicationContext> environment = (context) -> context
			.getEnvironment()
			.getPropertySources()
			.addAfter(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					"manifest-" + StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
		return new SpringApplicationBuilder(Application.class).initializers(environment)
			.run("--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off");
	}

	private static Object manifest() throws IOException {
		return new Yaml().load(Files.readString(Path.of("..", "docs", "kubernetes", "deployment.yaml")));
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		CountDownLatch failure() {
			return new CountDownLatch(1);
		}

		@Bean
		Service crawler(CountDownLatch failure) {
			return (context) -> {
				context.interruptibly(() -> {
					failure.await();
					return "";
				});
				throw new IllegalStateException("gone");
			};
		}

		@Bean
		Service indexer() {
			return ServiceContext::awaitCancellation;
		}

	}

}
