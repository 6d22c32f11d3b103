package io.supervisor.cluster;

import java.io.IOException;
import java.nio.file.Path;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Leases in a real MariaDB.
 */
class MariaDbLeaseStoreTests extends JdbcLeaseStoreTests {

	private static MySqlServer database;

	@BeforeAll
	static void start(@TempDir Path directory) throws IOException {
		database = MySqlServer.mariaDb(directory);
	}

	@AfterAll
	static void stop() {
		if (database != null) {
			database.close();
		}
	}

	@Override
	DataSource dataSource() {
		return new DriverManagerDataSource(
				"jdbc:mariadb://127.0.0.1:" + database.port() + "/leases?createDatabaseIfNotExist=true&user=root");
	}

}
