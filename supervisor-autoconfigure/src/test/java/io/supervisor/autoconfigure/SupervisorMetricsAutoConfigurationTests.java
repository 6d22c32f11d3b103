package io.supervisor.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.metrics.ServiceGroupMetrics;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class SupervisorMetricsAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(MetricsAutoConfiguration.class, SupervisorMetricsAutoConfiguration.class))
		.withPropertyValues("management.metrics.use-global-registry=false")
		.withBean(SimpleMeterRegistry.class)
		.withBean(ServiceGroup.class,
				() -> ServiceGroup.builder("test").service("feed", ServiceContext::awaitCancellation).build());

	@Test
	void bindsTheMetersOfTheGroup() {
		this.contextRunner.run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("supervisor.services").tag("state", "new").gauge().value()).isOne();
			assertThat(registry.get("supervisor.service.up").tag("service", "feed").gauge().value()).isZero();
		});
	}

	@Test
	void metersOfServicesCanBeTurnedOff() {
		this.contextRunner.withPropertyValues("supervisor.metrics.max-services=0").run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.find("supervisor.services").gauges()).isNotEmpty();
			assertThat(registry.find("supervisor.service.up").gauges()).isEmpty();
		});
	}

	@Test
	void negativeLimitFailsTheStart() {
		this.contextRunner.withPropertyValues("supervisor.metrics.max-services=-1")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.hasStackTraceContaining("supervisor.metrics.max-services")
				.hasStackTraceContaining("must not be negative"));
	}

	@Test
	void ownBinderWins() {
		this.contextRunner
			.withBean("own", ServiceGroupMetrics.class,
					() -> new ServiceGroupMetrics(ServiceGroup.builder("other").build()))
			.run((context) -> assertThat(context).hasSingleBean(ServiceGroupMetrics.class).hasBean("own"));
	}

	@Test
	void backsOffWithoutARegistry() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SupervisorMetricsAutoConfiguration.class))
			.withBean(ServiceGroup.class, () -> ServiceGroup.builder("test").build())
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ServiceGroupMetrics.class));
	}

	@Test
	void backsOffWithoutAGroup() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(MetricsAutoConfiguration.class, SupervisorMetricsAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ServiceGroupMetrics.class));
	}

	@Test
	void backsOffWithoutMicrometer() {
		new ApplicationContextRunner().withClassLoader(new FilteredClassLoader("io.micrometer"))
			.withConfiguration(AutoConfigurations.of(SupervisorMetricsAutoConfiguration.class))
			.withBean(ServiceGroup.class, () -> ServiceGroup.builder("test").build())
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("serviceGroupMetrics"));
	}

}
