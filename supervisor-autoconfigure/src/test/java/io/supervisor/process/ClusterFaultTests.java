package io.supervisor.process;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.supervisor.cluster.JdbcLeaseStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Three real processes that share services on a real PostgreSQL, under faults. A
 * {@link RunJudge} outside of them sees each run begin and end; the writes of paused
 * processes are judged by their tokens. Each fault happens {@code -Dcluster.rounds}
 * times. Printed are the times that a service was without a run, and what part of a
 * processor a replica used meanwhile.
 */
@Tag("search")
@ExtendWith(SkipsAllTests.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterFaultTests {

	private static final int ROUNDS = Integer.getInteger("cluster.rounds", 1);

	private static final Duration TIME_TO_LIVE = Duration.ofSeconds(3);

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private final Map<String, ApplicationProcess> replicas = new TreeMap<>();

	private final RunJudge judge = new RunJudge();

	private Path data;

	private int port;

	private EmbeddedPostgres database;

	private TcpProxy proxy;

	private JdbcTemplate jdbc;

	private int started;

	@BeforeAll
	void startAll(@TempDir Path data) throws IOException {
		this.data = data;
		try (ServerSocket free = new ServerSocket(0)) {
			this.port = free.getLocalPort();
		}
		startDatabase();
		this.proxy = new TcpProxy(this.port);
		DriverManagerDataSource dataSource = new DriverManagerDataSource(url(this.port));
		DatabasePopulatorUtils.execute(
				new ResourceDatabasePopulator(new ClassPathResource("schema.sql", JdbcLeaseStore.class)), dataSource);
		this.jdbc = new JdbcTemplate(dataSource);
		this.jdbc.execute("CREATE TABLE guarded (name VARCHAR(100) PRIMARY KEY, token BIGINT)");
		this.jdbc.execute("CREATE TABLE written (number BIGSERIAL, name VARCHAR(100), token BIGINT)");
		this.jdbc.execute("INSERT INTO guarded SELECT 'share#' || i, 0 FROM generate_series(0, 5) i");
		this.jdbc.execute("INSERT INTO guarded VALUES ('job', 0)");
		for (int i = 0; i < 3; i++) {
			startReplica();
		}
		awaitBalance();
	}

	private void startDatabase() throws IOException {
		this.database = PostgreSql.start(this.data.resolve("data"), this.port);
	}

	private static String url(int port) {
		return "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres&ApplicationName=replica";
	}

	private void startReplica() {
		startReplica(Map.of());
	}

	private void startReplica(Map<String, String> environment) {
		String name = "replica-" + ++this.started;
		String[] args = { "--spring.main.web-application-type=none", "--replica=" + name,
				"--judge=" + this.judge.port(), "--direct=" + url(this.port), "--database=" + url(this.proxy.port()),
				"--supervisor.cluster.replica=" + name, "--supervisor.cluster.time-to-live=" + TIME_TO_LIVE,
				"--supervisor.cluster.poll-interval=200ms", "--management.endpoints.access.default=none" };
		this.replicas.put(name, ApplicationProcess.withEnvironment(environment, ReplicaApplication.class, args));
	}

	@AfterAll
	void stopAll() throws IOException {
		this.replicas.values().forEach((replica) -> replica.signal("CONT"));
		this.replicas.values().forEach(ApplicationProcess::close);
		if (this.database != null) {
			this.proxy.close();
			this.database.close();
		}
		this.judge.close();
	}

	@Test
	void holderIsKilled() throws Exception {
		repeat("kill -9 of the holder", (round) -> {
			String holder = holder();
			this.replicas.remove(holder).signal("KILL").exitCode();
			startReplica();
		});
	}

	@Test
	void holderIsPausedForLongerThanItsLease() throws Exception {
		repeat("SIGSTOP of the holder, SIGCONT when another one runs", (round) -> {
			String holder = holder();
			this.judge.setPaused(holder, true);
			this.replicas.get(holder).signal("STOP");
			Awaitility.await().atMost(TIMEOUT).until(() -> this.judge.running("job").size() == 2);
			this.replicas.get(holder).signal("CONT");
			Awaitility.await().atMost(TIMEOUT).until(() -> !this.judge.running("job").contains(holder));
			Awaitility.await()
				.atMost(TIMEOUT)
				.until(() -> this.judge.violations().isEmpty() && settledAfterPause(holder));
			this.judge.setPaused(holder, false);
		});
	}

	private boolean settledAfterPause(String replica) {
		return IntStream.range(0, 6)
			.mapToObj((i) -> this.judge.running("share#" + i))
			.allMatch((runs) -> runs.size() < 2 || !runs.contains(replica));
	}

	@Test
	void clockOfAReplicaIsWrong() throws Exception {
		List<String> offsets = List.of("+3600", "-3600");
		repeat("kill -9 of the holder, in whose place comes one with its clock an hour off", (round) -> {
			this.replicas.remove(holder()).signal("KILL").exitCode();
			startReplica(clock(offsets.get(round % 2)));
		});
		repeat("the same, and the next one's clock is right", (round) -> {
			this.replicas.remove(holder()).signal("KILL").exitCode();
			startReplica();
		});
	}

	/**
	 * The environment of a process that reads another time of day; its monotonic clock is
	 * left alone, and so are the waits that are timed by that.
	 */
	private static Map<String, String> clock(String seconds) throws IOException {
		String faketime = Programs.require("faketime", "faketime").toString();
		String library = new String(new ProcessBuilder(faketime, "-f", "+0", "printenv", "LD_PRELOAD").start()
			.getInputStream()
			.readAllBytes(), StandardCharsets.UTF_8).strip();
		return Map.of("LD_PRELOAD", library, "FAKETIME", seconds, "DONT_FAKE_MONOTONIC", "1",
				"FAKETIME_FORCE_MONOTONIC_FIX", "0");
	}

	@Test
	void nothingHappens() throws Exception {
		long requests = this.proxy.requests();
		long start = System.nanoTime();
		repeat("none, for ten seconds",
				(round) -> Awaitility.await().pollDelay(Duration.ofSeconds(10)).atMost(TIMEOUT).until(() -> true));
		double seconds = (System.nanoTime() - start) / 1e9;
		System.out.printf(Locale.ROOT, "REST | 3 replicas, 7 leases | %.1f statements/s%n",
				(this.proxy.requests() - requests) / seconds);
	}

	@Test
	void connectionsAreRefused() throws Exception {
		repeat("connections refused until nothing runs any more", (round) -> {
			this.proxy.set(TcpProxy.Mode.REFUSE);
			awaitNothingRuns();
			this.proxy.set(TcpProxy.Mode.FORWARD);
		});
	}

	@Test
	void connectionsHang() throws Exception {
		repeat("connections hang without an error until nothing runs any more", (round) -> {
			this.proxy.set(TcpProxy.Mode.HANG);
			awaitNothingRuns();
			this.proxy.set(TcpProxy.Mode.FORWARD);
		});
	}

	@Test
	void databaseIsRestarted() throws Exception {
		repeat("the database is restarted", (round) -> {
			this.database.close();
			startDatabase();
		});
	}

	@Test
	void statementsFail() throws Exception {
		repeat("statements fail until nothing runs any more", (round) -> {
			this.jdbc.execute("ALTER TABLE supervisor_lease RENAME TO hidden");
			awaitNothingRuns();
			this.jdbc.execute("ALTER TABLE hidden RENAME TO supervisor_lease");
		});
	}

	@Test
	void allAreStoppedAndStartedAtOnce() throws Exception {
		repeat("all replicas stopped and started at once", (round) -> {
			this.replicas.values().forEach(ApplicationProcess::terminate);
			this.replicas.values().forEach(ApplicationProcess::exitCode);
			this.replicas.clear();
			for (int i = 0; i < 3; i++) {
				startReplica();
			}
		});
	}

	private void repeat(String fault, Round round) throws Exception {
		List<Long> gaps = new ArrayList<>();
		List<Long> cpu = new ArrayList<>();
		for (int i = 0; i < ROUNDS; i++) {
			this.judge.gaps();
			Map<ApplicationProcess, Duration> before = this.replicas.values()
				.stream()
				.collect(Collectors.toMap((replica) -> replica, ApplicationProcess::cpu));
			long start = System.nanoTime();
			round.play(i);
			awaitBalance();
			long nanos = System.nanoTime() - start;
			before.forEach((replica, used) -> {
				if (replica.isAlive()) {
					cpu.add(replica.cpu().minus(used).toNanos() * 100 / nanos);
				}
			});
			gaps.addAll(this.judge.gaps());
			assertThat(this.judge.violations()).isEmpty();
			assertNoLateWrites();
		}
		System.out.printf(Locale.ROOT,
				"FAULT | %s | %d rounds | without a run: median %d ms, worst %d ms | processor: median %d %%, worst %d %%%n",
				fault, ROUNDS, quantile(gaps, 0.5), quantile(gaps, 1), quantile(cpu, 0.5), quantile(cpu, 1));
	}

	private static long quantile(List<Long> figures, double part) {
		List<Long> sorted = figures.stream().sorted().toList();
		return sorted.isEmpty() ? 0 : sorted.get((int) ((sorted.size() - 1) * part));
	}

	private String holder() {
		return Awaitility.await()
			.atMost(TIMEOUT)
			.until(() -> this.judge.running("job"), (runs) -> runs.size() == 1)
			.get(0);
	}

	/**
	 * Each service runs, once, and each replica has its share.
	 */
	private void awaitBalance() {
		Awaitility.await().atMost(TIMEOUT).untilAsserted(() -> {
			assertThat(this.judge.violations()).isEmpty();
			assertThat(this.judge.running("job")).hasSize(1);
			assertThat(this.replicas.keySet())
				.allSatisfy((replica) -> assertThat(this.judge.runningIn(replica, "share#")).isEqualTo(2));
		});
	}

	private void awaitNothingRuns() {
		Awaitility.await().atMost(TIMEOUT).untilAsserted(() -> {
			assertThat(this.judge.running("job")).isEmpty();
			assertThat(this.replicas.keySet())
				.allSatisfy((replica) -> assertThat(this.judge.runningIn(replica, "share#")).isZero());
		});
	}

	private void assertNoLateWrites() throws SQLException {
		assertThat(this.jdbc.queryForList("""
				SELECT late.name FROM written late JOIN written early
				ON late.name = early.name AND late.number > early.number AND late.token < early.token
				LIMIT 1""", String.class)).isEmpty();
		this.jdbc.execute("DELETE FROM written");
	}

	@FunctionalInterface
	private interface Round {

		void play(int number) throws Exception;

	}

}
