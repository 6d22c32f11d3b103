package io.supervisor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Who took how long in a stop of the group, and who is stuck. It has nothing to say of a
 * stop in which all ended at once, and names only a few of many.
 */
final class StopReport {

	/**
	 * What nobody notices is not worth a line.
	 */
	private static final long NOTICEABLE = 1_000_000_000L;

	private static final int MAX_NAMED = 5;

	private final long begunAt;

	/**
	 * The slowest first.
	 */
	private final List<Stop> slowest = new ArrayList<>();

	private int slow;

	private final List<String> stuck = new ArrayList<>();

	private int stuckCount;

	StopReport(long begunAt) {
		this.begunAt = begunAt;
	}

	/**
	 * A run has ended.
	 * @param nanos the time since its cancel
	 */
	void ended(String service, long nanos) {
		if (nanos < NOTICEABLE) {
			return;
		}
		this.slow++;
		this.slowest.add(new Stop(service, nanos));
		this.slowest.sort(Comparator.comparingLong(Stop::nanos).reversed());
		if (this.slowest.size() > MAX_NAMED) {
			this.slowest.remove(MAX_NAMED);
		}
	}

	/**
	 * A run has not ended.
	 */
	void stuck(String service) {
		this.stuckCount++;
		if (this.stuck.size() < MAX_NAMED) {
			this.stuck.add("'" + service + "'");
		}
	}

	/**
	 * The report, to be read after the name of the group.
	 * @return the report, or {@code null} if it is not worth a line
	 */
	@Nullable String describe(long now) {
		long nanos = now - this.begunAt;
		if (nanos < NOTICEABLE && this.slow == 0 && this.stuckCount == 0) {
			return null;
		}
		List<String> slow = this.slowest.stream().map(Stop::describe).toList();
		return "took " + Durations.describe(nanos) + " to stop" + list("slowest", slow, this.slow)
				+ list("stuck", this.stuck, this.stuckCount);
	}

	private static String list(String what, List<String> named, int count) {
		if (count == 0) {
			return "";
		}
		int more = count - named.size();
		return named.stream().collect(Collectors.joining(", ", "; " + what + ": ", ""))
				+ ((more > 0) ? ", ... and " + more + " more" : "");
	}

	/**
	 * How long one took.
	 */
	private record Stop(String service, long nanos) {

		String describe() {
			return "'" + this.service + "' " + Durations.describe(this.nanos);
		}

	}

}
