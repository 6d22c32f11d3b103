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

	static void ended(Member member, @Nullable Throwable thrown, @Nullable ServiceFailure failure, boolean stopping) {
		if (failure == null) {
			if (thrown != null && logger.isDebugEnabled()) {
				logger.debug("'{}' ended after it was cancelled", member.name(), thrown);
			}
		}
		else if (stopping) {
			failedWhileStopping(failure);
		}
		else if (failure.logged()) {
			log(Level.ERROR, failure, "'{}' failed: {}", member.name(), text(failure));
		}
		else if (logger.isWarnEnabled()) {
			if (member.isNewCause(Throwables.signature(failure.cause()))) {
				log(Level.WARN, failure, "'{}' failed in attempt {}: {}", member.name(), failure.attempt(),
						text(failure));
			}
			else {
				logger.warn("'{}' failed in attempt {}, in the same place as before: {}", member.name(),
						failure.attempt(), text(failure));
			}
		}
	}

	static void failedWhileStopping(ServiceFailure failure) {
		log(Level.WARN, failure, "'{}' failed while it was stopping: {}", failure.service(), text(failure));
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
