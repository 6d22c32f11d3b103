package io.supervisor.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.supervisor.benchmarks.Requirements.Requirement;
import io.supervisor.benchmarks.Results.Spread;

/**
 * Writes what was measured: the table of what must be reached to the console, all tables
 * into the documentation, between markers, and the plots beside it.
 */
final class Report {

	private static final int[] SIZES = { 10, 100, 1000, 10_000, 100_000 };

	private static final String MISSING = "–";

	private final Path directory;

	private final Path docs;

	Report(Path directory, Path docs) {
		this.directory = directory;
		this.docs = docs;
	}

	void write(int feature, Results results) throws IOException {
		if (results.isEmpty()) {
			return;
		}
		List<Requirement> requirements = (feature > 17) ? Requirements.ofVirtualThreads(results)
				: Requirements.ofJdk17(results);
		String table = required(requirements);
		System.out.printf(Locale.ROOT, "%nJDK %d%n%n%s%n", feature, table);
		StringBuilder text = new StringBuilder();
		text.append(environment(feature)).append("\n\n").append(table);
		if (feature > 17) {
			steps(text, results, Threads.VIRTUAL, 100_000);
			steps(text, results, Threads.PLATFORM, 10_000);
			rest(text, results);
			Plots.write(results, this.docs.resolve("images"));
		}
		else {
			steps(text, results, Threads.PLATFORM, 1000);
		}
		Files.writeString(this.directory.resolve("target/measurements/jdk-" + feature + ".md"), text);
		refresh(feature, text.toString());
	}

	private static String environment(int feature) {
		return "%s processors, %s %s, JDK %s, measured on %s.".formatted(Runtime.getRuntime().availableProcessors(),
				System.getProperty("os.name"), System.getProperty("os.arch"),
				(Runtime.version().feature() == feature) ? Runtime.version() : String.valueOf(feature),
				LocalDate.now());
	}

	private static String required(List<Requirement> requirements) {
		return requirements.stream()
			.map((requirement) -> "| %s | %s | %s | %s |".formatted(requirement.what(), requirement.required(),
					spread(requirement.measured()), requirement.verdict()))
			.collect(Collectors.joining("\n", "| what | required | median (quartiles) | |\n|---|---|---|---|\n", "\n"));
	}

	private static void steps(StringBuilder text, Results results, Threads threads, int max) {
		for (String step : List.of("start-cancellation", "fail-cancellation", "fail-queue", "stop-cancellation",
				"stop-queue")) {
			int[] sizes = Arrays.stream(SIZES).filter((size) -> size <= max).toArray();
			text.append("\n**")
				.append(capitalized(describe(step)))
				.append("**, ")
				.append(threads.name().toLowerCase(Locale.ROOT))
				.append(" threads, µs (of the floor)\n\n| |")
				.append(each(sizes, (size) -> " N = " + grouped(size) + " |"))
				.append("\n|---|")
				.append(each(sizes, (size) -> "--:|"))
				.append('\n');
			for (Subject subject : Subject.values()) {
				if (Arrays.stream(sizes)
					.anyMatch((size) -> results.spread(subject.group(threads, size, step)).median().isPresent())) {
					text.append("| ")
						.append(subject.title())
						.append(" |")
						.append(each(sizes, (size) -> ' ' + cell(results, subject, threads, size, step) + " |"))
						.append('\n');
				}
				else if (subject == Subject.GO && threads == Threads.VIRTUAL) {
					text.append("| Go |").append(each(sizes, (size) -> " not installed |")).append('\n');
				}
			}
		}
	}

	private static String each(int[] sizes, IntFunction<String> cell) {
		return IntStream.of(sizes).mapToObj(cell).collect(Collectors.joining());
	}

	private static String cell(Results results, Subject subject, Threads threads, int size, String step) {
		String key = subject.group(threads, size, step);
		Spread nanos = results.spread(key);
		if (nanos.median().isEmpty()) {
			return MISSING;
		}
		String micros = number(nanos.median().getAsDouble() / 1000);
		Spread ratio = results.ratio(key, Subject.BARE.group(threads, size, step));
		return (ratio.median().isPresent() && subject != Subject.BARE)
				? micros + " (" + number(ratio.median().getAsDouble()) + ")" : micros;
	}

	private static void rest(StringBuilder text, Results results) {
		text.append("\n**Restarts per second**, no delay\n\n| | median (quartiles) | each fork |\n|---|---|---|\n");
		row(text, results, "Supervisor", "restart/group");
		row(text, results, "bare loop that spins", "restart/bareLoop");
		row(text, results, "bare loop that parks", "restart/parkingLoop");
		row(text, results, "Pekko typed", "restart/pekko");
		text.append(
				"\n**One restart in a group of N services**\n\n| | median (quartiles) | each fork |\n|---|---|---|\n");
		for (String size : List.of("10", "10000")) {
			row(text, results, "N = " + size + ", µs", "restart/cost/" + size);
			row(text, results, "N = " + size + ", B", "restart/cost/" + size + "/bytes");
		}
		text.append(
				"\n**Heap that an idle service retains**, B\n\n| | median (quartiles) | each fork |\n|---|---|---|\n");
		row(text, results, "Supervisor", Subject.SUPERVISOR.memory());
		row(text, results, Subject.ALONE.title(), Subject.ALONE.memory());
		row(text, results, "bare virtual thread", Subject.BARE.memory());
		text.append("\n**Start-up of an application**, ms until ready\n\n");
		text.append("| | median (quartiles) |\n|---|---|\n");
		for (String type : List.of("servlet", "none")) {
			for (String which : List.of("bare", "supervised")) {
				text.append("| ")
					.append(type.equals("none") ? "without a web server" : "web application")
					.append(which.equals("bare") ? "" : ", with three services")
					.append(" | ")
					.append(spread(results.spread("startup/" + type + '/' + which)))
					.append(" |\n");
			}
		}
	}

	private static void row(StringBuilder text, Results results, String title, String key) {
		Spread spread = results.spread(key);
		text.append("| ")
			.append(title)
			.append(" | ")
			.append(spread(spread))
			.append(" | ")
			.append(Arrays.stream(spread.values()).mapToObj(Report::number).collect(Collectors.joining(", ")))
			.append(" |\n");
	}

	/**
	 * Put the text between its markers.
	 */
	private void refresh(int feature, String text) throws IOException {
		Path file = this.docs.resolve("benchmarks.md");
		String begin = "<!-- begin: measured on JDK %s -->".formatted(feature);
		String end = "<!-- end: measured on JDK %s -->".formatted(feature);
		String page = Files.exists(file) ? Files.readString(file) : "";
		int from = page.indexOf(begin);
		int to = page.indexOf(end);
		if (from < 0 || to < from) {
			System.out.printf(Locale.ROOT, "'%s' has no place for JDK %d%n", file, feature);
			return;
		}
		Files.writeString(file, page.substring(0, from) + begin + "\n\n" + text + '\n' + page.substring(to));
	}

	static String describe(String step) {
		return switch (step) {
			case "start-cancellation", "start-queue" -> "start until all run";
			case "fail-cancellation" -> "first failure until all have ended";
			case "fail-queue" -> "first failure until all have ended, blocked in a queue";
			case "stop-cancellation" -> "stop until all have ended";
			case "stop-queue" -> "stop until all have ended, blocked in a queue";
			default -> step;
		};
	}

	private static String capitalized(String text) {
		return Character.toUpperCase(text.charAt(0)) + text.substring(1);
	}

	static String grouped(int size) {
		return String.format(Locale.ROOT, "%,d", size).replace(',', '\u00a0');
	}

	private static String spread(Spread spread) {
		return Stream.of(0.5, 0.25, 0.75).map(spread::quantile).anyMatch((value) -> value.isEmpty()) ? MISSING
				: "%s (%s to %s)".formatted(number(spread.median().getAsDouble()),
						number(spread.quantile(0.25).getAsDouble()), number(spread.quantile(0.75).getAsDouble()));
	}

	/**
	 * Three digits say as much as such measurements can.
	 */
	static String number(double value) {
		double size = Math.abs(value);
		if (size >= 100) {
			return grouped((int) Math.round(value));
		}
		String text = String.format(Locale.ROOT, (size >= 10) ? "%.1f" : "%.2f", value);
		return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
	}

}
