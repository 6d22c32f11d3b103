package io.supervisor.autoconfigure;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the leases by which the replicas of the application share services.
 *
 * @param name Name that all replicas of the application have in common. By default that
 * of the application.
 * @param replica Name of this replica, for people. By default that of the host and the
 * process.
 * @param timeToLive Time that a lease lives unless it is renewed, which is tried after a
 * third of it. Another replica takes over from a dead one after that.
 * @param pollInterval Time between two looks whether a lease is free that this replica
 * waits for.
 * @param engine What keeps the leases, unless a LeaseStore bean does: by default the
 * DataSource, or the LockProvider of ShedLock if there is no DataSource.
 */
@ConfigurationProperties("supervisor.cluster")
record SupervisorClusterProperties(@Nullable String name, @Nullable String replica,
		@DefaultValue("30s") Duration timeToLive, @DefaultValue("1s") Duration pollInterval, @Nullable Engine engine) {

	/**
	 * What keeps the leases.
	 */
	enum Engine {

		/**
		 * The application's database.
		 */
		JDBC,

		/**
		 * The application's LockProvider.
		 */
		SHEDLOCK

	}

}
