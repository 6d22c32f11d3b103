package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.autoconfigure.SupervisorAutoConfiguration.WebApplication;
import io.supervisor.lifecycle.ServiceGroupLifecycle;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.core.env.Environment;

/**
 * Shapes the group as the properties say, and fills it with the services of the context.
 */
final class ServiceGroupConfigurer {

	/**
	 * What a context waits for a phase where nothing is configured.
	 */
	private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(10);

	private final ConfigurableListableBeanFactory beanFactory;

	private final Environment environment;

	private final SupervisorProperties properties;

	private final ServicePolicies policies;

	private List<ServiceDefinition> customized = List.of();

	ServiceGroupConfigurer(ConfigurableListableBeanFactory beanFactory, Environment environment,
			SupervisorProperties properties) {
		this.beanFactory = beanFactory;
		this.environment = environment;
		this.properties = properties;
		this.policies = new ServicePolicies(environment, properties);
	}

	/**
	 * Take note of what customizers have added to the group, to be added with all others.
	 */
	void customized(List<ServiceDefinition> definitions) {
		this.customized = definitions;
	}

	ServiceGroup.Builder configure(ServiceGroup.Builder builder) {
		return builder.defaults(this.policies.defaults())
			.startTimeout(this.policies.startTimeout())
			.shutdownTimeout(this.properties.getShutdownTimeout());
	}

	/**
	 * Add the services of the context to the group. Creates them.
	 * @return the names of those that are left out, each with the reason
	 */
	Map<String, String> fill(ServiceGroup group) {
		Map<String, String> leftOut = new ServiceGroupFiller(this.beanFactory, this.environment, this.policies,
				this.beanFactory.getBeanProvider(ClusterLifecycle.class))
			.fill(group, this.customized);
		new ShutdownTimeoutCheck(this.properties.getShutdownTimeout()).check(group);
		return leftOut;
	}

	ServiceGroupLifecycle.Settings lifecycle() {
		return new ServiceGroupLifecycle.Settings(this.properties.isAutoStartup(), this.properties.getPhase(),
				this.properties.getShutdownTimeout(), phaseTimeout(), this.properties.getOnGroupFailure(),
				this.beanFactory.getBeanProvider(WebApplication.class).getIfAvailable() != null);
	}

	private Duration phaseTimeout() {
		LifecycleProperties lifecycle = this.beanFactory.getBeanProvider(LifecycleProperties.class).getIfAvailable();
		return (lifecycle != null) ? lifecycle.getTimeoutPerShutdownPhase() : DEFAULT_PHASE_TIMEOUT;
	}

}
