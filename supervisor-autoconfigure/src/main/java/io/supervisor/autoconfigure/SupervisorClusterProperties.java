package io.supervisor.autoconfigure;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Properties of the leases by which the replicas of the application share services. Bound
 * at every start, so that a mistake is told, see {@link SupervisorProperties}.
 */
@ConfigurationProperties("supervisor.cluster")
final class SupervisorClusterProperties {

	/**
	 * Name that all replicas of the application have in common. By default that of the
	 * application.
	 */
	private @Nullable String name;

	/**
	 * Name of this replica, for people. By default that of the host and the process.
	 */
	private @Nullable String replica;

	/**
	 * Time that a lease lives unless it is renewed, which is tried after a third of it.
	 * Another replica takes over from a dead one after that.
	 */
	private Duration timeToLive = Duration.ofSeconds(30);

	/**
	 * Time between two looks whether a lease is free that this replica waits for.
	 */
	private Duration pollInterval = Duration.ofSeconds(1);

	/**
	 * What keeps the leases, unless a LeaseStore bean does: by default the DataSource, or
	 * the LockProvider of ShedLock if there is no DataSource.
	 */
	private @Nullable Engine engine;

	public @Nullable String getName() {
		return this.name;
	}

	public void setName(@Nullable String name) {
		this.name = name;
	}

	public @Nullable String getReplica() {
		return this.replica;
	}

	public void setReplica(@Nullable String replica) {
		this.replica = replica;
	}

	public Duration getTimeToLive() {
		return this.timeToLive;
	}

	public void setTimeToLive(Duration timeToLive) {
		this.timeToLive = timeToLive;
	}

	public Duration getPollInterval() {
		return this.pollInterval;
	}

	public void setPollInterval(Duration pollInterval) {
		this.pollInterval = pollInterval;
	}

	public @Nullable Engine getEngine() {
		return this.engine;
	}

	public void setEngine(@Nullable Engine engine) {
		this.engine = engine;
	}

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
