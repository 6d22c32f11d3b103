package io.supervisor.autoconfigure;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

import javax.sql.DataSource;

import io.supervisor.cluster.Cluster;
import io.supervisor.cluster.JdbcLeaseStore;
import io.supervisor.cluster.LeaseStore;
import io.supervisor.cluster.ShedLockLeaseStore;
import net.javacrumbs.shedlock.core.LockProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.Environment;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What a service needs that the replicas of the application share, in the order in which
 * the conditions are to be asked.
 */
final class ClusterConfigurations {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorClusterAutoConfiguration.class);

	private ClusterConfigurations() {
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ JdbcTemplate.class, EmbeddedDatabaseConnection.class })
	@ConditionalOnSingleCandidate(DataSource.class)
	@ConditionalOnMissingBean(LeaseStore.class)
	@ConditionalOnProperty(name = "supervisor.cluster.engine", havingValue = "jdbc", matchIfMissing = true)
	@EnableConfigurationProperties(SupervisorClusterJdbcProperties.class)
	static class Jdbc {

		@Bean
		@Lazy
		JdbcLeaseStore supervisorLeaseStore(DataSource dataSource, SupervisorClusterProperties cluster,
				SupervisorClusterJdbcProperties properties) {
			Duration timeout = cluster.getTimeToLive().dividedBy(3);
			try {
				JdbcLeaseStore store = new JdbcLeaseStore(dataSource, properties.tableName(), timeout);
				LeaseSchema.initialize(dataSource, properties.initializeSchema(), store);
				return store;
			}
			catch (DataAccessException ex) {
				throw new InvalidSupervisorConfigurationException(
						"The table '%s', which keeps the leases of the replicas, could not be created: %s."
							.formatted(properties.tableName(), NestedExceptionUtils.getMostSpecificCause(ex)),
						"Correct 'spring.datasource', or the rights of its user; or create the table by hand and set 'supervisor.cluster.jdbc.initialize-schema=never'.",
						ex);
			}
			catch (IllegalArgumentException ex) {
				throw new InvalidSupervisorConfigurationException(String.valueOf(ex.getMessage()),
						"Correct 'supervisor.cluster.jdbc.table-name', or declare a LeaseStore bean of your own.", ex);
			}
		}

	}

	/**
	 * After the database, which promises more.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(LockProvider.class)
	@ConditionalOnSingleCandidate(LockProvider.class)
	@ConditionalOnMissingBean(LeaseStore.class)
	@ConditionalOnProperty(name = "supervisor.cluster.engine", havingValue = "shedlock", matchIfMissing = true)
	static class ShedLock {

		@Bean
		@Lazy
		ShedLockLeaseStore supervisorLeaseStore(LockProvider provider) {
			try {
				ShedLockLeaseStore store = new ShedLockLeaseStore(provider);
				logger.info(
						"Leases are kept by {}: no fencing tokens, no shards, and nobody is told who holds a lease or until when",
						store);
				return store;
			}
			catch (IllegalArgumentException ex) {
				throw new InvalidSupervisorConfigurationException(ex.getMessage() + ".",
						"Declare a LockProvider that is an ExtensibleLockProvider, not one that keeps locks alive by itself; or keep the leases in a database.",
						ex);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(LeaseStore.class)
	static class WithLeaseStore {

		@Bean
		@Lazy
		@ConditionalOnMissingBean
		Cluster supervisorCluster(LeaseStore store, SupervisorClusterProperties properties, Environment environment) {
			String name = (properties.getName() != null) ? properties.getName()
					: environment.getProperty("spring.application.name", "application");
			String replica = (properties.getReplica() != null) ? properties.getReplica() : thisProcess();
			try {
				return new Cluster(name, replica, store, properties.getTimeToLive(), properties.getPollInterval());
			}
			catch (IllegalArgumentException ex) {
				throw new InvalidSupervisorConfigurationException(String.valueOf(ex.getMessage()),
						"Correct the properties under 'supervisor.cluster'.", ex);
			}
		}

		@Bean(ClusterLifecycle.BEAN_NAME)
		@Lazy
		ClusterLifecycle supervisorClusterLifecycle(Cluster cluster, SupervisorProperties properties) {
			return new ClusterLifecycle(cluster, properties.getPhase());
		}

		private static String thisProcess() {
			return hostName() + ":" + ProcessHandle.current().pid();
		}

		private static String hostName() {
			try {
				return InetAddress.getLocalHost().getHostName();
			}
			catch (UnknownHostException ex) {
				return "localhost";
			}
		}

	}

}
