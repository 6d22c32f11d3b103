package io.supervisor.autoconfigure;

import io.supervisor.cluster.JdbcLeaseStore;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.sql.init.DatabaseInitializationMode;

/**
 * Properties of leases in the application's database.
 *
 * @param initializeSchema Whether the table is created at start-up if it is not there.
 * @param tableName Name of the table, with its schema if need be.
 */
@ConfigurationProperties("supervisor.cluster.jdbc")
record SupervisorClusterJdbcProperties(@DefaultValue("embedded") DatabaseInitializationMode initializeSchema,
		@DefaultValue(JdbcLeaseStore.DEFAULT_TABLE) String tableName) {

}
