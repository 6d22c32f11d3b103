package io.supervisor.demo.admin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import de.codecentric.boot.admin.server.config.EnableAdminServer;
import io.supervisor.Service;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with services, seen by a real Spring Boot Admin server.
 */
class SpringBootAdminTests {

	private final HttpClient http = HttpClient.newHttpClient();

	@Test
	void adminShowsEachServiceAndListsTheEndpoint() {
		try (ConfigurableApplicationContext server = start(Server.class)) {
			String url = "http://127.0.0.1:" + server.getEnvironment().getProperty("local.server.port");
			try (ConfigurableApplicationContext client = start(Client.class, "spring.boot.admin.client.url=" + url,
					"spring.boot.admin.client.period=1s", "management.endpoints.web.exposure.include=*",
					"management.endpoint.health.show-details=always")) {
				Awaitility.await()
					.atMost(Duration.ofMinutes(1))
					.failFast(() -> assertThat(client.isActive()).isTrue())
					.untilAsserted(() -> assertShown(
							get(url + "/instances").stream().map(SpringBootAdminTests::map).toList()));
			}
		}
	}

	private static void assertShown(List<Map<String, Object>> instances) {
		assertThat(instances).singleElement().satisfies((instance) -> {
			Map<String, Object> status = map(instance.get("statusInfo"));
			assertThat(status.get("status")).isEqualTo("UP");
			Map<String, Object> details = map(status.get("details"));
			assertThat(map(map(details.get("supervisor")).get("details")).get("state")).isEqualTo("RUNNING");
			Map<String, Object> services = map(details.get("services"));
			assertThat(map(services.get("components"))).containsOnlyKeys("crawler", "indexer");
			Map<String, Object> crawler = map(map(services.get("components")).get("crawler"));
			assertThat(crawler.get("status")).isEqualTo("UP");
			assertThat(map(crawler.get("details"))).containsEntry("state", "RUNNING").containsEntry("attempt", 1);
			assertThat((List<?>) instance.get("endpoints")).extracting((endpoint) -> map(endpoint).get("id"))
				.contains("supervisor");
		});
	}

	private List<Object> get(String url) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("Accept", "application/json").build();
		String json = this.http.send(request, HttpResponse.BodyHandlers.ofString()).body();
		return JsonParserFactory.getJsonParser().parseList(json);
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> map(@Nullable Object json) {
		assertThat(json).isInstanceOf(Map.class);
		return (Map<String, Object>) json;
	}

	private static ConfigurableApplicationContext start(Class<?> application, String... properties) {
		return new SpringApplicationBuilder(application).bannerMode(Banner.Mode.OFF)
			.properties("spring.config.location=optional:classpath:/none/", "server.port=0", "server.address=127.0.0.1")
			.properties(properties)
			.run();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAdminServer
	static class Server {

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Client {

		@Bean
		Service crawler() {
			return (context) -> context.awaitCancellation();
		}

		@Bean
		Service indexer() {
			return (context) -> context.awaitCancellation();
		}

	}

}
