package io.supervisor.cluster;

import java.nio.file.Path;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Leases in a real MySQL.
 */
class MySqlLeaseStoreTests extends JdbcLeaseStoreTests {

	private static MySqlServer database;

	@BeforeAll
	static void start(@TempDir Path directory) throws Exception {
		database = MySqlServer.mySql(directory);
	}

	@AfterAll
	static void stop() {
		if (database != null) {
			database.close();
		}
	}

	@Override
	DataSource dataSource() {
		return new DriverManagerDataSource("jdbc:mysql://127.0.0.1:" + database.port()
				+ "/leases?createDatabaseIfNotExist=true&sslMode=DISABLED&user=root");
	}

}
