package io.supervisor.lifecycle;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;

/**
 * Ends the process when the group has failed. It does so once, and not before it is
 * armed: while the application is starting, closing it is up to who starts it.
 */
final class GroupExit {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroupLifecycle.class);

	private final ServiceGroup group;

	private final ConfigurableApplicationContext context;

	private final IntConsumer systemExit;

	private final AtomicBoolean begun = new AtomicBoolean();

	/**
	 * Set once by the thread that starts the application, read by those of the group.
	 */
	private volatile boolean armed;

	GroupExit(ServiceGroup group, ConfigurableApplicationContext context, IntConsumer systemExit) {
		this.group = group;
		this.context = context;
		this.systemExit = systemExit;
	}

	/**
	 * The application has started. A failure from before is not forgotten.
	 */
	void arm() {
		this.armed = true;
		exitIfFailed();
	}

	/**
	 * Called when the group may have failed, on a thread that closing the context does
	 * not wait for. Whoever sees it last, this or that it is armed, begins the exit.
	 */
	void exitIfFailed() {
		if (this.armed && this.group.snapshot().state() == GroupState.FAILED) {
			this.group.failure().filter((error) -> this.begun.compareAndSet(false, true)).ifPresent(this::start);
		}
	}

	/**
	 * Closing the context waits for the group and for everything else, so that no thread
	 * may do it that something waits for.
	 */
	private void start(ServiceGroupException error) {
		Thread thread = new Thread(null, () -> exit(error), "supervisor-exit", 0, false);
		thread.setDaemon(false);
		thread.setContextClassLoader(this.context.getClassLoader());
		try {
			thread.start();
		}
		catch (Throwable ex) {
			// no thread to be had, which may be why the group has failed
			exit(error);
		}
	}

	private void exit(ServiceGroupException error) {
		if (isShuttingDown()) {
			logger.warn("'{}' has failed while the process was being shut down: the exit code is that of the shutdown",
					this.group.name());
			return;
		}
		int code = 1;
		try {
			code = ExitCodes.of(error, this.context);
			logger.warn("'{}' has failed: the application is closed and the process ends with exit code {}",
					this.group.name(), code);
			code = SpringApplication.exit(this.context, new Code(code));
		}
		catch (Throwable ex) {
			logger.error("'{}' has failed, and the application could not be closed properly", this.group.name(), ex);
		}
		finally {
			if (isShuttingDown()) {
				logger.warn(
						"'{}' has failed, and the process is being shut down meanwhile: the exit code is that of the shutdown",
						this.group.name());
			}
			this.systemExit.accept(code);
		}
	}

	/**
	 * The JVM says so to whoever wants to change its hooks.
	 */
	private static boolean isShuttingDown() {
		try {
			Runtime.getRuntime().removeShutdownHook(new Thread("supervisor-exit"));
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
		catch (Throwable ex) {
			// short of memory, which is no reason not to end
			return false;
		}
	}

	/**
	 * Goes before the generators that are beans, which were asked already.
	 */
	private record Code(int code) implements ExitCodeGenerator, Ordered {

		@Override
		public int getExitCode() {
			return this.code;
		}

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

	}

}
