package io.supervisor.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.supervisor.ServiceGroup;
import io.supervisor.metrics.ServiceGroupMetrics;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * {@link AutoConfiguration Auto-configuration} for the meters of the service group.
 */
@AutoConfiguration(afterName = { "io.supervisor.autoconfigure.SupervisorAutoConfiguration",
		"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnSingleCandidate(ServiceGroup.class)
@EnableConfigurationProperties(SupervisorMetricsProperties.class)
public final class SupervisorMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ServiceGroupMetrics serviceGroupMetrics(ServiceGroup group, SupervisorMetricsProperties properties) {
		InvalidSupervisorConfigurationException.throwIfNegative("supervisor.metrics.max-services",
				properties.maxServices());
		return new ServiceGroupMetrics(group, properties.maxServices());
	}

	@Bean
	LeaseMetrics supervisorLeaseMetrics(ConfigurableListableBeanFactory beanFactory) {
		return new LeaseMetrics(beanFactory);
	}

}
