package io.supervisor.autoconfigure;

import io.supervisor.Service;
import io.supervisor.health.GroupHealthIndicator;
import io.supervisor.health.ServicesHealthContributor;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class SupervisorHealthAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = Services.quietContextRunner()
		.withConfiguration(AutoConfigurations.of(SupervisorHealthAutoConfiguration.class,
				HealthContributorRegistryAutoConfiguration.class, HealthEndpointAutoConfiguration.class))
		.withBean("crawler", Service.class, Services::steady);

	@Test
	void contributorsAreNamedSupervisorAndServices() {
		this.contextRunner.run((context) -> {
			HealthContributorRegistry registry = context.getBean(HealthContributorRegistry.class);
			assertThat(registry.getContributor("supervisor")).isInstanceOf(GroupHealthIndicator.class);
			assertThat(registry.getContributor("services")).isInstanceOf(ServicesHealthContributor.class);
		});
	}

	@Test
	void contributorsAreAbsentWhenDisabled() {
		this.contextRunner.withPropertyValues("management.health.supervisor.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(HealthContributor.class));
	}

	@Test
	void contributorsAreAbsentWithoutHealth() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(HealthContributor.class))
			.run((context) -> assertThat(context).doesNotHaveBean(SupervisorHealthAutoConfiguration.class));
	}

	@Test
	void healthGroupMayNameOneService() {
		this.contextRunner
			.withPropertyValues("management.endpoint.health.group.own.include=supervisor,services/crawler",
					"management.endpoints.web.exposure.include=health")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void healthGroupThatNamesUnknownServiceFailsTheStart() {
		this.contextRunner
			.withPropertyValues("management.endpoint.health.group.own.include=services/crwaler",
					"management.endpoints.web.exposure.include=health")
			.run((context) -> assertThat(context).hasFailed());
	}

}
