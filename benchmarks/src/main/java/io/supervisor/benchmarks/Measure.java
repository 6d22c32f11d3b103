package io.supervisor.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.supervisor.benchmarks.Forks.Jdk;
import io.supervisor.benchmarks.startup.StartUp;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Measures everything, keeps the raw results, and writes tables and plots. Forks go in
 * rounds, one for each subject, so that drift of the machine hits all alike.
 */
public final class Measure {

	private static final int MAX_PLATFORM_THREADS = 10_000;

	private static final int MAX_SIZE_ON_17 = 1000;

	private static final int MAX_SLOW_ROUNDS = 3;

	private final Path directory = Path.of(System.getProperty("benchmarks.directory", "."));

	private final Set<String> parts = Set.of(System.getProperty("benchmarks.parts", "groups").split(","));

	private final int rounds = Integer.getInteger("benchmarks.forks", 3);

	private final double seconds = Double.parseDouble(System.getProperty("benchmarks.seconds", "4"));

	private final String peers = System.getProperty("benchmarks.peers", "all");

	private final List<Integer> sizes = Arrays
		.stream(System.getProperty("benchmarks.sizes", "10,100,1000,10000,100000").split(","))
		.map(Integer::valueOf)
		.toList();

	private final Forks forks = new Forks(this.directory);

	private Measure() {
	}

	/**
	 * Measure, as the system properties say.
	 * @param args none
	 * @throws Exception if that is not possible
	 */
	public static void main(String[] args) throws Exception {
		new Measure().run();
	}

	private void run() throws Exception {
		Jdk current = Jdk.current();
		Results results = results(current.feature());
		if (this.parts.contains("groups")) {
			Path go = (current.feature() > 17) ? this.forks.compileGo() : null;
			results.clear("groups");
			groups(current, go, results);
		}
		if (current.feature() > 17) {
			measureTheRest(current, results);
		}
		Report report = new Report(this.directory, Path.of(System.getProperty("benchmarks.docs", "docs")));
		report.write(current.feature(), results);
		Jdk old = (current.feature() > 17) ? Jdk.find17(System.getProperty("benchmarks.java17", "")) : null;
		if (old != null && this.parts.contains("groups")) {
			Results resultsOn17 = results(old.feature());
			resultsOn17.clear("groups");
			groups(old, null, resultsOn17);
			report.write(old.feature(), resultsOn17);
		}
	}

	private Results results(int feature) throws IOException {
		return new Results(this.directory.resolve("target/measurements/jdk-" + feature + ".csv"));
	}

	private void measureTheRest(Jdk jdk, Results results) throws Exception {
		if (this.parts.contains("memory")) {
			results.clear("memory");
			memory(jdk, results);
		}
		if (this.parts.contains("restart")) {
			results.clear("restart");
			jmh("restart", "Restart(Rate|Cost)Benchmark", results);
		}
		if (this.parts.contains("reads")) {
			results.clear("reads");
			jmh("reads", "ReadBenchmark|ContextBenchmark", results);
		}
		if (this.parts.contains("startup")) {
			results.clear("startup");
			for (StartUp.Pair pair : StartUp.measure(4 * this.rounds)) {
				results.add("startup/" + pair.type() + "/bare", pair.number(), pair.bare());
				results.add("startup/" + pair.type() + "/supervised", pair.number(), pair.supervised());
			}
			results.save();
		}
	}

	private void groups(Jdk jdk, @Nullable Path go, Results results) throws IOException, InterruptedException {
		for (int round = 0; round < this.rounds; round++) {
			for (Threads threads : Threads.values()) {
				for (int size : this.sizes) {
					if (fits(jdk, threads, size) && (round < MAX_SLOW_ROUNDS || !isSlow(threads, size))) {
						groups(jdk, go, results, round, threads, size);
					}
				}
			}
			results.save();
		}
	}

	private static boolean isSlow(Threads threads, int size) {
		return threads == Threads.PLATFORM && size == MAX_PLATFORM_THREADS;
	}

	private static boolean fits(Jdk jdk, Threads threads, int size) {
		return (threads == Threads.VIRTUAL || size <= MAX_PLATFORM_THREADS)
				&& (jdk.feature() > 17 || size <= MAX_SIZE_ON_17);
	}

	private void groups(Jdk jdk, @Nullable Path go, Results results, int round, Threads threads, int size)
			throws IOException, InterruptedException {
		for (Subject subject : Subject.values()) {
			if (!subject.runsOn(jdk.feature(), threads) || !isWanted(subject)) {
				continue;
			}
			System.out.printf(Locale.ROOT, "round %d of %d, JDK %d: %s, %s, %d%n", round + 1, this.rounds, jdk.feature(),
					subject.title(), threads, size);
			List<String> arguments = List.of(String.valueOf(size), String.valueOf(this.seconds),
					String.valueOf(this.seconds));
			String className = subject.className();
			if (className != null) {
				List<String> all = new ArrayList<>(List.of(className, threads.name()));
				all.addAll(arguments);
				List<String> options = new ArrayList<>(List.of("-Xms3g", "-Xmx3g"));
				options.addAll(subject.jvmOptions());
				this.forks.java(jdk, options, "io.supervisor.benchmarks.group.GroupMeasurement", all,
						(line) -> addGroup(results, subject, threads, size, round, line));
			}
			else if (go != null) {
				List<String> command = new ArrayList<>(List.of(go.toString()));
				command.addAll(arguments);
				this.forks.run(command, (line) -> addGroup(results, subject, threads, size, round, line));
			}
		}
	}

	private boolean isWanted(Subject subject) {
		return this.peers.equals("all") || Arrays.asList(this.peers.split(",")).contains(subject.name());
	}

	private static void addGroup(Results results, Subject subject, Threads threads, int size, int round, String line) {
		String[] fields = line.split(",");
		if (fields.length == 4 && fields[0].equals("sample")) {
			results.add(subject.group(threads, size, fields[1] + '-' + fields[2]), round,
					Double.parseDouble(fields[3]));
		}
	}

	private void memory(Jdk jdk, Results results) throws IOException, InterruptedException {
		for (int round = 0; round < this.rounds; round++) {
			for (Subject subject : List.of(Subject.SUPERVISOR, Subject.ALONE, Subject.BARE)) {
				memory(jdk, results, subject, round);
			}
		}
		results.save();
	}

	private void memory(Jdk jdk, Results results, Subject subject, int round) throws IOException, InterruptedException {
		List<String> options = new ArrayList<>(List.of("-Xms3g", "-Xmx3g", "-XX:+UseSerialGC"));
		options.addAll(subject.jvmOptions());
		this.forks.java(jdk, options, "io.supervisor.benchmarks.group.MemoryMeasurement",
				List.of(subject.className() + "", Threads.VIRTUAL.name(), "100000"), (line) -> {
					if (line.startsWith("memory,")) {
						results.add(subject.memory(), round, Double.parseDouble(line.substring(line.indexOf(',') + 1)));
					}
				});
	}

	/**
	 * JMH runs all forks of a benchmark one after another; here each round is a run of
	 * all benchmarks with one fork.
	 */
	private void jmh(String part, String pattern, Results results) throws RunnerException, IOException {
		TimeValue time = TimeValue.milliseconds((long) (1000 * this.seconds));
		for (int round = 0; round < this.rounds; round++) {
			Collection<RunResult> run = new Runner(new OptionsBuilder().include(pattern)
				.forks(1)
				.warmupTime(time)
				.measurementTime(time)
				.addProfiler(GCProfiler.class)
				.build()).run();
			for (RunResult result : run) {
				String name = result.getParams().getBenchmark();
				String services = result.getParams().getParam("services");
				String key = part + '/' + name.substring(name.lastIndexOf('.') + 1)
						+ ((services != null) ? "/" + services : "");
				results.add(key, round, result.getPrimaryResult().getScore());
				for (Map.Entry<String, Result> secondary : result.getSecondaryResults().entrySet()) {
					if (secondary.getKey().endsWith("gc.alloc.rate.norm")) {
						results.add(key + "/bytes", round, secondary.getValue().getScore());
					}
				}
			}
			results.save();
		}
	}

}
