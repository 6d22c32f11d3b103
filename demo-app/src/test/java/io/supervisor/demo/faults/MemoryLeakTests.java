package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.file.Path;

import io.supervisor.process.ApplicationProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A service that leaks memory until there is none. That it may be restarted on failures
 * does not matter: an {@link OutOfMemoryError} is final.
 */
@Tag("search")
class MemoryLeakTests {

	private static final String OUT_OF_MEMORY = "java.lang.OutOfMemoryError: Java heap space";

	@TempDir
	private Path data;

	@Test
	void applicationThatReportsIsDownAndEndsOnSigterm() throws IOException {
		try (Demo demo = demo(); ApplicationProcess process = demo.startWith("leaking")) {
			process.awaitLog(Demo.RUNNING).awaitLog("'supervisor' has failed");
			assertThat(process.output()).contains("'leaking' failed: " + OUT_OF_MEMORY, "; every thread has ended")
				.doesNotContain("'leaking' is started again");
			assertThat(process.get("/actuator/health/liveness").statusCode()).isEqualTo(503);
			assertThat(process.get("/actuator/health/supervisor").body()).contains(OUT_OF_MEMORY);
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			Figures.print("service leaks until OutOfMemoryError, what it held goes with it",
					"reported; " + demo.check());
		}
	}

	@Test
	void applicationThatExitsEndsWithCodeOne() throws IOException {
		try (Demo demo = demo();
				ApplicationProcess process = demo.startWith("leaking", "supervisor.on-group-failure=exit")) {
			assertThat(process.exitCode()).as(process::output).isOne();
			assertThat(process.output()).contains("'leaking' failed: " + OUT_OF_MEMORY, "; every thread has ended")
				.doesNotContain("'leaking' is started again");
			Figures.print("service leaks until OutOfMemoryError, a failure ends the process",
					"exit code 1; " + demo.check());
		}
	}

	/**
	 * The heap stays full: each thread that wants memory next gets none either.
	 */
	@Test
	void processWhoseHeapStaysFullEnds() throws IOException {
		assumeTrue(Chance.ROUNDS > 1, "Takes a minute, since each allocation costs a collection");
		try (Demo demo = demo();
				ApplicationProcess process = demo.startWith("hoarding", "supervisor.on-group-failure=exit")) {
			assertThat(process.exitCode()).as(process::output).isOne();
			assertThat(process.output()).contains("java.lang.OutOfMemoryError")
				.doesNotContain("'hoarding' is started again");
			Figures.print("service leaks until OutOfMemoryError, the heap stays full", "exit code 1; " + demo.check());
		}
	}

	private Demo demo() throws IOException {
		return new Demo(this.data).jvm("-Xmx96m", "-XX:+UseSerialGC")
			.set("supervisor.defaults.restart.policy=on-failure");
	}

}
