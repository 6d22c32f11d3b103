package io.supervisor.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import com.jayway.jsonpath.JsonPath;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A web application in a context whose parent is an application itself, each with a group
 * of its own.
 */
class ParentAndChildContextTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	@Test
	void eachHasItsOwnServicesAndTheWebShowsThoseOfTheChild() throws Exception {
		ConfigurableApplicationContext child = run();
		try (ConfigurableApplicationContext parent = (ConfigurableApplicationContext) child.getParent()) {
			ServiceGroup parentGroup = Services.group(parent);
			ServiceGroup childGroup = Services.group(child);
			try (child) {
				assertThat(names(parentGroup)).containsExactly("importer");
				assertThat(names(childGroup)).containsExactly("mailer");
				assertThat(parentGroup.awaitReady(TIMEOUT)).isTrue();
				assertThat(childGroup.awaitReady(TIMEOUT)).isTrue();
				assertThat(JsonPath.<List<String>>read(get(child, "/supervisor"), "$.services[*].name"))
					.containsExactly("mailer");
			}
			assertThat(childGroup.snapshot().state().isTerminal()).isTrue();
			assertThat(parentGroup.service("importer").map(ServiceSnapshot::ready)).hasValue(true);
		}
	}

	/**
	 * Boot has one registry of health, the parent's, but availability goes up.
	 */
	@Test
	void failureInTheChildBreaksTheApplication() throws Exception {
		try (ConfigurableApplicationContext child = run();
				ConfigurableApplicationContext parent = (ConfigurableApplicationContext) child.getParent()) {
			assertThat(get(child, "/health/liveness")).contains("UP");
			child.getBean(CountDownLatch.class).countDown();
			await().untilAsserted(() -> assertThat(get(child, "/health/liveness")).contains("DOWN"));
			assertThat(Services.group(child).snapshot().failed()).isTrue();
			assertThat(Services.group(parent).snapshot().failed()).isFalse();
		}
	}

	private static ConfigurableApplicationContext run() {
		return new SpringApplicationBuilder(Parent.class).web(WebApplicationType.NONE)
			.child(Child.class)
			.web(WebApplicationType.SERVLET)
			.run("--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off",
					"--management.endpoints.web.exposure.include=*",
					"--management.endpoint.health.probes.enabled=true");
	}

	private static List<String> names(ServiceGroup group) {
		return group.services().stream().map(ServiceSnapshot::name).toList();
	}

	private static String get(ConfigurableApplicationContext context, String path) throws Exception {
		URI uri = URI.create(
				"http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator" + path);
		return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Parent {

		@Bean
		Service importer() {
			return ServiceContext::awaitCancellation;
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Child {

		@Bean
		CountDownLatch failure() {
			return new CountDownLatch(1);
		}

		@Bean
		Service mailer(CountDownLatch failure) {
			return (context) -> {
				context.interruptibly(() -> {
					failure.await();
					return failure;
				});
				throw new IllegalStateException("no mail");
			};
		}

	}

}
