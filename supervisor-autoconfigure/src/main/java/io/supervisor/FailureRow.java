package io.supervisor;

import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * How often a service has failed in a row, which makes a storm of it at some time; and
 * when the log last had a line of that storm (rule 16). Immutable, but for that moment,
 * which all of one row have together.
 */
final class FailureRow {

	/**
	 * From this one on it does not look as if it recovered.
	 */
	private static final int STORM = 10;

	private static final long ONE_MINUTE = 60_000_000_000L;

	private final int failures;

	/**
	 * When there was a line, once there is a storm; empty until its first one. Any
	 * thread, by CAS.
	 */
	private final @Nullable AtomicReference<@Nullable Long> lastLine;

	private FailureRow(int failures, @Nullable AtomicReference<@Nullable Long> lastLine) {
		this.failures = failures;
		this.lastLine = (lastLine == null && failures >= STORM) ? new AtomicReference<>() : lastLine;
	}

	/**
	 * One more failure in a row, or the first one.
	 */
	static FailureRow next(@Nullable FailureRow row) {
		return (row == null) ? new FailureRow(1, null) : new FailureRow(row.failures + 1, row.lastLine);
	}

	int failures() {
		return this.failures;
	}

	boolean isStorm() {
		return this.failures >= STORM;
	}

	/**
	 * Whether to say now that there is a storm.
	 */
	boolean takeFirstLine(long now) {
		return this.lastLine != null && this.lastLine.get() == null && this.lastLine.compareAndSet(null, now);
	}

	/**
	 * Whether to say now that it goes on.
	 */
	boolean takeLine(long now) {
		AtomicReference<@Nullable Long> lastLine = this.lastLine;
		Long last = (lastLine != null) ? lastLine.get() : null;
		return lastLine != null && last != null && now - last >= ONE_MINUTE && lastLine.compareAndSet(last, now);
	}

}
