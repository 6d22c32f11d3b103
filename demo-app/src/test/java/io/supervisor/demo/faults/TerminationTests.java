package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.supervisor.process.ApplicationProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * SIGTERM at random moments during start, run and failure, again and again on the same
 * data.
 */
@Tag("search")
class TerminationTests {

	/**
	 * The group gives up after 10 s; the rest is for a machine that is busy.
	 */
	private static final Duration DEADLINE = Duration.ofSeconds(30);

	private final Chance chance = new Chance(TerminationTests.class);

	private final Map<Moment, List<Long>> times = new EnumMap<>(Moment.class);

	@TempDir
	private Path data;

	@Test
	void processEndsInTimeAndLosesNothing() throws IOException {
		try (Demo demo = new Demo(this.data)) {
			for (int i = 0; i < Chance.ROUNDS; i++) {
				for (Moment moment : Moment.values()) {
					terminate(demo, moment);
				}
			}
			assertThat(demo.check().pages()).isPositive();
			this.times.forEach((moment, times) -> Figures.print("SIGTERM " + moment.description, "gone after", times));
			Figures.print("SIGTERM", "in the end " + demo.check());
		}
	}

	private void terminate(Demo demo, Moment moment) throws IOException {
		long visible = 0;
		try (ApplicationProcess process = moment.start(demo)) {
			if (!moment.after.isEmpty()) {
				process.awaitLog(moment.after);
			}
			this.chance.pass(moment.within);
			if (moment == Moment.RUN) {
				visible = demo.visiblePages(process);
			}
			long start = System.nanoTime();
			int code = process.terminate().exitCode();
			Duration time = Duration.ofNanos(System.nanoTime() - start);
			assertThat(time).as(process::output).isLessThan(DEADLINE);
			if (moment.failsStart(process)) {
				assertThat(code).as(process::output).isIn(1, 143);
			}
			else {
				assertThat(code).as(process::output).isIn(moment.codes);
			}
			assertLog(process, moment);
			this.times.computeIfAbsent(moment, (any) -> new ArrayList<>()).add(time.toMillis());
			assertThat(demo.check().pages()).as(process::output).isGreaterThanOrEqualTo(visible);
		}
	}

	/**
	 * A group that has begun has ended, with all its threads but one that is named.
	 */
	private static void assertLog(ApplicationProcess process, Moment moment) {
		assertThat(process.lines()).as(process::output)
			.filteredOn((line) -> line.contains(" ERROR "))
			.allMatch((line) -> moment.errors.stream().anyMatch(line::contains)
					|| (moment.failsStart(process) && line.contains("LoggingFailureAnalysisReporter")));
		if (moment == Moment.DEAF) {
			assertThat(process.output()).contains("'deaf' is stuck", "FaultyDemo$Services.beDeaf", "; 1 service stuck");
		}
		else if (process.count("'supervisor' is stopping") > 0 || process.count(Demo.RUNNING) > 0) {
			assertThat(process.output()).contains("; every thread has ended");
		}
	}

	/**
	 * When the signal comes.
	 */
	private enum Moment {

		BOOT("while the JVM and Spring start", "", 1500, Set.of(143), Set.of()),

		START("while the services start", "Supervising 4 services", 1000, Set.of(143), Set.of()),

		RUN("while all run", Demo.RUNNING, 3000, Set.of(143), Set.of()),

		BACK_OFF("while a service waits to be restarted", "'crawler' is started again", 4000, Set.of(143), Set.of(),
				"demo.fail.service=crawler", "demo.fail.after=1s"),

		REPORT("while a failure stops the others", "'pageRank' failed", 300, Set.of(143), Set.of("'pageRank' failed"),
				"demo.fail.service=pageRank", "demo.fail.after=1s"),

		EXIT("while a failure ends the process", "'pageRank' failed", 300, Set.of(1, 143), Set.of("'pageRank' failed"),
				"demo.fail.service=pageRank", "demo.fail.after=1s", "supervisor.on-group-failure=exit"),

		DEAF("while all run, one of which never ends", Demo.RUNNING, 1000, Set.of(143), Set.of("'deaf' is stuck"),
				"supervisor.shutdown-timeout=2s");

		private final String description;

		private final String after;

		private final Duration within;

		private final Set<Integer> codes;

		private final Set<String> errors;

		private final String[] properties;

		Moment(String description, String after, int within, Set<Integer> codes, Set<String> errors,
				String... properties) {
			this.description = description;
			this.after = after;
			this.within = Duration.ofMillis(within);
			this.codes = codes;
			this.errors = errors;
			this.properties = properties;
		}

		/**
		 * Where the machine is slow, the failure may come while other services are not
		 * ready yet: then the start of the application has failed.
		 */
		boolean failsStart(ApplicationProcess process) {
			return (this == REPORT || this == EXIT) && process.count("'supervisor' failed while it was starting") > 0;
		}

		ApplicationProcess start(Demo demo) {
			return (this == DEAF) ? demo.startWith("deaf", this.properties) : demo.start(this.properties);
		}

	}

}
