package io.supervisor.autoconfigure;

import io.supervisor.ServiceGroup;
import io.supervisor.health.GroupHealthIndicator;
import io.supervisor.health.ServicesHealthContributor;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for the health of the service group, as {@code supervisor}, and of
 * its services, as {@code services}.
 */
@AutoConfiguration(after = SupervisorAutoConfiguration.class)
@ConditionalOnClass({ HealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(name = SupervisorAutoConfiguration.GROUP_BEAN_NAME)
@ConditionalOnEnabledHealthIndicator("supervisor")
public final class SupervisorHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "supervisorHealthIndicator", "supervisorHealthContributor" })
	GroupHealthIndicator supervisorHealthIndicator(
			@Qualifier(SupervisorAutoConfiguration.GROUP_BEAN_NAME) ServiceGroup group) {
		return new GroupHealthIndicator(group);
	}

	@Bean
	@ConditionalOnMissingBean(name = { "servicesHealthIndicator", "servicesHealthContributor" })
	ServicesHealthContributor servicesHealthContributor(
			@Qualifier(SupervisorAutoConfiguration.GROUP_BEAN_NAME) ServiceGroup group) {
		return new ServicesHealthContributor(group);
	}

}
