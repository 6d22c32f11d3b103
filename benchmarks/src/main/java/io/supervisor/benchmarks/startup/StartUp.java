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
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Starts an application with three services and the same one without the starter in
 * turns, each in a fresh process, and takes the time from the start of the process until
 * the application is ready.
 */
public final class StartUp {

	private static final int WARM_UPS = 2;

	private static final Pattern PEERS = Pattern
		.compile("guava|pekko|scala|kotlin|jox|structured|xchart|jmh|jopt|commons-math|VectorGraphics|pdfbox|fontbox");

	private StartUp() {
	}

	/**
	 * Measure.
	 * @param pairs the number of pairs, for each kind of application
	 * @return what was measured
	 * @throws IOException if a process cannot be started
	 * @throws InterruptedException if the wait for a process is interrupted
	 */
	public static List<Pair> measure(int pairs) throws IOException, InterruptedException {
		List<Pair> measured = new ArrayList<>();
		for (int i = -WARM_UPS; i < pairs; i++) {
			for (String type : List.of("servlet", "none")) {
				System.out.printf(Locale.ROOT, "start-up of an application, %s, pair %d of %d%n", type, i + 1, pairs);
				// the second of a pair may find the machine in another state than the
				// first
				boolean bareFirst = i % 2 == 0;
				double first = bareFirst ? bare(type) : supervised(type);
				double second = bareFirst ? supervised(type) : bare(type);
				if (i >= 0) {
					measured.add(new Pair(type, i, bareFirst ? first : second, bareFirst ? second : first));
				}
			}
		}
		return measured;
	}

	private static double bare(String type) throws IOException, InterruptedException {
		return millisUntilReady(classPath(false), BareApplication.class, type);
	}

	private static double supervised(String type) throws IOException, InterruptedException {
		return millisUntilReady(classPath(true), SupervisedApplication.class, type);
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

	/**
	 * The class path of an application: nothing of what it is not compared with.
	 */
	private static String classPath(boolean supervised) {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !PEERS.matcher(entry).find())
			.filter((entry) -> supervised || !entry.contains("supervisor-autoconfigure"))
			.collect(Collectors.joining(File.pathSeparator));
	}

	/**
	 * One application with and without the services, one after the other.
	 *
	 * @param type {@code servlet} or {@code none}
	 * @param number the number of the pair
	 * @param bare milliseconds until ready
	 * @param supervised milliseconds until ready, with three services
	 */
	public record Pair(String type, int number, double bare, double supervised) {

	}

}
