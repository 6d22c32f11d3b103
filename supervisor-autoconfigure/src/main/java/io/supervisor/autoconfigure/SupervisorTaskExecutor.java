package io.supervisor.autoconfigure;

import java.util.concurrent.ThreadFactory;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;

/**
 * The executor of the services, which knows whether anything of the application's has
 * come into it that may block who hands it a task. Its threads are daemons: what keeps
 * the JVM alive is that the group runs.
 */
class SupervisorTaskExecutor extends SimpleAsyncTaskExecutor {

	private static final long serialVersionUID = 1L;

	private boolean foreign;

	SupervisorTaskExecutor() {
		setDaemon(true);
	}

	@Override
	public void setTaskDecorator(TaskDecorator taskDecorator) {
		this.foreign = true;
		super.setTaskDecorator(taskDecorator);
	}

	@Override
	public void setThreadFactory(@Nullable ThreadFactory threadFactory) {
		this.foreign = true;
		super.setThreadFactory(threadFactory);
	}

	/**
	 * Whether a call of {@link #execute} may block. One that is subclassed, as by a
	 * proxy, may do anything.
	 */
	boolean mayBlock() {
		return this.foreign || isThrottleActive() || getClass() != SupervisorTaskExecutor.class;
	}

}
