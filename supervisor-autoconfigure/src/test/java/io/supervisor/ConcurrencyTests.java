package io.supervisor;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.supervisor.process.Children;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.Main;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the {@code …Stress} classes in jcstress. For longer, and in more ways of compiling
 * them, {@code -Dsupervisor.stress=default}, or any other mode that jcstress knows.
 */
@Tag("search")
class ConcurrencyTests {

	private static final Path DIRECTORY = Path.of("target", "jcstress");

	private static final Duration SHORT = Duration.ofMinutes(15);

	private static final Duration LONG = Duration.ofHours(5);

	@Test
	void nothingForbiddenIsSeen() throws IOException, InterruptedException {
		String mode = System.getProperty("supervisor.stress", "");
		Files.createDirectories(DIRECTORY);
		Path output = DIRECTORY.resolve("output.txt");
		Process process = Children.start(new ProcessBuilder(command(mode)).directory(DIRECTORY.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile()));
		try {
			Duration limit = mode.isEmpty() ? SHORT : LONG;
			assertThat(process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)).as("jcstress has not ended").isTrue();
		}
		finally {
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
		}
		String said = Files.readString(output);
		assertThat(process.exitValue()).as(said).isZero();
		assertThat(said).contains("RUN RESULTS", "Failed tests: No matches", "Error tests: No matches")
			.doesNotContain("No scheduling is possible, these tests would not run");
	}

	private static List<String> command(String mode) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath(),
						Main.class.getName(), "-t", "io.supervisor", "-r", "report"));
		if (mode.isEmpty()) {
			// sanity takes too few samples to find what is rare; compiled as it comes
			command.addAll(List.of("-m", "quick", "-f", "1", "-sc", "false", "-iters", "1", "-time", "200", "-jvmArgs",
					"-Xmx256m"));
		}
		else {
			command.addAll(List.of("-m", mode));
		}
		return command;
	}

	private static String classPath() {
		List<String> entries = new ArrayList<>();
		for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
			entries.add(Path.of(entry).toAbsolutePath().toString());
		}
		return String.join(File.pathSeparator, entries);
	}

}
