package io.supervisor.autoconfigure;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/**
 * Services for tests, and short ways to ask a context for what became of them.
 */
final class Services {

	private Services() {
	}

	static ApplicationContextRunner contextRunner() {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SupervisorAutoConfiguration.class,
				TaskExecutionAutoConfiguration.class, LifecycleAutoConfiguration.class));
	}

	/**
	 * A context whose services are collected and not started.
	 */
	static ApplicationContextRunner quietContextRunner() {
		return contextRunner().withPropertyValues("supervisor.auto-startup=false");
	}

	/**
	 * A service that does nothing until it is cancelled. Each one is another instance.
	 */
	static Service steady() {
		return new Steady();
	}

	static ServiceGroup group(ApplicationContext context) {
		return context.getBean("serviceGroup", ServiceGroup.class);
	}

	static ServiceSnapshot service(ApplicationContext context, String name) {
		return group(context).service(name).orElseThrow();
	}

	static ServicePolicy policy(ApplicationContext context, String name) {
		return service(context, name).definition().policy();
	}

	static class Steady implements Service {

		@Override
		public void run(ServiceContext context) throws InterruptedException {
			context.awaitCancellation();
		}

	}

}
