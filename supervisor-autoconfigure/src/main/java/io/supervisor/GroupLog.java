package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

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

	private final Timing timing;

	/**
	 * Services in a storm of failures, and those whose stop is a part of one. Only
	 * accessed by the thread of this listener.
	 */
	private final Set<String> storms = new HashSet<>();

	private final Set<String> stopsInStorms = new HashSet<>();

	GroupLog(Timing timing) {
		this.timing = timing;
	}

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
			case GROUP_FAILURE, SHUTDOWN, GROUP_COMPLETED, PARENT -> true;
			case STOPPED, RESTARTED, DEPENDENCY, HEARTBEAT_MISSED, START_TIMEOUT, LEASE_LOST, HANDED_OVER -> false;
		};
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
		if (service.storm() != null && !service.state().isTerminal()) {
			this.storms.add(service.name());
		}
		else {
			this.storms.remove(service.name());
		}
		if (service.state() != ServiceState.STOPPING) {
			this.stopsInStorms.remove(service.name());
		}
		RunScope.about(service.name(), service.attempt(), () -> log(from, service));
	}

	private void log(ServiceState from, ServiceSnapshot service) {
		if (from == ServiceState.STUCK && service.state() != ServiceState.WAITING) {
			logger.info("'{}' was stuck and has ended after all", service.name());
		}
		switch (service.state()) {
			case COMPLETED -> logger.info("'{}' has completed", service.name());
			case BACKOFF -> logBackOff(service);
			case FAILED -> logFailed(service);
			case STOPPING -> logStopping(service);
			case WAITING -> service.waitingFor()
				.filter((what) -> from != ServiceState.NEW && !isPartOfStorm(service))
				.ifPresent((what) -> logger.info("'{}' waits for {}", service.name(), Throwables.onOneLine(what)));
			case NEW, STARTING, RUNNING, STUCK, STOPPED -> {
			}
		}
	}

	/**
	 * A storm has two writers: this one, and the threads of the runs for what they throw.
	 */
	private void logBackOff(ServiceSnapshot service) {
		FailureRow storm = service.storm();
		if (storm == null) {
			logger.warn("'{}' is started again in {}, as attempt {}", service.name(), untilNextAttempt(service),
					service.attempt() + 1);
			return;
		}
		String failure = service.lastFailure().map(RunLog::text).orElse("");
		if (storm.takeFirstLine(this.timing.nanoTime())) {
			logger.error(
					"'{}' does not recover: it has failed {} times in a row and is started again in {}. "
							+ "From now on at most one line a minute tells of it: {}",
					service.name(), storm.failures(), untilNextAttempt(service), failure);
		}
		else if (storm.takeLine(this.timing.nanoTime())) {
			logger.warn("'{}' has failed {} times in a row: {}", service.name(), storm.failures(), failure);
		}
	}

	/**
	 * Whether a transition follows from nothing but a failure that is one of many in a
	 * row, its own or that of a service that it depends on.
	 */
	private boolean isPartOfStorm(ServiceSnapshot service) {
		CancellationCause cause = service.cancellationCause().orElse(null);
		return (service.storm() != null && (cause == null || cause.isFailure()))
				|| (cause != null && cause.kind() == CancellationCause.Kind.DEPENDENCY && cause.service() != null
						&& this.storms.contains(cause.service()));
	}

	private String untilNextAttempt(ServiceSnapshot service) {
		Instant next = service.nextAttempt().orElse(service.since());
		return Durations.describe(Duration.between(service.since(), next).toNanos());
	}

	private void logFailed(ServiceSnapshot service) {
		service.lastFailure()
			.filter((failure) -> !failure.logged())
			.ifPresent((failure) -> RunLog.givenUp(failure, service.storm() != null));
	}

	private void logStopping(ServiceSnapshot service) {
		CancellationCause cause = service.cancellationCause().orElseThrow();
		if (isGroupWide(cause)) {
			return;
		}
		if (isPartOfStorm(service)) {
			this.stopsInStorms.add(service.name());
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
			case STOPPED -> logger.atLevel(ended(group)).log("'{}' has stopped{}", group.name(), stuck(group));
			case COMPLETED -> logger.atLevel(ended(group)).log("'{}' has completed{}", group.name(), stuck(group));
			case FAILED ->
				logger.warn("'{}' has failed because {}{}", group.name(), group.reason().orElse(""), stuck(group));
			case NEW, STARTING -> {
			}
		}
	}

	@Override
	public void eventsMissed(long count) {
		logger.warn("The log was too slow for {} events, which have no line", count);
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

	/**
	 * A thread that lives on is worth a look.
	 */
	private static Level ended(GroupSnapshot group) {
		return (group.count(ServiceState.STUCK) > 0) ? Level.WARN : Level.INFO;
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
		if (this.stopsInStorms.contains(service)) {
			return;
		}
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
