package io.supervisor;

import java.time.Duration;
import java.util.Objects;

/**
 * How durations are read (design §4): negative is refused, zero means at once, more than
 * 100 years means none.
 */
final class Durations {

	/**
	 * The nanoseconds of a duration that never ends.
	 */
	static final long NONE = Long.MAX_VALUE;

	private static final Duration CENTURY = Duration.ofDays(36_525);

	private Durations() {
	}

	static Duration requireNotNegative(String subject, Duration duration) {
		Objects.requireNonNull(duration, () -> "'" + subject + "' must not be null");
		if (duration.isNegative()) {
			throw new IllegalArgumentException("'%s' must not be negative, but is %s".formatted(subject, duration));
		}
		return duration;
	}

	static Duration requirePositive(String subject, Duration duration) {
		if (requireNotNegative(subject, duration).isZero()) {
			throw new IllegalArgumentException("'%s' must be longer than zero".formatted(subject));
		}
		return duration;
	}

	static long toNanos(Duration duration) {
		return (duration.compareTo(CENTURY) > 0) ? NONE : duration.toNanos();
	}

	/**
	 * A duration as people write it: {@code 1.5 s}, {@code 250 ms}, {@code 2 min 5 s}.
	 */
	static String describe(long nanos) {
		if (nanos == NONE) {
			return "no limit";
		}
		long millis = nanos / 1_000_000;
		if (millis < 1000) {
			return millis + " ms";
		}
		if (millis < 60_000) {
			long tenths = Math.round(millis / 100.0);
			return (tenths % 10 == 0) ? tenths / 10 + " s" : tenths / 10 + "." + tenths % 10 + " s";
		}
		long seconds = millis / 1000;
		return (seconds % 60 == 0) ? seconds / 60 + " min" : seconds / 60 + " min " + seconds % 60 + " s";
	}

}
