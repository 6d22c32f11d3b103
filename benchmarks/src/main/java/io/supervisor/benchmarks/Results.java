package io.supervisor.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Collectors;

/**
 * Everything that was measured on one JDK, by what it is and the round it is from. Kept
 * in a file, so that a part can be measured again by itself.
 */
final class Results {

	private static final String HEADER = "what,round,value";

	private final Path file;

	private final List<Sample> samples = new ArrayList<>();

	/**
	 * What the report asks for, round by round; made anew after a change.
	 */
	private Map<String, SortedMap<Integer, Double>> medians = Map.of();

	Results(Path file) throws IOException {
		this.file = file;
		if (Files.exists(file)) {
			Files.readAllLines(file).stream().skip(1).map(Sample::parse).forEach(this.samples::add);
		}
	}

	boolean isEmpty() {
		return this.samples.isEmpty();
	}

	/**
	 * Forget what is about to be measured again.
	 */
	void clear(String part) {
		this.samples.removeIf((sample) -> sample.what.startsWith(part + '/'));
		this.medians = Map.of();
	}

	void add(String what, int round, double value) {
		this.samples.add(new Sample(what, round, value));
		this.medians = Map.of();
	}

	void save() throws IOException {
		Files.createDirectories(this.file.getParent());
		Files.write(this.file,
				this.samples.stream().map(Sample::format).collect(Collectors.toCollection(() -> linesWithHeader())));
	}

	private static List<String> linesWithHeader() {
		return new ArrayList<>(List.of(HEADER));
	}

	/**
	 * The median of each round: a round is a fork for each peer, side by side.
	 */
	private SortedMap<Integer, Double> rounds(String what) {
		if (this.medians.isEmpty()) {
			this.medians = this.samples.stream()
				.collect(Collectors
					.groupingBy(Sample::what, Collectors.groupingBy(Sample::round, TreeMap::new, Collectors
						.collectingAndThen(Collectors.mapping(Sample::value, Collectors.toList()), Results::median))));
		}
		return this.medians.getOrDefault(what, new TreeMap<>());
	}

	Spread spread(String what) {
		return new Spread(rounds(what).values().stream().mapToDouble(Double::doubleValue).toArray());
	}

	/**
	 * The ratio in each round, so that what slowed the machine down for a while slows
	 * down both.
	 */
	Spread ratio(String of, String to) {
		return combine(of, to, (dividend, divisor) -> dividend / divisor);
	}

	Spread difference(String of, String to) {
		return combine(of, to, (minuend, subtrahend) -> minuend - subtrahend);
	}

	private Spread combine(String one, String other, DoubleBinaryOperator operator) {
		SortedMap<Integer, Double> others = rounds(other);
		List<Double> combined = new ArrayList<>();
		rounds(one).forEach((round, value) -> {
			Double with = others.get(round);
			if (with != null) {
				combined.add(operator.applyAsDouble(value, with));
			}
		});
		return new Spread(combined.stream().mapToDouble(Double::doubleValue).toArray());
	}

	private static double median(List<Double> values) {
		return new Spread(values.stream().mapToDouble(Double::doubleValue).toArray()).median().orElseThrow();
	}

	/**
	 * Some values, one for each round.
	 */
	static final class Spread {

		private final double[] sorted;

		Spread(double... values) {
			this.sorted = values.clone();
			Arrays.sort(this.sorted);
		}

		OptionalDouble median() {
			return quantile(0.5);
		}

		OptionalDouble quantile(double quantile) {
			if (this.sorted.length == 0) {
				return OptionalDouble.empty();
			}
			double at = quantile * (this.sorted.length - 1);
			int below = (int) at;
			double above = this.sorted[Math.min(below + 1, this.sorted.length - 1)];
			return OptionalDouble.of(this.sorted[below] + (at - below) * (above - this.sorted[below]));
		}

		double[] values() {
			return this.sorted.clone();
		}

	}

	/**
	 * One measured value.
	 */
	private record Sample(String what, int round, double value) {

		static Sample parse(String line) {
			String[] fields = line.split(",");
			return new Sample(fields[0], Integer.parseInt(fields[1]), Double.parseDouble(fields[2]));
		}

		String format() {
			return this.what + ',' + this.round + ',' + this.value;
		}

	}

}
