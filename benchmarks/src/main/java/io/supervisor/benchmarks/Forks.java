package io.supervisor.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Runs a measurement in a process of its own. One that fails or hangs is said so and
 * leaves a gap in the report, not no report.
 */
final class Forks {

	private static final long PATIENCE = 300;

	private final Path directory;

	Forks(Path directory) {
		this.directory = directory;
	}

	/**
	 * The class path, with what was compiled for JDK 25 where that is the JDK.
	 */
	private String classPath(int feature) {
		String classPath = System.getProperty("java.class.path");
		Path classes = this.directory.resolve("target/classes/META-INF/versions/25");
		return (feature == 25 && Files.exists(classes)) ? classPath + File.pathSeparator + classes : classPath;
	}

	void java(Jdk jdk, List<String> options, String main, List<String> arguments, Consumer<String> lines)
			throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(jdk.executable()));
		if (jdk.feature() == 25) {
			command.addAll(List.of("--enable-preview", "--sun-misc-unsafe-memory-access=allow"));
		}
		command.add("-Dlogback.configurationFile=logback-measurement.xml");
		command.addAll(options);
		command.addAll(List.of("-cp", classPath(jdk.feature()), main));
		command.addAll(arguments);
		run(command, lines);
	}

	void run(List<String> command, Consumer<String> lines) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		Thread watch = new Thread(() -> endLate(process));
		watch.setDaemon(true);
		watch.start();
		try (BufferedReader reader = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				lines.accept(line);
			}
		}
		if (process.waitFor() != 0) {
			System.out.println("Not measured, the process ended with " + process.exitValue() + ": "
					+ String.join(" ", command.subList(Math.max(0, command.size() - 6), command.size())));
		}
	}

	private static void endLate(Process process) {
		try {
			if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
				process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			process.destroyForcibly();
		}
	}

	/**
	 * Compile the program in Go, where there is a compiler.
	 */
	@Nullable Path compileGo() throws IOException, InterruptedException {
		Path target = this.directory.resolve("target");
		Path program = target.resolve("group-in-go");
		ProcessBuilder builder = new ProcessBuilder("go", "build", "-o", program.toString(), ".")
			.directory(this.directory.resolve("src/main/go").toFile())
			.inheritIO();
		builder.environment().put("GOCACHE", target.resolve("go-cache").toString());
		builder.environment().put("GOFLAGS", "-buildvcs=false");
		try {
			return (builder.start().waitFor() == 0) ? program : null;
		}
		catch (IOException ex) {
			return null;
		}
	}

	/**
	 * A JDK to measure on.
	 */
	record Jdk(String executable, int feature) {

		static Jdk current() {
			return new Jdk(executable(Path.of(System.getProperty("java.home"))), Runtime.version().feature());
		}

		/**
		 * Look for a JDK 17: where it was said to be, or beside the running one.
		 */
		static @Nullable Jdk find17(String home) throws IOException {
			Path parent = Path.of(System.getProperty("java.home")).toRealPath().getParent();
			List<Path> candidates = new ArrayList<>();
			if (!home.isEmpty()) {
				candidates.add(Path.of(home));
			}
			else if (parent != null) {
				try (var siblings = Files.list(parent)) {
					siblings.sorted().forEach(candidates::add);
				}
			}
			for (Path candidate : candidates) {
				Path release = candidate.resolve("release");
				if (Files.exists(release) && Files.readString(release).contains("JAVA_VERSION=\"17")
						&& Files.exists(Path.of(executable(candidate)))) {
					return new Jdk(executable(candidate), 17);
				}
			}
			return null;
		}

		private static String executable(Path home) {
			return Arrays.asList("java", "java.exe")
				.stream()
				.map((name) -> home.resolve("bin").resolve(name))
				.filter(Files::exists)
				.findFirst()
				.orElse(home.resolve("bin/java"))
				.toString();
		}

	}

}
