package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.supervisor.process.ApplicationProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * SIGSTOP for longer than a heartbeat may take, as a debugger, a laptop's lid or a
 * hypervisor does it, then SIGCONT.
 */
@Tag("search")
class PauseTests {

	private static final String TIMEOUT = "supervisor.services.beating.heartbeat-timeout=2s";

	private static final Duration PAUSE = Duration.ofSeconds(3);

	private static final String MISSED = "'beating' is cancelled";

	private final Chance chance = new Chance(PauseTests.class);

	@TempDir
	private Path data;

	@Test
	void pauseIsNoMissedHeartbeatButWhoHangsAfterItIsFound() throws IOException {
		try (Demo demo = new Demo(this.data);
				ApplicationProcess process = demo.startWith("beating", TIMEOUT,
						"supervisor.services.beating.restart.policy=on-failure",
						"supervisor.services.beating.restart.max-restarts=-1",
						"supervisor.services.beating.restart.max-delay=1s",
						"supervisor.services.beating.grace-period=500ms")) {
			process.awaitLog(Demo.RUNNING);
			for (int i = 0; i < Chance.ROUNDS; i++) {
				this.chance.pass(Duration.ofSeconds(2));
				pause(process);
				process.awaitLog("beat", process.count("beat") + 30);
				assertThat(process.output()).doesNotContain(MISSED, " WARN ", " ERROR ");
			}
			Figures.print("SIGSTOP for 3 s, heartbeats within 2 s", Chance.ROUNDS + " times | none missed");
			List<Long> times = new ArrayList<>();
			for (int i = 1; i <= Chance.ROUNDS; i++) {
				process.signal("STOP").tell("hang");
				this.chance.passExactly(PAUSE);
				long start = System.nanoTime();
				process.signal("CONT").awaitLog(MISSED, i).awaitLog("'beating' is started again", i);
				times.add((System.nanoTime() - start) / 1_000_000);
			}
			Figures.print("SIGSTOP for 3 s, then the service hangs", "cancelled for its heartbeat after", times);
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			assertThat(demo.check().pages()).isPositive();
		}
	}

	private void pause(ApplicationProcess process) {
		process.signal("STOP");
		this.chance.passExactly(PAUSE);
		process.signal("CONT");
	}

}
