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
 * Properties of the service group.
 *
 * @param autoStartup Whether the services are started with the application.
 * @param phase Phase in which the services start and stop, among the other beans that
 * have a lifecycle.
 * @param startTimeout Time that the start of the group, and later each attempt of a
 * service by itself, may take until it is ready.
 * @param shutdownTimeout Time that the stop of the group may take. What has not ended
 * then is given up as stuck.
 * @param onGroupFailure What a failure of the group means for the application. By default
 * it is reported in a web application and ends the process in any other one.
 * @param defaults Policy of all services.
 * @param services Policy of single services, by the name of their bean in any spelling.
 */
@ConfigurationProperties("supervisor")
public record SupervisorProperties(@DefaultValue("true") boolean autoStartup, @DefaultValue(DEFAULT_PHASE) int phase,
		@DefaultValue("30s") Duration startTimeout, @DefaultValue("25s") Duration shutdownTimeout,
		@DefaultValue("auto") OnGroupFailure onGroupFailure, @DefaultValue Defaults defaults,
		@DefaultValue Map<String, Service> services) {

	static final String DEFAULT_PHASE = "" + ServiceGroupLifecycle.DEFAULT_PHASE;

	/**
	 * Policy of all services.
	 *
	 * @param critical Whether a final failure of a service stops the whole group.
	 * @param onCompletion What it means when a service returns.
	 * @param gracePeriod Time from the cancel of a service to its interrupt.
	 * @param restart When, how soon and how often a service is started again.
	 */
	public record Defaults(@DefaultValue("true") boolean critical, @DefaultValue("continue") OnCompletion onCompletion,
			@DefaultValue("10s") Duration gracePeriod, @DefaultValue Restart restart) {

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
	 * @param gracePeriod Time from the cancel of the service to its interrupt.
	 * @param heartbeatTimeout Longest time between two heartbeats of the service. None by
	 * default.
	 * @param restart When, how soon and how often the service is started again.
	 * @param cluster How many replicas of the application run the service.
	 * @param shards Number of parts that the replicas of the application share the
	 * service in.
	 */
	public record Service(@Nullable Boolean enabled, @Nullable Boolean critical, @Nullable OnCompletion onCompletion,
			@Nullable Duration gracePeriod, @Nullable Duration heartbeatTimeout, @Nullable Restart restart,
			@Nullable ClusterMode cluster, @Nullable Integer shards) {

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
