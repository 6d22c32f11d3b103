package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;

/**
 * Starts and stops a group with its application context. Neither waits: the group starts
 * and ends on its own thread, and the context is called back.
 * <p>
 * A context that is paused and started again starts what the pause has stopped. A group
 * that had completed, failed or been stopped before stays so.
 */
public final class ServiceGroupLifecycle implements SmartLifecycle, SmartInitializingSingleton {

	/**
	 * The phase by default: services start after the web server, at
	 * {@code Integer.MAX_VALUE - 2048}, and end before it begins to drain, at
	 * {@code Integer.MAX_VALUE - 1024}; so do listeners of message brokers.
	 */
	public static final int DEFAULT_PHASE = Integer.MAX_VALUE - 100;

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroupLifecycle.class);

	/**
	 * A timeout that is as good as none, and small enough to be counted in milliseconds.
	 */
	private static final Duration CENTURY = Duration.ofDays(36_525);

	private static final long NO_RUN = -1;

	private final ServiceGroup group;

	private final ServiceGroupHost host;

	private final Settings settings;

	private final Supplier<Map<String, String>> filler;

	private final GroupFailureMode failureMode;

	private final GroupExit exit;

	/**
	 * The run of the group that a stop by the context has ended. Guarded by this object,
	 * as is the following.
	 */
	private long stoppedRun = NO_RUN;

	/**
	 * Whether the group is to be started again once that run is over.
	 */
	private boolean startAgain;

	/**
	 * Create the lifecycle of a group. To be called on the thread that starts the
	 * application.
	 * @param group the group
	 * @param host the host that the group was prepared by
	 * @param settings when and how to start and stop
	 * @param filler adds the services to the group, once all beans are there; its result
	 * has the names of the services that are left out, each with the reason
	 */
	public ServiceGroupLifecycle(ServiceGroup group, ServiceGroupHost host, Settings settings,
			Supplier<Map<String, String>> filler) {
		this.group = group;
		this.host = host;
		this.settings = settings;
		this.filler = filler;
		this.failureMode = GroupFailureMode.of(settings.onGroupFailure(), settings.webApplication(),
				LaunchSite.ofCurrentThread());
		this.exit = new GroupExit(group, host.context(), System::exit);
		host.thread().afterRun(this::afterRun);
	}

	/**
	 * A group that has failed in an application that reports it keeps the JVM alive, to
	 * be seen as failed. One that ends the process does so when it is over: if there is
	 * no other thread to be had, closing the context on this one must not wait for it.
	 */
	private boolean afterRun() {
		if (this.failureMode.exit()) {
			this.host.thread().whenOver(this.exit::exitIfFailed);
			return false;
		}
		return this.group.snapshot().state() == GroupState.FAILED;
	}

	/**
	 * The group is filled when no bean is being created any more, so that each service
	 * may have asked for any other bean. The listener is registered by hand, and this
	 * late, since the last one to be called is the one registered last.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		Map<String, String> leftOut = this.filler.get();
		this.host.context().addApplicationListener(this.host.availability());
		raiseShutdownTimeout();
		if (logger.isInfoEnabled()) {
			logger.info("{}{}; {}", StartUpLine.describe(this.group.services(), leftOut),
					this.settings.autoStartup() ? "" : "; not started by itself", this.failureMode);
		}
	}

	/**
	 * The context gives up waiting for a phase after a time that is meant for all of its
	 * beans. The group knows better, and has given up by itself when that time is over.
	 */
	private void raiseShutdownTimeout() {
		ConfigurableApplicationContext context = this.host.context();
		String name = AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME;
		if (context.containsLocalBean(name)
				&& context.getBean(name) instanceof DefaultLifecycleProcessor lifecycleProcessor) {
			Duration own = this.settings.shutdownTimeout();
			Duration timeout = (own.compareTo(CENTURY) < 0) ? own.plusSeconds(5) : CENTURY;
			if (timeout.compareTo(this.settings.phaseTimeout()) > 0) {
				lifecycleProcessor.setTimeoutForShutdownPhase(getPhase(), timeout.toMillis());
			}
		}
	}

	/**
	 * A group that a stop is still ending is started when it has ended, unless it is
	 * stopped again before.
	 */
	@Override
	public void start() {
		raiseShutdownTimeout();
		if (!startUnlessRunning()) {
			whenOver(this::startAgain);
		}
	}

	/**
	 * Start the group, unless it runs.
	 * @return whether that was the answer; otherwise it is to be started when it is over
	 */
	private synchronized boolean startUnlessRunning() {
		if (this.startAgain) {
			return true;
		}
		if (isRunning()) {
			this.startAgain = isStoppedByContext();
			return !this.startAgain;
		}
		boolean stoppedByContext = isStoppedByContext();
		this.stoppedRun = NO_RUN;
		GroupState state = this.group.snapshot().state();
		if (state == GroupState.NEW) {
			this.group.start();
		}
		else if (state == GroupState.STOPPED && stoppedByContext) {
			this.group.resume();
		}
		return true;
	}

	private synchronized void startAgain() {
		if (this.startAgain) {
			this.startAgain = false;
			startUnlessRunning();
		}
	}

	/**
	 * Whether nobody has started the group since the context has stopped it.
	 */
	private synchronized boolean isStoppedByContext() {
		return this.stoppedRun == this.host.thread().latestRun();
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		AtomicBoolean called = new AtomicBoolean();
		Runnable once = () -> {
			if (called.compareAndSet(false, true)) {
				callback.run();
			}
		};
		try {
			noteStop();
			if (!this.group.stopFromWithin(once)) {
				this.group.stop();
				whenOver(once);
			}
		}
		catch (Throwable ex) {
			logger.error("'{}' could not be stopped", this.group.name(), ex);
			once.run();
		}
	}

	/**
	 * A stop of a group that is stopping already, or has ended, changes nothing of who
	 * has stopped it.
	 */
	private synchronized void noteStop() {
		this.startAgain = false;
		GroupState state = this.group.snapshot().state();
		if (isRunning() && (state == GroupState.NEW || state == GroupState.STARTING || state == GroupState.RUNNING)) {
			this.stoppedRun = this.host.thread().latestRun();
		}
	}

	private void whenOver(Runnable callback) {
		if (this.host.thread().isRunning() || !this.group.snapshot().state().isLive()) {
			this.host.thread().whenOver(callback);
			return;
		}
		// somebody runs the group on a thread of their own
		Thread thread = new Thread(null, () -> awaitTermination(callback), "supervisor-stop", 0, false);
		thread.setDaemon(true);
		thread.start();
	}

	private void awaitTermination(Runnable callback) {
		try {
			this.group.awaitTermination(CENTURY);
		}
		catch (InterruptedException ex) {
			// nobody does that; the callback matters more
		}
		finally {
			callback.run();
		}
	}

	/**
	 * Until the last thread of the group has ended or was given up, and that is in the
	 * log, and nothing is to follow.
	 */
	@Override
	public boolean isRunning() {
		return isStartedAgain() || this.host.thread().isRunning() || this.group.snapshot().state().isLive();
	}

	private synchronized boolean isStartedAgain() {
		return this.startAgain;
	}

	@Override
	public boolean isAutoStartup() {
		return this.settings.autoStartup() || isStoppedByContext();
	}

	@Override
	public int getPhase() {
		return this.settings.phase();
	}

	/**
	 * The application has started: from here on a failure of the group may end it.
	 */
	void applicationStarted() {
		if (this.failureMode.exit()) {
			this.exit.arm();
		}
	}

	ServiceGroup group() {
		return this.group;
	}

	ConfigurableApplicationContext context() {
		return this.host.context();
	}

	/**
	 * When and how a group starts and stops.
	 *
	 * @param autoStartup whether the group is started with the context
	 * @param phase when, among the other beans with a lifecycle
	 * @param shutdownTimeout how long the group takes to stop at most
	 * @param phaseTimeout how long the context waits for a phase to stop
	 * @param onGroupFailure what a failure of the group means
	 * @param webApplication whether the application is a web application
	 */
	public record Settings(boolean autoStartup, int phase, Duration shutdownTimeout, Duration phaseTimeout,
			OnGroupFailure onGroupFailure, boolean webApplication) {

	}

}
