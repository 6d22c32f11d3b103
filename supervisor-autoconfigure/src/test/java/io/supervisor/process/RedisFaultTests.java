package io.supervisor.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two real processes that share a singleton by a lock in a real Redis, under faults. A
 * {@link RunJudge} outside of them sees each run begin and end.
 */
@Tag("search")
class RedisFaultTests {

	private static final Duration TIME_TO_LIVE = Duration.ofSeconds(3);

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private final Map<String, ApplicationProcess> replicas = new TreeMap<>();

	private final Map<String, TcpProxy> proxies = new TreeMap<>();

	private RedisServer redis;

	private RunJudge judge;

	@BeforeEach
	void start(@TempDir Path directory) {
		this.redis = new RedisServer(directory);
		this.judge = new RunJudge();
	}

	private void startReplicas(Duration timeToLive) {
		for (String replica : List.of("left", "right")) {
			TcpProxy proxy = new TcpProxy(this.redis.port());
			this.proxies.put(replica, proxy);
			this.replicas.put(replica,
					ApplicationProcess.withoutWeb(RedisReplicaApplication.class, "--replica=" + replica,
							"--judge=" + this.judge.port(), "--redis=" + proxy.port(),
							"--supervisor.cluster.engine=shedlock", "--supervisor.cluster.time-to-live=" + timeToLive,
							"--supervisor.cluster.poll-interval=200ms", "--management.endpoints.access.default=none"));
		}
		this.replicas.values().forEach((replica) -> replica.awaitLog("Leases are kept by ShedLock, RedisLockProvider"));
	}

	@AfterEach
	void stop() throws Exception {
		this.replicas.values().forEach((replica) -> replica.signal("CONT"));
		this.replicas.values().forEach(ApplicationProcess::close);
		this.proxies.values().forEach(TcpProxy::close);
		if (this.judge != null) {
			this.judge.close();
			this.redis.close();
		}
	}

	@Test
	void killedHolderIsFollowedByTheOther() {
		startReplicas(TIME_TO_LIVE);
		String holder = holder();
		this.replicas.remove(holder).signal("KILL").exitCode();
		assertThat(holder()).isNotEqualTo(holder);
		assertNoOverlap("kill -9 of the holder");
	}

	/**
	 * With a time to live that nobody waits for.
	 */
	@Test
	void holderThatStopsHandsOver() {
		startReplicas(Duration.ofHours(1));
		String holder = holder();
		this.replicas.remove(holder).terminate().exitCode();
		assertThat(holder()).isNotEqualTo(holder);
		assertNoOverlap("stop of the holder");
	}

	@ParameterizedTest
	@CsvSource({ "REFUSE, The leases of this replica can be renewed again", "HANG, This replica has lost 1 lease" })
	void holderThatIsCutOffEndsItsRunBeforeTheOtherBegins(TcpProxy.Mode fault, String back) {
		startReplicas(TIME_TO_LIVE);
		String holder = holder();
		TcpProxy proxy = this.proxies.get(holder);
		proxy.set(fault);
		Awaitility.await().atMost(TIMEOUT).until(() -> !this.judge.running("job").contains(holder));
		String next = holder();
		assertThat(next).isNotEqualTo(holder);
		// what hung arrives now
		proxy.set(TcpProxy.Mode.FORWARD);
		this.replicas.get(holder).awaitLog(back);
		assertThat(holder()).isEqualTo(next);
		assertNoOverlap("connections of the holder: " + fault);
	}

	@Test
	void holderThatIsPausedEndsItsRunOnceItGoesOn() {
		startReplicas(TIME_TO_LIVE);
		String holder = holder();
		this.judge.setPaused(holder, true);
		this.replicas.get(holder).signal("STOP");
		Awaitility.await().atMost(TIMEOUT).until(() -> this.judge.running("job").size() == 2);
		this.replicas.get(holder).signal("CONT");
		assertThat(holder()).isNotEqualTo(holder);
		assertNoOverlap("SIGSTOP of the holder");
	}

	private String holder() {
		return Awaitility.await()
			.atMost(TIMEOUT)
			.until(() -> this.judge.running("job"), (runs) -> runs.size() == 1)
			.get(0);
	}

	private void assertNoOverlap(String fault) {
		assertThat(this.judge.violations()).isEmpty();
		System.out.printf(Locale.ROOT, "FAULT | Redis, %s | without a run: %s ms%n", fault, this.judge.gaps());
	}

}
