package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import io.supervisor.lifecycle.ServiceGroupHost;
import io.supervisor.lifecycle.ServiceGroupLifecycle;
import io.supervisor.lifecycle.ServiceGroupReadinessRunner;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.task.SimpleAsyncTaskExecutorBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * Auto-configuration for the group of all {@link Service} beans.
 */
@AutoConfiguration(after = { ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
		TaskExecutionAutoConfiguration.class })
@EnableConfigurationProperties(SupervisorProperties.class)
public final class SupervisorAutoConfiguration {

	static final String GROUP_BEAN_NAME = "serviceGroup";

	static final String EXECUTOR_BEAN_NAME = "supervisorTaskExecutor";

	/**
	 * What a context waits for a phase where nothing is configured.
	 */
	private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(10);

	@Bean
	static ServiceGroupNameCheck serviceGroupNameCheck() {
		return new ServiceGroupNameCheck();
	}

	/**
	 * One thread per service, whatever limit is set for other tasks; the group itself
	 * waits for their end. Not a candidate for injection, so that the application's own
	 * task executor stays the only one.
	 */
	@Bean(name = EXECUTOR_BEAN_NAME, defaultCandidate = false)
	@ConditionalOnMissingBean(name = EXECUTOR_BEAN_NAME)
	SimpleAsyncTaskExecutor supervisorTaskExecutor(ObjectProvider<SimpleAsyncTaskExecutorBuilder> builder) {
		return builder.getIfAvailable(SimpleAsyncTaskExecutorBuilder::new)
			.threadNamePrefix("supervisor-")
			.concurrencyLimit(SimpleAsyncTaskExecutor.UNBOUNDED_CONCURRENCY)
			.rejectTasksWhenLimitReached(false)
			.taskTerminationTimeout(null)
			.build();
	}

	@Bean
	ServicePolicies supervisorServicePolicies(Environment environment, SupervisorProperties properties) {
		return new ServicePolicies(environment, properties);
	}

	@Bean
	ServiceGroupHost serviceGroupHost(ConfigurableApplicationContext context) {
		return new ServiceGroupHost(context);
	}

	@Bean(GROUP_BEAN_NAME)
	@Primary
	@ConditionalOnMissingBean(name = GROUP_BEAN_NAME, search = SearchStrategy.CURRENT)
	ServiceGroup serviceGroup(SupervisorProperties properties, ServicePolicies policies, ServiceGroupHost host,
			@Qualifier(EXECUTOR_BEAN_NAME) ObjectProvider<Executor> executor,
			ObjectProvider<ServiceGroupBuilderCustomizer> customizers) {
		ServiceGroup.Builder builder = host.prepare(ServiceGroup.builder("supervisor"))
			.defaults(policies.defaults())
			.executor(executor(executor))
			.startTimeout(properties.startTimeout())
			.shutdownTimeout(properties.shutdownTimeout());
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private static Executor executor(ObjectProvider<Executor> executor) {
		Executor available = executor.getIfAvailable();
		if (available == null) {
			throw new InvalidSupervisorConfigurationException(
					"The bean '%s' is no java.util.concurrent.Executor.".formatted(EXECUTOR_BEAN_NAME),
					"Rename the bean, or make it an executor that has a thread for each service.");
		}
		return available;
	}

	/**
	 * Fills the group, which therefore depends on no service: one may ask for the group.
	 */
	@Bean
	@Lazy(false)
	ServiceGroupLifecycle serviceGroupLifecycle(@Qualifier(GROUP_BEAN_NAME) ServiceGroup group, ServiceGroupHost host,
			SupervisorProperties properties, ServicePolicies policies, Environment environment,
			ConfigurableListableBeanFactory beanFactory, ObjectProvider<LifecycleProperties> lifecycleProperties,
			ObjectProvider<WebApplication> webApplication, ObjectProvider<ClusterLifecycle> cluster) {
		new ServiceGroupFiller(beanFactory, environment, policies, cluster).fill(group);
		LifecycleProperties lifecycle = lifecycleProperties.getIfAvailable();
		return new ServiceGroupLifecycle(group, host,
				new ServiceGroupLifecycle.Settings(properties.autoStartup(), properties.phase(),
						properties.shutdownTimeout(),
						(lifecycle != null) ? lifecycle.getTimeoutPerShutdownPhase() : DEFAULT_PHASE_TIMEOUT,
						properties.onGroupFailure(), webApplication.getIfAvailable() != null));
	}

	@Bean
	ServiceGroupReadinessRunner serviceGroupReadinessRunner(@Qualifier(GROUP_BEAN_NAME) ServiceGroup group,
			ServiceGroupLifecycle lifecycle, ServiceGroupHost host, SupervisorProperties properties) {
		return new ServiceGroupReadinessRunner(group, lifecycle, host, properties.startTimeout(),
				properties.shutdownTimeout());
	}

	@Bean
	@ConditionalOnWebApplication
	WebApplication supervisorWebApplication() {
		return new WebApplication();
	}

	/**
	 * There where the application is a web application.
	 */
	record WebApplication() {

	}

}
