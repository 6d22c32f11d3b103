package io.supervisor;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The group's own log lines: the loop calls no logger, this listener does. What a run
 * threw is not here, it was logged by its own thread (rule 6).
 */
final class GroupLog implements ServiceGroupListener {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroup.class);

	/**
	 * Whether there is a line for a transition: the other ones are not worth an event
	 * where nobody else listens.
	 */
	static boolean wants(ServiceState from, Member member) {
		return switch (member.state) {
			case COMPLETED, FAILED, BACKOFF -> true;
			case STOPPING -> member.cause != null && !isGroupWide(member.cause);
			case WAITING -> member.older != null || from == ServiceState.STUCK;
			case STOPPED -> from == ServiceState.STUCK;
			case NEW, STARTING, RUNNING, STUCK -> false;
		};
	}

	private static boolean isGroupWide(CancellationCause cause) {
		return switch (cause.kind()) {
			case GROUP_FAILURE, SHUTDOWN, PARENT -> true;
			case STOPPED, RESTARTED, DEPENDENCY, HEARTBEAT_MISSED, START_TIMEOUT, LEASE_LOST, HANDED_OVER -> false;
		};
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
		RunScope.about(service.name(), service.attempt(), () -> log(from, service));
	}

	private void log(ServiceState from, ServiceSnapshot service) {
		if (from == ServiceState.STUCK && service.state() != ServiceState.WAITING) {
			logger.info("'{}' was stuck and has ended after all", service.name());
		}
		switch (service.state()) {
			case COMPLETED -> logger.info("'{}' has completed", service.name());
			case BACKOFF -> logger.warn("'{}' is started again in {}, as attempt {}", service.name(),
					untilNextAttempt(service), service.attempt() + 1);
			case FAILED -> logFailed(service);
			case STOPPING -> logStopping(service);
			case WAITING -> service.waitingFor()
				.filter((what) -> from != ServiceState.NEW)
				.ifPresent((what) -> logger.info("'{}' waits for {}", service.name(), Throwables.onOneLine(what)));
			case NEW, STARTING, RUNNING, STUCK, STOPPED -> {
			}
		}
	}

	private String untilNextAttempt(ServiceSnapshot service) {
		Instant next = service.nextAttempt().orElse(service.since());
		return Durations.describe(Duration.between(service.since(), next).toNanos());
	}

	private void logFailed(ServiceSnapshot service) {
		service.lastFailure()
			.filter((failure) -> !failure.logged())
			.ifPresent((failure) -> logger.error("'{}' is given up: {}", service.name(), RunLog.text(failure)));
	}

	private void logStopping(ServiceSnapshot service) {
		CancellationCause cause = service.cancellationCause().orElseThrow();
		if (isGroupWide(cause)) {
			return;
		}
		Level level = switch (cause.kind()) {
			case STOPPED, RESTARTED, HANDED_OVER -> Level.INFO;
			default -> Level.WARN;
		};
		logger.atLevel(level).log("'{}' is cancelled: {}", service.name(), cause.describe());
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot group) {
		switch (group.state()) {
			case RUNNING -> logger.info("'{}' is running: {}", group.name(), services(group.size()));
			case STOPPING -> logStopping(group);
			case STOPPED -> logger.info("'{}' has stopped{}", group.name(), stuck(group));
			case COMPLETED -> logger.info("'{}' has completed{}", group.name(), stuck(group));
			case FAILED ->
				logger.warn("'{}' has failed because {}{}", group.name(), group.reason().orElse(""), stuck(group));
			case NEW, STARTING -> {
			}
		}
	}

	private void logStopping(GroupSnapshot group) {
		if (group.failed()) {
			logger.warn("'{}' is stopping because {}: {}", group.name(), group.reason().orElse(""), remaining(group));
		}
		else {
			logger.info("'{}' is stopping: {}", group.name(), remaining(group));
		}
	}

	private String remaining(GroupSnapshot group) {
		int live = group.count(ServiceState.STARTING) + group.count(ServiceState.RUNNING)
				+ group.count(ServiceState.STOPPING);
		return services(live) + " to end";
	}

	private String stuck(GroupSnapshot group) {
		int stuck = group.count(ServiceState.STUCK);
		return (stuck == 0) ? "; every thread has ended" : "; " + services(stuck) + " stuck";
	}

	private static String services(int count) {
		return (count == 1) ? "1 service" : count + " services";
	}

	/**
	 * A grace period is over.
	 */
	void interrupted(String service, int attempt, long graceNanos) {
		RunScope.about(service, attempt,
				() -> logger.warn("'{}' has not ended within its grace period of {}: interrupted", service,
						Durations.describe(graceNanos)));
	}

	/**
	 * The executor threw.
	 * @param thrown what, on one line
	 * @param stack the same, unless it was in the log with its stack before
	 */
	void notStarted(String service, int attempt, String thrown, @Nullable Throwable stack) {
		RunScope.about(service, attempt, () -> {
			String text = Throwables.onOneLine(thrown);
			try {
				logger.atWarn().setCause(stack).log("'{}' was not started: {}", service, text);
			}
			catch (Throwable ex) {
				logger.warn("'{}' was not started: {}", service, text);
			}
		});
	}

	/**
	 * The stop of a group is over.
	 */
	void stopped(String group, StopReport report, long now) {
		String text = report.describe(now);
		if (text != null) {
			logger.info("'{}' {}", group, text);
		}
	}

	/**
	 * A gate threw when it was given back what let a run in.
	 */
	void passNotReturned(String service, Throwable ex) {
		logger.warn("What let '{}' run could not be given back: no other replica may run it before that runs out",
				service, ex);
	}

	/**
	 * A handler of the loop threw.
	 */
	void defect(String group, Throwable ex) {
		logger.error("'{}' is stopping because of a defect of the supervisor itself: please report it", group, ex);
	}

}
