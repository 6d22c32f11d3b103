package io.supervisor.benchmarks;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks and prints the ratios that matter: absolute figures say more about
 * the machine than about the group.
 */
public final class Measure {

	private final Map<String, Double> scores = new TreeMap<>();

	private Measure() {
	}

	/**
	 * Run the benchmarks.
	 * @param args as JMH takes them, such as a pattern of benchmarks
	 * @throws RunnerException if a benchmark fails
	 * @throws CommandLineOptionException if the arguments are not understood
	 */
	public static void main(String[] args) throws RunnerException, CommandLineOptionException {
		Collection<RunResult> results = new Runner(
				new OptionsBuilder().parent(new CommandLineOptions(args)).addProfiler(GCProfiler.class).build())
			.run();
		new Measure().report(results);
	}

	private void report(Collection<RunResult> results) {
		for (RunResult result : results) {
			String name = result.getParams().getBenchmark();
			String services = result.getParams().getParam("services");
			String key = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1)
					+ ((services != null) ? " " + services : "");
			this.scores.put(key, result.getPrimaryResult().getScore());
			Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
			if (allocated != null) {
				this.scores.put(key + " bytes", allocated.getScore());
			}
		}
		ratio("restart rate, group : bare loop", "RestartRateBenchmark.group", "RestartRateBenchmark.bareLoop");
		ratio("time per restart, 10 000 services : 10", "RestartCostBenchmark.restart 10000",
				"RestartCostBenchmark.restart 10");
		ratio("bytes per restart, 10 000 services : 10", "RestartCostBenchmark.restart 10000 bytes",
				"RestartCostBenchmark.restart 10 bytes");
	}

	private void ratio(String what, String of, String to) {
		Double dividend = this.scores.get(of);
		Double divisor = this.scores.get(to);
		if (dividend != null && divisor != null) {
			System.out.printf(Locale.ROOT, "%-42s %.2f%n", what, dividend / divisor);
		}
	}

}
