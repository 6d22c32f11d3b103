package io.supervisor.cluster;

import java.io.IOException;

import javax.sql.DataSource;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Leases in a real PostgreSQL.
 */
class PostgreSqlLeaseStoreTests extends JdbcLeaseStoreTests {

	private static EmbeddedPostgres database;

	@BeforeAll
	static void start() throws IOException {
		database = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
	}

	@AfterAll
	static void stop() throws IOException {
		database.close();
	}

	@Override
	DataSource dataSource() {
		return database.getPostgresDatabase();
	}

}
