package io.supervisor.benchmarks.startup;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Starts an application with three services and the same one without the starter in
 * turns, each in a fresh process, and prints the medians of the time from the start of
 * the process until the application is ready, and what the starter adds to them.
 */
public final class StartUp {

	private static final int WARM_UPS = 2;

	private StartUp() {
	}

	/**
	 * Measure.
	 * @param args number of pairs; 20 if there is none
	 * @throws IOException if a process cannot be started
	 * @throws InterruptedException if the wait for a process is interrupted
	 */
	public static void main(String[] args) throws IOException, InterruptedException {
		int pairs = (args.length > 0) ? Integer.parseInt(args[0]) : 20;
		System.out.printf(Locale.ROOT, "JDK %s, %d processors, %d pairs%n", System.getProperty("java.version"),
				Runtime.getRuntime().availableProcessors(), pairs);
		compare("web application", pairs, "servlet");
		compare("without a web server", pairs, "none");
	}

	private static void compare(String what, int pairs, String type) throws IOException, InterruptedException {
		List<Double> bare = new ArrayList<>();
		List<Double> supervised = new ArrayList<>();
		for (int i = -WARM_UPS; i < pairs; i++) {
			// the second of a pair may find the machine in another state than the first
			boolean bareFirst = i % 2 == 0;
			double first = bareFirst ? bare(type) : supervised(type);
			double second = bareFirst ? supervised(type) : bare(type);
			if (i >= 0) {
				bare.add(bareFirst ? first : second);
				supervised.add(bareFirst ? second : first);
			}
		}
		double added = median(supervised) / median(bare) - 1;
		System.out.printf(Locale.ROOT, "%s: bare %s, with three services %s, added %.1f %%%n", what, describe(bare),
				describe(supervised), 100 * added);
	}

	private static double bare(String type) throws IOException, InterruptedException {
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !entry.contains("supervisor-autoconfigure"))
			.collect(Collectors.joining(File.pathSeparator));
		return millisUntilReady(classPath, BareApplication.class, type);
	}

	private static double supervised(String type) throws IOException, InterruptedException {
		return millisUntilReady(System.getProperty("java.class.path"), SupervisedApplication.class, type);
	}

	private static double millisUntilReady(String classPath, Class<?> application, String type)
			throws IOException, InterruptedException {
		ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElse("java"), "-cp",
				classPath, application.getName(), "--spring.main.web-application-type=" + type, "--server.port=0",
				"--server.address=127.0.0.1")
			.redirectErrorStream(true);
		long start = System.nanoTime();
		Process process = builder.start();
		List<String> output = new ArrayList<>();
		double millis = -1;
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				output.add(line);
				if (line.equals(BareApplication.READY)) {
					millis = (System.nanoTime() - start) / 1e6;
				}
			}
		}
		process.waitFor();
		if (millis < 0) {
			throw new IllegalStateException("The application did not become ready:\n" + String.join("\n", output));
		}
		return millis;
	}

	private static double median(List<Double> millis) {
		return quantile(millis, 0.5);
	}

	private static double quantile(List<Double> values, double quantile) {
		List<Double> sorted = values.stream().sorted().toList();
		double at = quantile * (sorted.size() - 1);
		int index = (int) at;
		double above = sorted.get(Math.min(index + 1, sorted.size() - 1));
		return sorted.get(index) + (at - index) * (above - sorted.get(index));
	}

	private static String describe(List<Double> millis) {
		return String.format(Locale.ROOT, "%.0f ms (quartiles %.0f to %.0f)", median(millis), quantile(millis, 0.25),
				quantile(millis, 0.75));
	}

}
