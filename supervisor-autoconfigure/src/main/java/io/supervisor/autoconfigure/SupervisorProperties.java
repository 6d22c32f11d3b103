package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

import io.supervisor.OnCompletion;
import io.supervisor.RestartPolicy;
import io.supervisor.lifecycle.OnGroupFailure;
import io.supervisor.lifecycle.ServiceGroupLifecycle;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the service group. Not a record, as those below it are: these are bound
 * only where something of them is set, while it is bound at every start, and constructors
 * take longer.
 */
@ConfigurationProperties("supervisor")
final class SupervisorProperties {

	/**
	 * Whether the services are started with the application.
	 */
	private boolean autoStartup = true;

	/**
	 * Phase in which the services start and stop, among the other beans that have a
	 * lifecycle.
	 */
	private int phase = ServiceGroupLifecycle.DEFAULT_PHASE;

	/**
	 * Time that each attempt of a service may take until it is ready.
	 */
	private Duration startTimeout = Duration.ofSeconds(30);

	/**
	 * Time that the start of the application waits for the critical services that
	 * announce their readiness.
	 */
	private Duration readyTimeout = Duration.ofSeconds(60);

	/**
	 * Time that the stop of the group may take. What has not ended then is given up as
	 * stuck. A short one shortens grace periods, but leaves them two thirds of it.
	 */
	private Duration shutdownTimeout = Duration.ofSeconds(25);

	/**
	 * Whether the group goes on when all services have completed, and when there are
	 * none, so that services can be added.
	 */
	private boolean keepOpen;

	/**
	 * What a failure of the group means for the application. By default it is reported in
	 * a web application and ends the process in any other one.
	 */
	private OnGroupFailure onGroupFailure = OnGroupFailure.AUTO;

	/**
	 * Policy of all services.
	 */
	private @Nullable Defaults defaults;

	/**
	 * Policy of single services, by the name of their bean in any spelling.
	 */
	private @Nullable Map<String, Service> services;

	public boolean isAutoStartup() {
		return this.autoStartup;
	}

	public void setAutoStartup(boolean autoStartup) {
		this.autoStartup = autoStartup;
	}

	public int getPhase() {
		return this.phase;
	}

	public void setPhase(int phase) {
		this.phase = phase;
	}

	public Duration getStartTimeout() {
		return this.startTimeout;
	}

	public void setStartTimeout(Duration startTimeout) {
		this.startTimeout = startTimeout;
	}

	public Duration getReadyTimeout() {
		return this.readyTimeout;
	}

	public void setReadyTimeout(Duration readyTimeout) {
		this.readyTimeout = readyTimeout;
	}

	public Duration getShutdownTimeout() {
		return this.shutdownTimeout;
	}

	public void setShutdownTimeout(Duration shutdownTimeout) {
		this.shutdownTimeout = shutdownTimeout;
	}

	public boolean isKeepOpen() {
		return this.keepOpen;
	}

	public void setKeepOpen(boolean keepOpen) {
		this.keepOpen = keepOpen;
	}

	public OnGroupFailure getOnGroupFailure() {
		return this.onGroupFailure;
	}

	public void setOnGroupFailure(OnGroupFailure onGroupFailure) {
		this.onGroupFailure = onGroupFailure;
	}

	public @Nullable Defaults getDefaults() {
		return this.defaults;
	}

	public void setDefaults(@Nullable Defaults defaults) {
		this.defaults = defaults;
	}

	public @Nullable Map<String, Service> getServices() {
		return this.services;
	}

	public void setServices(@Nullable Map<String, Service> services) {
		this.services = services;
	}

	/**
	 * Policy of all services.
	 *
	 * @param critical Whether a final failure of a service stops the whole group.
	 * @param onCompletion What it means when a service returns.
	 * @param startTimeout Time that each attempt of a service may take until it is ready.
	 * By default that of 'supervisor.start-timeout'.
	 * @param gracePeriod Time from the cancel of a service to its interrupt.
	 * @param restart When, how soon and how often a service is started again.
	 * @param expectedOnStop Comma-separated list of exception types that a service may
	 * throw because it was cancelled, instead of those of a Kafka consumer.
	 */
	public record Defaults(@DefaultValue("true") boolean critical, @DefaultValue("continue") OnCompletion onCompletion,
			@Nullable Duration startTimeout, @DefaultValue("10s") Duration gracePeriod, @DefaultValue Restart restart,
			@Nullable Set<String> expectedOnStop) {

		/**
		 * When, how soon and how often a service is started again.
		 *
		 * @param policy After which ends a service is started again.
		 * @param scope Who is started again with a service that failed.
		 * @param exclude Comma-separated list of exception types after which a service is
		 * not started again.
		 * @param delay Time before the first restart.
		 * @param multiplier Factor from one delay to the next.
		 * @param maxDelay Longest time before a restart.
		 * @param maxRestarts Number of restarts in a row, or -1 for any number.
		 * @param resetAfter Time that a service must stay up to clear the count of its
		 * restarts.
		 */
		public record Restart(@DefaultValue("never") RestartPolicy.Mode policy,
				@DefaultValue("service") RestartPolicy.Scope scope,
				@DefaultValue Set<Class<? extends Throwable>> exclude, @DefaultValue("1s") Duration delay,
				@DefaultValue("2.0") double multiplier, @DefaultValue("60s") Duration maxDelay,
				@DefaultValue("5") int maxRestarts, @DefaultValue("60s") Duration resetAfter) {

		}

	}

	/**
	 * Policy of one service. What is absent is as for all services.
	 *
	 * @param enabled Whether the service is in the group.
	 * @param critical Whether a final failure of the service stops the whole group.
	 * @param onCompletion What it means when the service returns.
	 * @param startTimeout Time that each attempt of the service may take until it is
	 * ready. None by default for a nested group.
	 * @param gracePeriod Time from the cancel of the service to its interrupt.
	 * @param heartbeatTimeout Longest time between two heartbeats of the service. None by
	 * default.
	 * @param restart When, how soon and how often the service is started again.
	 * @param cluster How many replicas of the application run the service.
	 * @param shards Number of parts that the replicas of the application share the
	 * service in.
	 * @param dependsOn Comma-separated list of the names of services that must be ready
	 * or completed before the service starts, besides those that it depends on anyway.
	 * @param auxiliary Whether the service does not hold the group open. Once all others
	 * are completed or failed it is cancelled.
	 * @param expectedOnStop Comma-separated list of exception types that the service may
	 * throw because it was cancelled, instead of those of a Kafka consumer.
	 */
	public record Service(@Nullable Boolean enabled, @Nullable Boolean critical, @Nullable OnCompletion onCompletion,
			@Nullable Duration startTimeout, @Nullable Duration gracePeriod, @Nullable Duration heartbeatTimeout,
			@Nullable Restart restart, @Nullable ClusterMode cluster, @Nullable Integer shards,
			@Nullable Set<String> dependsOn, @Nullable Boolean auxiliary, @Nullable Set<String> expectedOnStop) {

		/**
		 * When, how soon and how often the service is started again.
		 *
		 * @param policy After which ends the service is started again.
		 * @param scope Who is started again with the service when it failed.
		 * @param exclude Comma-separated list of exception types after which the service
		 * is not started again.
		 * @param delay Time before the first restart.
		 * @param multiplier Factor from one delay to the next.
		 * @param maxDelay Longest time before a restart.
		 * @param maxRestarts Number of restarts in a row, or -1 for any number.
		 * @param resetAfter Time that the service must stay up to clear the count of its
		 * restarts.
		 */
		public record Restart(RestartPolicy.@Nullable Mode policy, RestartPolicy.@Nullable Scope scope,
				@Nullable Set<Class<? extends Throwable>> exclude, @Nullable Duration delay,
				@Nullable Double multiplier, @Nullable Duration maxDelay, @Nullable Integer maxRestarts,
				@Nullable Duration resetAfter) {

		}

	}

	/**
	 * How many replicas of the application run a service.
	 */
	public enum ClusterMode {

		/**
		 * Each of them.
		 */
		NONE,

		/**
		 * One of them.
		 */
		SINGLETON

	}

}
