package io.supervisor.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;

import io.supervisor.benchmarks.Results.Spread;

/**
 * What must be reached, and whether it was: the one place of the thresholds.
 */
final class Requirements {

	private static final String START = "start-cancellation";

	private static final List<String> ENDS = List.of("fail", "stop");

	private final Results results;

	private final List<Requirement> requirements = new ArrayList<>();

	private Requirements(Results results) {
		this.results = results;
	}

	/**
	 * Those for platform threads on JDK 17.
	 */
	static List<Requirement> ofJdk17(Results results) {
		Requirements all = new Requirements(results);
		for (int size : new int[] { 10, 100, 1000 }) {
			for (String step : List.of(START, "fail-cancellation", "stop-cancellation")) {
				all.floor(step, step, Threads.PLATFORM, size, 1.3);
			}
		}
		return all.requirements;
	}

	/**
	 * All others.
	 */
	static List<Requirement> ofVirtualThreads(Results results) {
		Requirements all = new Requirements(results);
		all.groups();
		all.rest();
		return all.requirements;
	}

	private void groups() {
		floor(START, START, Threads.VIRTUAL, 1000, 1.5);
		floor(START, START, Threads.VIRTUAL, 10_000, 1.3);
		floor(START, START, Threads.VIRTUAL, 100_000, 1.3);
		ahead(START, 100_000, Subject.JOX, Subject.GUAVA, Subject.PEKKO, Subject.GO);
		for (String end : ENDS) {
			for (int size : new int[] { 1000, 10_000, 100_000 }) {
				floor(end + "-cancellation", end + "-cancellation", Threads.VIRTUAL, size, 0.8);
				ahead(end + "-cancellation", size, Subject.STRUCTURED_TASK_SCOPE, Subject.KOTLIN, Subject.JOX,
						Subject.GUAVA, Subject.PEKKO);
			}
			for (int size : new int[] { 1000, 10_000, 100_000 }) {
				floor(end + "-queue", end + "-cancellation", Threads.VIRTUAL, size, 2);
				ahead(end + "-queue", size, Subject.GUAVA, Subject.PEKKO);
			}
		}
	}

	private void rest() {
		for (Subject subject : List.of(Subject.SUPERVISOR, Subject.ALONE)) {
			atMost("memory of an idle service above the bare thread, B" + remark(subject),
					this.results.difference(subject.memory(), Subject.BARE.memory()), 500);
		}
		for (String size : List.of("10", "100000")) {
			atMost("state of one service, N = " + size + ", ns", this.results.spread("reads/service/" + size), 20);
			none("state of one service, N = " + size + ", B", "reads/service/" + size + "/bytes");
			atMost("counts of the group, N = " + size + ", ns", this.results.spread("reads/counts/" + size), 50);
		}
		for (String call : List.of("isCancelled", "heartbeat")) {
			atMost(call + "(), ns", this.results.spread("reads/" + call), 2);
			none(call + "(), B", "reads/" + call + "/bytes");
		}
		Spread rate = this.results.ratio("restart/group", "restart/bareLoop");
		this.requirements
			.add(new Requirement("restarts per second, of a bare loop's that spins", "≥ 0.5", rate, (v) -> v >= 0.5));
		this.requirements.add(new Requirement("restarts per second, of Pekko's", "> 1",
				this.results.ratio("restart/group", "restart/pekko"), (v) -> v > 1));
		startup("a web application", "servlet", 3);
		startup("an application without a web server", "none", 5);
	}

	private void floor(String step, String floorStep, Threads threads, int size, double limit) {
		for (Subject subject : List.of(Subject.SUPERVISOR, Subject.ALONE)) {
			Spread ratio = this.results.ratio(subject.group(threads, size, step),
					Subject.BARE.group(threads, size, floorStep));
			atMost("%s, N = %s, of the floor%s".formatted(Report.describe(step), Report.grouped(size), remark(subject)),
					ratio, limit);
		}
	}

	private static String remark(Subject subject) {
		return (subject == Subject.ALONE) ? ", no logging context" : "";
	}

	/**
	 * Beside the fastest of those that were measured.
	 */
	private void ahead(String step, int size, Subject... peers) {
		Optional<String> fastest = Arrays.stream(peers)
			.map((peer) -> peer.group(Threads.VIRTUAL, size, stepOf(peer, step)))
			.filter((key) -> this.results.spread(key).median().isPresent())
			.min(Comparator.comparingDouble((key) -> this.results.spread(key).median().orElseThrow()));
		String measured = Arrays.stream(peers)
			.filter((peer) -> this.results.spread(peer.group(Threads.VIRTUAL, size, stepOf(peer, step)))
				.median()
				.isPresent())
			.map(Subject::title)
			.reduce((one, other) -> one + ", " + other)
			.orElse("no peer");
		Spread ratio = fastest
			.map((key) -> this.results.ratio(Subject.SUPERVISOR.group(Threads.VIRTUAL, size, step), key))
			.orElse(new Spread());
		this.requirements.add(new Requirement(
				"%s, N = %s, of the fastest of %s".formatted(Report.describe(step), Report.grouped(size), measured),
				"< 1", ratio, (v) -> v < 1));
	}

	/**
	 * An actor has one wait.
	 */
	private static String stepOf(Subject peer, String step) {
		return (peer == Subject.PEKKO) ? step.replace("queue", "cancellation") : step;
	}

	private void startup(String what, String type, double percent) {
		Spread ratio = this.results.ratio("startup/" + type + "/supervised", "startup/" + type + "/bare");
		double[] added = Arrays.stream(ratio.values()).map((value) -> 100 * (value - 1)).toArray();
		atMost("added start-up of " + what + ", %", new Spread(added), percent);
	}

	private void atMost(String what, Spread measured, double limit) {
		this.requirements.add(new Requirement(what, String.format(Locale.ROOT, "≤ %s", Report.number(limit)), measured,
				(value) -> value <= limit));
	}

	/**
	 * The profiler divides what all threads allocate, so that nothing is a little more
	 * than 0.
	 */
	private void none(String what, String key) {
		this.requirements.add(new Requirement(what, "0", this.results.spread(key), (value) -> value < 0.1));
	}

	/**
	 * One figure.
	 *
	 * @param what what is measured
	 * @param required the threshold, as text
	 * @param measured what was measured
	 * @param test whether a median will do
	 */
	record Requirement(String what, String required, Spread measured, DoublePredicate test) {

		String verdict() {
			if (this.measured.median().isEmpty()) {
				return "not measured";
			}
			return this.test.test(this.measured.median().getAsDouble()) ? "reached" : "**not reached**";
		}

	}

}
