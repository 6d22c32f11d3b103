package io.supervisor.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.autoconfigure.ConfigurationPropertiesRebinderAutoConfiguration;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Services whose beans and properties are refreshed by Spring Cloud.
 */
@ExtendWith(OutputCaptureExtension.class)
class SupervisorRefreshAutoConfigurationTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	@TempDir
	Path directory;

	/**
	 * The refresh waited for the end of the run.
	 */
	@Test
	void refreshRestartsTheServicesInItsScopeWithTheirNewBeans(CapturedOutput output) throws Exception {
		write("feed=old");
		try (ConfigurableApplicationContext context = run(InRefreshScope.class)) {
			ServiceGroup group = Services.group(context);
			assertThat(group.awaitReady(TIMEOUT)).isTrue();
			group.stop("stopped").get();
			write("feed=new");
			refresh(context);
			for (String name : List.of("byInterface", "byClass", "withoutProxy", "defined", "nested")) {
				Feed.await(name, "new");
			}
			assertThat(attempts(group)).containsExactlyInAnyOrder("byInterface 2", "byClass 2", "withoutProxy 2",
					"defined 2", "ingest 1", "singleton 1", "stopped 1");
			assertThat(output).contains("Refreshed, and therefore started again: ");
			group.start("stopped").get();
			Feed.await("stopped", "new");
		}
	}

	@Test
	void refreshOfOneBeanRestartsThatOneAlone() throws Exception {
		write("feed=old");
		try (ConfigurableApplicationContext context = run(InRefreshScope.class)) {
			ServiceGroup group = Services.group(context);
			assertThat(group.awaitReady(TIMEOUT)).isTrue();
			context.getBean(org.springframework.cloud.context.scope.refresh.RefreshScope.class).refresh("byClass");
			assertThat(group.awaitState("byInterface", (state) -> state == ServiceState.RUNNING, TIMEOUT)).isTrue();
			group.restart("singleton").get();
			assertThat(attempts(group)).contains("byClass 2", "singleton 2", "byInterface 1", "withoutProxy 1");
		}
	}

	@Test
	void changedEnvironmentHoldsFromTheNextStartOfEachServiceOn(CapturedOutput output) throws Exception {
		write("supervisor.services.price-feed.grace-period=1s");
		try (ConfigurableApplicationContext context = run(Plain.class)) {
			ServiceGroup group = Services.group(context);
			assertThat(group.awaitReady(TIMEOUT)).isTrue();
			write("supervisor.services.price-feed.grace-period=2s", "supervisor.defaults.restart.policy=on-failure",
					"supervisor.shutdown-timeout=20s", "supervisor.services.other.enabled=false",
					"supervisor.services.other.critcal=false");
			refresh(context);
			assertThat(Services.policy(context, "priceFeed").gracePeriod()).isEqualTo(Duration.ofSeconds(1));
			assertThat(output.toString().lines().filter((line) -> line.contains("The environment has changed")))
				.satisfiesExactly(
						(line) -> assertThat(line)
							.contains("INFO", "'supervisor.defaults.restart.policy'",
									"'supervisor.services.price-feed.grace-period'", "other, priceFeed")
							.doesNotContain("shutdown-timeout", "critcal"),
						(line) -> assertThat(line).contains("WARN",
								"'supervisor.services.other.enabled', 'supervisor.shutdown-timeout'",
								"until the application is started again"));
			assertThat(output).contains("'supervisor.services.other.critcal' means nothing");
			group.restart("priceFeed").get();
			group.awaitState("priceFeed", (state) -> state == ServiceState.RUNNING, TIMEOUT);
			assertThat(Services.policy(context, "priceFeed").gracePeriod()).isEqualTo(Duration.ofSeconds(2));
			assertThat(Services.policy(context, "priceFeed").restart().mode()).hasToString("ON_FAILURE");
			assertThat(Services.policy(context, "other").restart().mode()).hasToString("NEVER");
		}
	}

	@Test
	void changedEnvironmentThatCannotBeBoundChangesNothing(CapturedOutput output) throws Exception {
		write("supervisor.services.price-feed.grace-period=1s");
		try (ConfigurableApplicationContext context = run(Plain.class)) {
			ServiceGroup group = Services.group(context);
			write("supervisor.services.price-feed.grace-period=-1s", "supervisor.services.other.critical=false");
			refresh(context);
			assertThat(output).contains("policies of services stay as they are",
					"The value '-1s' of 'supervisor.services.price-feed.grace-period'");
			for (String name : List.of("priceFeed", "other")) {
				group.restart(name).get();
				group.awaitState(name, (state) -> state == ServiceState.RUNNING, TIMEOUT);
			}
			assertThat(Services.policy(context, "priceFeed").gracePeriod()).isEqualTo(Duration.ofSeconds(1));
			assertThat(Services.policy(context, "other").critical()).isTrue();
		}
	}

	@Test
	void nothingIsThereWithoutSpringCloud() {
		Services.quietContextRunner()
			.withConfiguration(AutoConfigurations.of(SupervisorRefreshAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("org.springframework.cloud"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(SupervisorRefreshAutoConfiguration.class));
	}

	private void write(String... lines) throws IOException {
		Files.write(this.directory.resolve("application.properties"), List.of(lines));
	}

	private ConfigurableApplicationContext run(Class<?> configuration) {
		return new SpringApplicationBuilder(Application.class, configuration).web(WebApplicationType.NONE)
			.run("--spring.config.location=" + this.directory.toUri(), "--spring.main.banner-mode=off",
					"--supervisor.on-group-failure=report");
	}

	private static void refresh(ConfigurableApplicationContext context) throws Exception {
		CompletableFuture.supplyAsync(() -> context.getBean(ContextRefresher.class).refresh())
			.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
	}

	private static List<String> attempts(ServiceGroup group) {
		return group.services().stream().map((service) -> service.name() + " " + service.attempt()).toList();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SupervisorAutoConfiguration.class, SupervisorRefreshAutoConfiguration.class,
			TaskExecutionAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class,
			RefreshAutoConfiguration.class, ConfigurationPropertiesRebinderAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

		@Bean
		Service other() {
			return Services.steady();
		}

		@Bean
		Service priceFeed() {
			return Services.steady();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InRefreshScope {

		@Bean
		@RefreshScope
		Service byInterface(@Value("${feed}") String feed) {
			return new Feed(feed);
		}

		@Bean
		@RefreshScope
		Feed byClass(@Value("${feed}") String feed) {
			return new Feed(feed);
		}

		@Bean
		@Scope(scopeName = "refresh", proxyMode = ScopedProxyMode.NO)
		Service withoutProxy(@Value("${feed}") String feed) {
			return new Feed(feed);
		}

		@Bean
		@RefreshScope
		Service stopped(@Value("${feed}") String feed) {
			return new Feed(feed);
		}

		@Bean
		@RefreshScope
		Service crawler(@Value("${feed}") String feed) {
			return new Feed(feed);
		}

		@Bean
		ServiceDefinition defined(@Qualifier("crawler") Service crawler) {
			return ServiceDefinition.of("defined", crawler);
		}

		@Bean
		@RefreshScope
		Service nested(@Value("${feed}") String feed) {
			return new Feed(feed);
		}

		@Bean
		ServiceGroup ingest(@Qualifier("nested") Service nested) {
			return ServiceGroup.builder("ingest").service("nested", nested).build();
		}

		@Bean
		Service singleton() {
			return Services.steady();
		}

	}

	static class Feed implements Service {

		private static final BlockingQueue<String> RUNS = new LinkedBlockingQueue<>();

		private final String value;

		Feed(String value) {
			this.value = value;
		}

		protected Feed() {
			this("proxy");
		}

		@Override
		public void run(ServiceContext context) throws Exception {
			RUNS.add(context.serviceName() + "=" + this.value);
			context.awaitCancellation();
		}

		static void await(String name, String value) {
			org.awaitility.Awaitility.await().atMost(TIMEOUT).until(() -> RUNS.contains(name + "=" + value));
		}

	}

}
