package io.supervisor.autoconfigure;

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
 * <p>
 * No method has more than three parameters: that many Java calls by reflection with code
 * that it has at hand; for each further number it makes some at every start, which takes
 * milliseconds.
 */
@AutoConfiguration(after = { ApplicationAvailabilityAutoConfiguration.class, LifecycleAutoConfiguration.class,
		TaskExecutionAutoConfiguration.class })
@EnableConfigurationProperties(SupervisorProperties.class)
public final class SupervisorAutoConfiguration {

	static final String GROUP_BEAN_NAME = "serviceGroup";

	private static final String GROUP_NAME = "supervisor";

	static final String EXECUTOR_BEAN_NAME = "supervisorTaskExecutor";

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
			.configure(new SupervisorTaskExecutor());
	}

	@Bean
	ServiceGroupConfigurer serviceGroupConfigurer(ConfigurableListableBeanFactory beanFactory, Environment environment,
			SupervisorProperties properties) {
		return new ServiceGroupConfigurer(beanFactory, environment, properties);
	}

	@Bean
	ServiceGroupHost serviceGroupHost(ConfigurableApplicationContext context,
			@Qualifier(EXECUTOR_BEAN_NAME) ObjectProvider<Executor> executor) {
		Executor available = executor.getIfAvailable();
		if (available == null) {
			throw new InvalidSupervisorConfigurationException(
					"The bean '%s' is no java.util.concurrent.Executor.".formatted(EXECUTOR_BEAN_NAME),
					"Rename the bean, or make it an executor that has a thread for each service.");
		}
		boolean mayBlock = !(available instanceof SupervisorTaskExecutor own) || own.mayBlock();
		return new ServiceGroupHost(context, available, mayBlock);
	}

	@Bean(GROUP_BEAN_NAME)
	@Primary
	@ConditionalOnMissingBean(name = GROUP_BEAN_NAME, search = SearchStrategy.CURRENT)
	ServiceGroup serviceGroup(ServiceGroupHost host, ServiceGroupConfigurer configurer,
			ObjectProvider<ServiceGroupBuilderCustomizer> customizers) {
		ServiceGroup.Builder builder = configurer.configure(host.prepare(ServiceGroup.builder(GROUP_NAME)));
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		configurer.customized(builder.takeServices());
		return builder.build();
	}

	/**
	 * Fills the group, which therefore depends on no service: one may ask for the group.
	 */
	@Bean
	@Lazy(false)
	ServiceGroupLifecycle serviceGroupLifecycle(@Qualifier(GROUP_BEAN_NAME) ServiceGroup group, ServiceGroupHost host,
			ServiceGroupConfigurer configurer) {
		if (!GROUP_NAME.equals(group.name())) {
			throw new InvalidSupervisorConfigurationException(
					"The bean '%s' is not the group that all services are in, but something else of its type, such as a mock."
						.formatted(GROUP_BEAN_NAME),
					"Mock the services instead, or what uses the group; or spy on it. With 'supervisor.auto-startup=false' no service is started.");
		}
		return new ServiceGroupLifecycle(group, host, configurer.lifecycle(), () -> configurer.fill(group));
	}

	@Bean
	ServiceGroupReadinessRunner serviceGroupReadinessRunner(ServiceGroupLifecycle lifecycle,
			SupervisorProperties properties) {
		return new ServiceGroupReadinessRunner(lifecycle, properties.getReadyTimeout(),
				properties.getShutdownTimeout());
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
