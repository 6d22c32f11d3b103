package io.supervisor.lifecycle;

import java.util.concurrent.Executor;

import io.supervisor.ServiceGroup;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What a group gets from the application context that it lives in: the threads of its
 * services and the one that it runs on itself, and listeners that turn its transitions
 * into events and availability of the application. Exists before the group, and before
 * {@link ServiceGroupLifecycle}, which starts and stops it.
 */
public final class ServiceGroupHost implements DisposableBean {

	private final ConfigurableApplicationContext context;

	private final Executor executor;

	private final boolean mayBlock;

	private final SupervisorThread thread;

	private final GroupAvailability availability;

	/**
	 * Create the host of one group.
	 * @param context the application context that the group lives in
	 * @param executor has a thread for each service
	 * @param mayBlock whether to hand it a service may block
	 */
	public ServiceGroupHost(ConfigurableApplicationContext context, Executor executor, boolean mayBlock) {
		this.context = context;
		this.executor = executor;
		this.mayBlock = mayBlock;
		this.thread = new SupervisorThread(context.getClassLoader());
		this.availability = new GroupAvailability(context);
	}

	/**
	 * Prepare a group that is about to be built for its life in the application context.
	 * @param builder the builder of the group
	 * @return the same builder
	 */
	public ServiceGroup.Builder prepare(ServiceGroup.Builder builder) {
		ClassLoader classLoader = this.context.getClassLoader();
		if (classLoader != null) {
			builder.classLoader(classLoader);
		}
		return builder.executor(this.executor, this.mayBlock)
			.runner(this.thread::execute)
			.listener(this.availability)
			.listener(new StateChangeEvents(this.context));
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	SupervisorThread thread() {
		return this.thread;
	}

	GroupAvailability availability() {
		return this.availability;
	}

	@Override
	public void destroy() {
		this.thread.close();
	}

}
