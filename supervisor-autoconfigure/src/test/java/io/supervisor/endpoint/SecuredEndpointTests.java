package io.supervisor.endpoint;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;

import com.jayway.jsonpath.JsonPath;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The endpoint and its page behind Spring Security, set up as {@code docs/endpoint.md}
 * shows.
 */
class SecuredEndpointTests {

	private final ServiceGroup group = ServiceGroup.builder("supervisor")
		.service("feed", ServiceContext::awaitCancellation)
		.service(ServiceDefinition.builder("broken", (context) -> {
			throw new IllegalStateException("password=hunter2");
		}).policy(ServicePolicy.builder().critical(false).build()).build())
		.build();

	@Test
	void detailsAreForThoseWithTheRole() throws Exception {
		try (EndpointApplication application = run()) {
			String ops = get(application, "ops").body();
			assertThat(JsonPath.<Boolean>read(ops, "$.details")).isTrue();
			assertThat(ops).contains("hunter2", "java.lang.IllegalStateException");
			String viewer = get(application, "viewer").body();
			assertThat(JsonPath.<Boolean>read(viewer, "$.details")).isFalse();
			assertThat(viewer).contains("lastFailure").doesNotContain("hunter2", "IllegalState");
			assertThat(get(application, "nobody").statusCode()).isEqualTo(401);
		}
	}

	@Test
	void postWithoutATokenIsRefused() throws Exception {
		try (EndpointApplication application = run()) {
			HttpRequest request = HttpRequest.newBuilder(application.uri("/supervisor/feed"))
				.header("Authorization", authorization("ops"))
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString("{\"action\":\"stop\"}"))
				.build();
			assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(403);
			assertThat(this.group.service("feed").orElseThrow().ready()).isTrue();
		}
	}

	@Test
	void buttonsWorkForOpsAndSaySoForOthers(@TempDir(cleanup = CleanupMode.NEVER) Path userData) throws Exception {
		String restart = "document.querySelector(\"tr[data-path='feed'] [data-action='restart']\").click()";
		try (Browser browser = new Browser(userData); EndpointApplication application = run()) {
			browser.header("Authorization", authorization("viewer"));
			browser.open(application.uri("/supervisor"));
			browser.evaluate(restart);
			await().untilAsserted(() -> assertThat(browser.text("#notice")).contains("refused (403)", "role", "CSRF"));
			assertThat(browser.text("#access")).contains("Details are hidden");
			assertThat(this.group.service("feed").orElseThrow().attempt()).isOne();
			browser.header("Authorization", authorization("ops"));
			browser.open(application.uri("/supervisor"));
			browser.evaluate(restart);
			await().untilAsserted(() -> assertThat(browser.text("#notice")).startsWith("restart of feed done"));
			assertThat(this.group.service("feed").orElseThrow().attempt()).isEqualTo(2);
			assertThat(browser.complaints()).isEmpty();
		}
	}

	private EndpointApplication run() throws Exception {
		EndpointApplication application = EndpointApplication
			.run((context) -> context.registerBean(Security.class), this.group,
					"management.endpoint.supervisor.show-details=when-authorized",
					"management.endpoint.supervisor.roles=OPS")
			.started();
		await().atMost(Duration.ofSeconds(10))
			.until(() -> this.group.service("broken").orElseThrow().lastFailure().isPresent());
		return application;
	}

	private static HttpResponse<String> get(EndpointApplication application, String user) throws Exception {
		return application.get("/supervisor", "Authorization", authorization(user));
	}

	private static String authorization(String user) {
		return "Basic " + Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class Security {

		@Bean
		SecurityFilterChain supervisorSecurity(HttpSecurity http) throws Exception {
			http.securityMatcher("/actuator/supervisor", "/actuator/supervisor/**")
				.authorizeHttpRequests((requests) -> requests.requestMatchers(HttpMethod.POST)
					.hasRole("OPS")
					.anyRequest()
					.authenticated())
				.csrf((csrf) -> csrf.spa())
				.httpBasic(Customizer.withDefaults());
			return http.build();
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(
					User.withUsername("ops").password("{noop}secret").roles("OPS").build(),
					User.withUsername("viewer").password("{noop}secret").roles("VIEWER").build());
		}

	}

}
