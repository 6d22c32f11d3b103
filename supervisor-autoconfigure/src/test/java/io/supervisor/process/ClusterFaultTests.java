package io.supervisor.process;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

import io.supervisor.cluster.JdbcLeaseStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
 * times; the times that a service was without a run are printed.
 */
class ClusterFaultTests {

	private static final int ROUNDS = Integer.getInteger("cluster.rounds", 1);

	private static final Duration TIME_TO_LIVE = Duration.ofSeconds(3);

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	@TempDir
	private Path data;

	private final Map<String, ApplicationProcess> replicas = new TreeMap<>();

	private final RunJudge judge = new RunJudge();

	private int port;

	private EmbeddedPostgres database;

	private TcpProxy proxy;

	private JdbcTemplate jdbc;

	private int started;

	@BeforeEach
	void startAll() throws IOException {
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
		this.database = EmbeddedPostgres.builder()
			.setPort(this.port)
			.setDataDirectory(new File(this.data.toFile(), "data"))
			.setCleanDataDirectory(false)
			.setServerConfig("fsync", "off")
			.start();
	}

	private static String url(int port) {
		return "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres&ApplicationName=replica";
	}

	private void startReplica(String... args) {
		String name = "replica-" + ++this.started;
		List<String> all = new ArrayList<>(List.of("--spring.main.web-application-type=none", "--replica=" + name,
				"--judge=" + this.judge.port(), "--direct=" + url(this.port), "--database=" + url(this.proxy.port()),
				"--supervisor.cluster.replica=" + name, "--supervisor.cluster.time-to-live=" + TIME_TO_LIVE,
				"--supervisor.cluster.poll-interval=200ms", "--management.endpoints.access.default=none"));
		all.addAll(List.of(args));
		this.replicas.put(name,
				ApplicationProcess.start((entry) -> true, ReplicaApplication.class, all.toArray(String[]::new)));
	}

	@AfterEach
	void stopAll() throws IOException {
		this.replicas.values().forEach((replica) -> replica.signal("CONT"));
		this.replicas.values().forEach(ApplicationProcess::close);
		this.proxy.close();
		this.database.close();
		this.judge.close();
	}

	@Test
	void holderIsKilled() throws Exception {
		repeat("kill -9 of the holder", () -> {
			String holder = holder();
			this.replicas.remove(holder).signal("KILL").exitCode();
			startReplica();
			return null;
		});
	}

	@Test
	void holderIsPausedForLongerThanItsLease() throws Exception {
		repeat("SIGSTOP of the holder, SIGCONT after twice the time to live", () -> {
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
			return null;
		});
	}

	private boolean settledAfterPause(String replica) {
		return IntStream.range(0, 6)
			.mapToObj((i) -> this.judge.running("share#" + i))
			.allMatch((runs) -> runs.size() < 2 || !runs.contains(replica));
	}

	@Test
	void connectionsAreRefused() throws Exception {
		repeat("connections refused for twice the time to live", () -> {
			this.proxy.set(TcpProxy.Mode.REFUSE);
			awaitNothingRuns();
			this.proxy.set(TcpProxy.Mode.FORWARD);
			return null;
		});
	}

	@Test
	void connectionsHang() throws Exception {
		repeat("connections hang without an error", () -> {
			this.proxy.set(TcpProxy.Mode.HANG);
			awaitNothingRuns();
			this.proxy.set(TcpProxy.Mode.FORWARD);
			return null;
		});
	}

	@Test
	void databaseIsRestarted() throws Exception {
		repeat("the database is restarted", () -> {
			this.database.close();
			startDatabase();
			return null;
		});
	}

	@Test
	void statementsFail() throws Exception {
		repeat("statements fail until nothing runs any more", () -> {
			this.jdbc.execute("ALTER TABLE supervisor_lease RENAME TO hidden");
			awaitNothingRuns();
			this.jdbc.execute("ALTER TABLE hidden RENAME TO supervisor_lease");
			return null;
		});
	}

	@Test
	void allAreStoppedAndStartedAtOnce() throws Exception {
		repeat("all replicas stopped and started at once", () -> {
			this.replicas.values().forEach(ApplicationProcess::terminate);
			this.replicas.values().forEach(ApplicationProcess::exitCode);
			this.replicas.clear();
			for (int i = 0; i < 3; i++) {
				startReplica();
			}
			return null;
		});
	}

	private void repeat(String fault, Callable<?> round) throws Exception {
		List<Long> gaps = new ArrayList<>();
		for (int i = 0; i < ROUNDS; i++) {
			this.judge.gaps();
			round.call();
			awaitBalance();
			gaps.addAll(this.judge.gaps());
			assertThat(this.judge.violations()).isEmpty();
			assertNoLateWrites();
		}
		List<Long> sorted = gaps.stream().sorted().toList();
		System.out.printf("FAULT | %s | %d rounds | without a run: median %d ms, worst %d ms%n", fault, ROUNDS,
				sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2),
				sorted.isEmpty() ? 0 : sorted.get(sorted.size() - 1));
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

}
