package io.supervisor.demo.faults;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.supervisor.process.ApplicationProcess;
import io.supervisor.process.PostgreSql;
import io.supervisor.process.TcpProxy;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A PostgreSQL that is taken away and given back: connections break and are refused, or
 * the server itself is stopped and started.
 */
@Tag("search")
class DatabaseOutageTests {

	private final Chance chance = new Chance(DatabaseOutageTests.class);

	@TempDir
	private Path data;

	private int port;

	private EmbeddedPostgres database;

	@Test
	void restartPolicyBringsTheServicesBack() throws IOException {
		try (ServerSocket free = new ServerSocket(0)) {
			this.port = free.getLocalPort();
		}
		startDatabase();
		try (TcpProxy proxy = new TcpProxy(this.port);
				Demo demo = new Demo(this.data.resolve("demo")).database(url(proxy.port()), url(this.port))
					.set("supervisor.services.crawler.restart.max-restarts=-1",
							"supervisor.services.indexer.restart.max-restarts=-1",
							"supervisor.services.pageRank.restart.policy=on-failure",
							"supervisor.services.pageRank.restart.max-restarts=-1",
							"supervisor.defaults.restart.max-delay=2s",
							"spring.datasource.hikari.connection-timeout=1000",
							"spring.datasource.hikari.validation-timeout=500");
				ApplicationProcess process = demo.start()) {
			process.awaitLog(Demo.RUNNING);
			repeat("connections broken and refused", demo, process, () -> proxy.set(TcpProxy.Mode.REFUSE),
					() -> proxy.set(TcpProxy.Mode.FORWARD));
			repeat("server stopped", demo, process, () -> this.database.close(), this::startDatabase);
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			assertThat(process.output()).contains("'supervisor' has stopped; every thread has ended")
				.doesNotContain("is given up", "' failed: ");
			Figures.print("database taken away", "in the end " + demo.check());
		}
		finally {
			this.database.close();
		}
	}

	private void repeat(String fault, Demo demo, ApplicationProcess process, Step take, Step give) throws IOException {
		List<Long> times = new ArrayList<>();
		for (int i = 0; i < Chance.ROUNDS; i++) {
			demo.awaitVisiblePages(process, demo.visiblePages(process) + 10);
			long visible = demo.visiblePages(process);
			long restarts = process.count("'crawler' is started again");
			take.go();
			process.awaitLog("'crawler' is started again", restarts + 1);
			this.chance.pass(Duration.ofSeconds(3));
			give.go();
			long start = System.nanoTime();
			demo.awaitVisiblePages(process, visible + 10);
			times.add((System.nanoTime() - start) / 1_000_000);
		}
		Figures.print("database taken away: " + fault, "crawled on by itself, 10 pages later after", times);
	}

	private void startDatabase() throws IOException {
		this.database = PostgreSql.start(this.data.resolve("database"), this.port);
	}

	private static String url(int port) {
		return "jdbc:postgresql://127.0.0.1:%s/postgres?user=postgres".formatted(port);
	}

	@FunctionalInterface
	private interface Step {

		void go() throws IOException;

	}

}
