package io.supervisor.cluster;

import java.io.IOException;
import java.nio.file.Path;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.supervisor.process.PostgreSql;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Leases in a real PostgreSQL.
 */
class PostgreSqlLeaseStoreTests extends JdbcLeaseStoreTests {

	private static EmbeddedPostgres database;

	/**
	 * The server starts a process for each connection, which takes its time.
	 */
	private static HikariDataSource connections;

	@BeforeAll
	static void start(@TempDir Path directory) throws IOException {
		database = PostgreSql.start(directory.resolve("data"), 0);
		connections = new HikariDataSource();
		connections.setDataSource(database.getPostgresDatabase());
	}

	@AfterAll
	static void stop() throws IOException {
		if (database != null) {
			connections.close();
			database.close();
		}
	}

	@Override
	DataSource dataSource() {
		return connections;
	}

}
