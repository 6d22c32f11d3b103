package io.supervisor.autoconfigure;

import io.supervisor.ServiceGroup;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for services in applications whose environment and beans can be
 * refreshed, with Spring Cloud.
 */
@AutoConfiguration(after = SupervisorAutoConfiguration.class)
@ConditionalOnClass({ EnvironmentChangeEvent.class, RefreshScopeRefreshedEvent.class })
@ConditionalOnBean(ServiceGroupConfigurer.class)
public final class SupervisorRefreshAutoConfiguration {

	@Bean
	RefreshedServices supervisorRefreshedServices(
			@Qualifier(SupervisorAutoConfiguration.GROUP_BEAN_NAME) ServiceGroup group,
			ConfigurableListableBeanFactory beanFactory) {
		return new RefreshedServices(group, beanFactory);
	}

	@Bean
	RefreshedPolicies supervisorRefreshedPolicies(
			@Qualifier(SupervisorAutoConfiguration.GROUP_BEAN_NAME) ServiceGroup group,
			ServiceGroupConfigurer configurer) {
		return new RefreshedPolicies(group, configurer);
	}

}
