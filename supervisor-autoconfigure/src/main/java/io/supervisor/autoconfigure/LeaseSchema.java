package io.supervisor.autoconfigure;

import java.nio.charset.StandardCharsets;

import javax.sql.DataSource;

import io.supervisor.cluster.JdbcLeaseStore;

import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/**
 * Creates the table of the leases. Not a bean, so that an application that has a database
 * and no use for leases gets no table.
 */
final class LeaseSchema {

	private LeaseSchema() {
	}

	static void initialize(DataSource dataSource, DatabaseInitializationMode mode, JdbcLeaseStore store) {
		boolean wanted = mode == DatabaseInitializationMode.ALWAYS
				|| (mode == DatabaseInitializationMode.EMBEDDED && EmbeddedDatabaseConnection.isEmbedded(dataSource));
		if (!wanted) {
			return;
		}
		String script = store.ddl();
		try {
			execute(dataSource, script);
		}
		catch (DataAccessException ex) {
			// several replicas start at once: "if not exists" is not atomic everywhere
			execute(dataSource, script);
		}
	}

	private static void execute(DataSource dataSource, String script) {
		DatabasePopulatorUtils.execute(
				new ResourceDatabasePopulator(new ByteArrayResource(script.getBytes(StandardCharsets.UTF_8))),
				dataSource);
	}

}
