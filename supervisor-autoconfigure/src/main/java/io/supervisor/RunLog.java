package io.supervisor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What the threads of the runs write to the log: a failure before anything is done about
 * it (rule 6), readable also in a storm (rule 16).
 */
final class RunLog {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroup.class);

	private RunLog() {
	}

	static void ended(Run run, @Nullable Throwable thrown, @Nullable ServiceFailure failure, boolean stopping,
			long now) {
		Member member = run.member();
		if (failure == null) {
			if (thrown != null && logger.isDebugEnabled()) {
				logger.debug("'{}' ended after it was cancelled", member.name(), thrown);
			}
		}
		else if (stopping) {
			FailureRow storm = run.isCharged() ? member.storm(now) : null;
			if (storm == null || storm.takeLine(now)) {
				failedWhileStopping(failure);
			}
		}
		else if (failure.logged()) {
			log(Level.ERROR, failure, "'{}' failed: {}", member.name(), text(failure));
		}
		else if (logger.isWarnEnabled()) {
			FailureRow storm = member.storm(now);
			if (storm == null) {
				failed(member, failure, "failed in attempt " + failure.attempt());
			}
			else if (storm.takeLine(now)) {
				failed(member, failure, "has failed " + (storm.failures() + 1) + " times in a row");
			}
		}
	}

	private static void failed(Member member, ServiceFailure failure, String what) {
		if (member.isNewCause(Throwables.signature(failure.cause()))) {
			log(Level.WARN, failure, "'{}' {}: {}", member.name(), what, text(failure));
		}
		else {
			logger.warn("'{}' {}, in the same place as before: {}", member.name(), what, text(failure));
		}
	}

	static void failedWhileStopping(ServiceFailure failure) {
		log(Level.WARN, failure, "'{}' failed while it was stopping: {}", failure.service(), text(failure));
	}

	/**
	 * A failure is final after all.
	 * @param isUnseen whether there may have been no line of this failure
	 */
	static void givenUp(ServiceFailure failure, boolean isUnseen) {
		if (isUnseen) {
			log(Level.ERROR, failure, "'{}' is given up: {}", failure.service(), text(failure));
		}
		else {
			logger.error("'{}' is given up: {}", failure.service(), text(failure));
		}
	}

	/**
	 * What was thrown on one line, so that no message can look like a line of somebody
	 * else's.
	 */
	static String text(ServiceFailure failure) {
		return Throwables.onOneLine(failure.description());
	}

	/**
	 * With the stack, unless the throwable does not let itself be read (rule 11).
	 */
	private static void log(Level level, ServiceFailure failure, String format, Object... arguments) {
		try {
			logger.atLevel(level).setCause(failure.cause()).log(format, arguments);
		}
		catch (Throwable ex) {
			logger.atLevel(level).log(format, arguments);
		}
	}

	static void readyWithoutAnnouncing(Member member) {
		if (member.isFirstUnannouncedReady()) {
			logger.warn(
					"'{}' called ready(), which has no effect: it was ready when it entered run(...). To be ready only now, override announcesReadiness() to return true, or wrap the lambda in Service.announcing(...)",
					member.name());
		}
	}

}
