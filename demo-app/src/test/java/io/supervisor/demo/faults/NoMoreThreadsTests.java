package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.supervisor.process.ApplicationProcess;
import io.supervisor.process.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * No thread can be created any more, nor by anybody else in the process: the limit of its
 * user is reached. Root has none, so that the process is another user's; it keeps root's
 * access to files.
 */
@Tag("search")
class NoMoreThreadsTests {

	private static final String NO_THREAD = "No thread could be created for it (java.lang.OutOfMemoryError)";

	/**
	 * Nobody's, so that nobody else's threads count.
	 */
	private static final String USER = "61733";

	private static final List<String> LAUNCHER = List.of("setpriv", "--reuid=" + USER, "--inh-caps=-all,+dac_override",
			"--ambient-caps=-all,+dac_override");

	@TempDir
	private Path data;

	@BeforeEach
	void canSetLimits() throws IOException {
		assumeTrue(Chance.ROUNDS > 1,
				"Only with -Ddemo.faults.rounds=2 or more: a JVM that was refused threads does not always end");
		assumeTrue("root".equals(System.getProperty("user.name")),
				"NOT tested: only root can start the process of another user");
		Programs.require("util-linux", "setpriv");
		Programs.require("util-linux", "prlimit");
		List<String> command = new ArrayList<>(LAUNCHER);
		command.addAll(List.of("prlimit", "--nproc"));
		assumeTrue(run(command), "NOT tested: root may not start the process of another user here, see the output");
	}

	private static boolean run(List<String> command) throws IOException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		try {
			boolean succeeded = process.waitFor() == 0;
			if (!succeeded) {
				System.out.println(command + ": " + output);
			}
			return succeeded;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Limit the threads of the process, which may lower and raise the soft limit of its
	 * own user.
	 */
	private static void limitThreads(ApplicationProcess process, int limit) throws IOException {
		List<String> command = new ArrayList<>(LAUNCHER);
		command.addAll(List.of("prlimit", "--pid", Long.toString(process.pid()), "--nproc=" + limit + ":"));
		assertThat(run(command)).isTrue();
	}

	@Test
	void serviceThatGetsNoThreadFailsForGoodUntilSomebodyStartsItAgain() throws IOException {
		try (Demo demo = demo();
				ApplicationProcess process = demo.start("demo.fail.service=crawler", "demo.fail.after=1s",
						"demo.fail.times=2", "management.endpoint.supervisor.access=unrestricted")) {
			process.awaitLog(Demo.RUNNING).awaitLog("'crawler' is started again");
			limitThreads(process, 1);
			process.awaitLog("'supervisor' has failed");
			assertThat(process.output()).contains("'crawler' is given up: ", NO_THREAD, "; every thread has ended");
			assertThat(process.get("/actuator/health/liveness").statusCode()).isEqualTo(503);
			assertThat(process.get("/actuator/health/supervisor").body()).contains(NO_THREAD);
			limitThreads(process, 1000);
			assertThat(process.post("/actuator/supervisor", "{\"action\":\"start\"}").statusCode()).isBetween(200, 299);
			process.awaitLog(Demo.RUNNING, 2);
			assertThat(process.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
			demo.awaitVisiblePages(process, demo.visiblePages(process) + 10);
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			Figures.print("no thread for a restart",
					"failed for good, reported, started again by hand; " + demo.check());
		}
	}

	@Test
	void processThatIsToExitEndsWithCodeOneThoughThereIsNoThreadToEndIt() throws IOException {
		try (Demo demo = demo();
				ApplicationProcess process = demo.start("demo.fail.service=crawler", "demo.fail.after=1s",
						"supervisor.on-group-failure=exit")) {
			process.awaitLog(Demo.RUNNING).awaitLog("'crawler' is started again");
			limitThreads(process, 1);
			assertThat(process.exitCode()).as(process::output).isOne();
			assertThat(process.output()).contains("'crawler' is given up: ", NO_THREAD, "; every thread has ended");
			Figures.print("no thread for a restart, a failure ends the process", "exit code 1; " + demo.check());
		}
	}

	private Demo demo() throws IOException {
		return new Demo(this.data).launcher(LAUNCHER.toArray(String[]::new));
	}

}
