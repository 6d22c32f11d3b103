package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

import io.supervisor.ServiceGroup;

import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A group in an application context, without auto-configuration.
 */
final class HostedGroup implements AutoCloseable {

	static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final ServiceGroupHost host = new ServiceGroupHost(this.context, new SimpleAsyncTaskExecutor("supervisor-"),
			true);

	private final ServiceGroup group;

	private final ServiceGroupLifecycle lifecycle;

	HostedGroup(Consumer<ServiceGroup.Builder> services) {
		this(services, true);
	}

	HostedGroup(Consumer<ServiceGroup.Builder> services, boolean autoStartup) {
		ServiceGroup.Builder builder = this.host.prepare(ServiceGroup.builder("supervisor"));
		services.accept(builder);
		this.group = builder.build();
		this.lifecycle = new ServiceGroupLifecycle(this.group, this.host,
				new ServiceGroupLifecycle.Settings(autoStartup, ServiceGroupLifecycle.DEFAULT_PHASE,
						Duration.ofSeconds(25), Duration.ofSeconds(30), OnGroupFailure.AUTO, false),
				Map::of);
		this.context.registerBean("availability", ApplicationAvailabilityBean.class);
		this.context.registerBean("host", ServiceGroupHost.class, () -> this.host);
		this.context.registerBean("lifecycle", ServiceGroupLifecycle.class, () -> this.lifecycle);
	}

	HostedGroup start() {
		this.context.refresh();
		return this;
	}

	AnnotationConfigApplicationContext context() {
		return this.context;
	}

	ServiceGroup group() {
		return this.group;
	}

	ServiceGroupHost host() {
		return this.host;
	}

	ServiceGroupLifecycle lifecycle() {
		return this.lifecycle;
	}

	void awaitReady() throws InterruptedException {
		assertThat(this.group.awaitReady(TIMEOUT)).isTrue();
	}

	void awaitTermination() throws InterruptedException {
		assertThat(this.group.awaitTermination(TIMEOUT)).isTrue();
	}

	@Override
	public void close() {
		this.context.close();
	}

}
