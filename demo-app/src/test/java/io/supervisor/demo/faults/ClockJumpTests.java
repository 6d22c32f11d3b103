package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.supervisor.process.ApplicationProcess;
import io.supervisor.process.Programs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A clock that jumps an hour forward and back while the demo runs, as it does when
 * somebody sets it, or a virtual machine is resumed. The monotonic clock goes on, as it
 * does then.
 */
@Tag("search")
class ClockJumpTests {

	/**
	 * Further than any time-out, back-off or jitter of the demo.
	 */
	private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

	private static final Pattern TIME = Pattern.compile("^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");

	private static final String FORWARD = "+3600";

	private static final String BACK = "+0";

	private final Chance chance = new Chance(ClockJumpTests.class);

	@TempDir
	private Path data;

	@Test
	void heartbeatsAndCrawlGoOn() throws IOException {
		try (Demo demo = demo("heartbeats", BACK);
				ApplicationProcess process = demo.startWith("beating",
						"supervisor.services.beating.heartbeat-timeout=2s")) {
			process.awaitLog(Demo.RUNNING);
			for (int i = 0; i < 2 * Chance.ROUNDS; i++) {
				this.chance.pass(Duration.ofSeconds(1));
				jump((i % 2 == 0) ? FORWARD : BACK);
				process.awaitLog("beat", process.count("beat") + 30);
				long pages = demo.visiblePages(process);
				demo.awaitVisiblePages(process, pages + 10);
			}
			assertThat(process.output()).doesNotContain("is cancelled", " WARN ", " ERROR ");
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			assertThat(jumps(process)).isPositive();
			demo.check();
			Figures.print("clock +1 h, then back, while all run", "the crawl went on, no heartbeat was missed");
		}
	}

	@Test
	void backOffIsNeitherLongerNorShorter() throws IOException {
		try (Demo demo = demo("back-off", BACK);
				ApplicationProcess process = demo.start("demo.fail.service=crawler", "demo.fail.after=2s",
						"supervisor.services.crawler.restart.delay=5s",
						"supervisor.services.crawler.restart.multiplier=1",
						"supervisor.services.crawler.restart.max-restarts=-1")) {
			List<Long> times = new ArrayList<>();
			for (int i = 1; i <= 2 * Chance.ROUNDS; i++) {
				process.awaitLog("'crawler' is started again", i);
				long start = System.nanoTime();
				this.chance.pass(Duration.ofSeconds(1));
				jump((i % 2 == 1) ? FORWARD : BACK);
				process.awaitLog("'crawler' failed in attempt " + (i + 1));
				times.add((System.nanoTime() - start) / 1_000_000);
			}
			assertThat(times).as("4 to 6 s of back-off, 2 s of work")
				.allSatisfy((time) -> assertThat(time).isBetween(4000L, 60_000L));
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			assertThat(jumps(process)).isPositive();
			demo.check();
			Figures.print("clock +1 h, then back, in a back-off of 4 to 6 s, 2 s before the next failure",
					"next failure after", times);
		}
	}

	@Test
	void stopIsNeitherCutShortNorHeldUp() throws IOException {
		List<Long> times = new ArrayList<>();
		for (int i = 0; i < 2 * Chance.ROUNDS; i++) {
			try (Demo demo = demo("stop-" + i, (i % 2 == 0) ? BACK : FORWARD);
					ApplicationProcess process = demo.startWith("lingering", "supervisor.shutdown-timeout=20s",
							"supervisor.services.lingering.grace-period=15s")) {
				process.awaitLog(Demo.RUNNING);
				long start = System.nanoTime();
				process.terminate().awaitLog("lingering goes on");
				jump((i % 2 == 0) ? FORWARD : BACK);
				assertThat(process.exitCode()).isEqualTo(143);
				times.add((System.nanoTime() - start) / 1_000_000);
				assertThat(process.output()).contains("lingering ends", "every thread has ended")
					.doesNotContain("interrupted", "stuck");
				assertThat(jumps(process)).isPositive();
				demo.check();
			}
		}
		Figures.print("clock +1 h or -1 h while a service takes 3 s to stop", "waited for, gone after", times);
	}

	private Demo demo(String name, String offset) throws IOException {
		jump(offset);
		return new Demo(this.data.resolve(name)).environment(environment());
	}

	/**
	 * Set the clock of the processes that are started here.
	 */
	private void jump(String offset) throws IOException {
		Files.writeString(clock(), offset + "\n");
	}

	private Path clock() {
		return this.data.resolve("clock");
	}

	private Map<String, String> environment() throws IOException {
		String faketime = Programs.require("faketime", "faketime").toString();
		String library = new String(new ProcessBuilder(faketime, "-f", "+0", "printenv", "LD_PRELOAD").start()
			.getInputStream()
			.readAllBytes(), StandardCharsets.UTF_8).strip();
		return Map.of("LD_PRELOAD", library, "FAKETIME_TIMESTAMP_FILE", clock().toString(), "FAKETIME_CACHE_DURATION",
				"1", "DONT_FAKE_MONOTONIC", "1", "FAKETIME_FORCE_MONOTONIC_FIX", "0");
	}

	/**
	 * How often the clock has jumped in the log: the process has seen it.
	 */
	private static int jumps(ApplicationProcess process) {
		List<Instant> times = process.lines().stream().flatMap((line) -> time(line).stream()).toList();
		int jumps = 0;
		for (int i = 1; i < times.size(); i++) {
			jumps += (Duration.between(times.get(i - 1), times.get(i)).abs().compareTo(HALF_AN_HOUR) > 0) ? 1 : 0;
		}
		return jumps;
	}

	private static Optional<Instant> time(String line) {
		Matcher time = TIME.matcher(line);
		return time.find() ? Optional.of(Instant.parse(time.group())) : Optional.empty();
	}

}
