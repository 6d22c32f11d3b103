package io.supervisor;

import java.time.Duration;
import java.util.Collections;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;

/**
 * How the group treats one service. Immutable.
 *
 * @param critical whether a final failure stops the group (rules 6 and 9); default
 * {@code true}
 * @param onCompletion what it means when the service returns (rule 10); default
 * {@link OnCompletion#CONTINUE}
 * @param startTimeout time from the begin of each attempt until it must be ready (rule
 * 3); {@code null}, the default, for the default of the group, which is none for a nested
 * group; more than 100 years means none
 * @param gracePeriod time from the cancel to the interrupt (rule 18); default 10 s; zero
 * means at once, more than 100 years means no interrupt but that of a group that stops,
 * whose shutdown timeout may be shorter
 * @param interruptPeriod time from the interrupt until the service is reported as stuck
 * (rule 18); default 5 s; the shutdown timeout of a group that stops shortens it too
 * @param heartbeatTimeout longest time between two heartbeats (rule 23); {@code null},
 * the default, for none
 * @param restart when the service is started again; default never
 * @param expectedOnStop names of exception classes that a run may throw, anywhere in the
 * cause chain, because it was cancelled: no failures then (rule 8); default those that a
 * Kafka consumer throws when it is woken or interrupted
 * @param auxiliary whether the service does not hold the group open: once all others are
 * completed or failed it is cancelled, and the group ends as if it were not there (rule
 * 31); default {@code false}
 */
public record ServicePolicy(boolean critical, OnCompletion onCompletion, @Nullable Duration startTimeout,
		Duration gracePeriod, Duration interruptPeriod, @Nullable Duration heartbeatTimeout, RestartPolicy restart,
		Set<String> expectedOnStop, boolean auxiliary) {

	private static final Set<String> KAFKA = Set.of("org.apache.kafka.common.errors.WakeupException",
			"org.apache.kafka.common.errors.InterruptException");

	private static final ServicePolicy DEFAULTS = builder().build();

	public ServicePolicy {
		Objects.requireNonNull(onCompletion, "'onCompletion' must not be null");
		if (startTimeout != null) {
			Durations.requireNotNegative("start-timeout", startTimeout);
		}
		Durations.requireNotNegative("grace-period", gracePeriod);
		Durations.requireNotNegative("interrupt-period", interruptPeriod);
		if (heartbeatTimeout != null) {
			Durations.requirePositive("heartbeat-timeout", heartbeatTimeout);
		}
		Objects.requireNonNull(restart, "'restart' must not be null");
		expectedOnStop = Collections.unmodifiableSet(new TreeSet<>(expectedOnStop));
	}

	/**
	 * The defaults.
	 * @return the policy with the default of each component
	 */
	public static ServicePolicy defaults() {
		return DEFAULTS;
	}

	/**
	 * A builder that starts from the defaults.
	 * @return the builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * A builder that starts from this policy.
	 * @return the builder
	 */
	public Builder toBuilder() {
		Builder builder = new Builder();
		builder.critical = this.critical;
		builder.onCompletion = this.onCompletion;
		builder.startTimeout = this.startTimeout;
		builder.gracePeriod = this.gracePeriod;
		builder.interruptPeriod = this.interruptPeriod;
		builder.heartbeatTimeout = this.heartbeatTimeout;
		builder.restart = this.restart;
		builder.expectedOnStop = this.expectedOnStop;
		builder.auxiliary = this.auxiliary;
		return builder;
	}

	/**
	 * Builds a {@link ServicePolicy}.
	 */
	public static final class Builder {

		private boolean critical = true;

		private OnCompletion onCompletion = OnCompletion.CONTINUE;

		private @Nullable Duration startTimeout;

		private Duration gracePeriod = Duration.ofSeconds(10);

		private Duration interruptPeriod = Duration.ofSeconds(5);

		private @Nullable Duration heartbeatTimeout;

		private RestartPolicy restart = RestartPolicy.never();

		private Set<String> expectedOnStop = KAFKA;

		private boolean auxiliary;

		private Builder() {
		}

		/**
		 * Set whether a final failure of the service stops the group.
		 * @param critical whether it does
		 * @return this builder
		 */
		public Builder critical(boolean critical) {
			this.critical = critical;
			return this;
		}

		/**
		 * Set what it means when the service returns.
		 * @param onCompletion the meaning
		 * @return this builder
		 */
		public Builder onCompletion(OnCompletion onCompletion) {
			this.onCompletion = onCompletion;
			return this;
		}

		/**
		 * Set how long each attempt may take until it is ready; a miss is a failure of
		 * that attempt (rule 3).
		 * @param startTimeout the time, not negative, or {@code null} for the
		 * {@linkplain ServiceGroup.Builder#startTimeout(Duration) default of the group},
		 * which is none for a nested group
		 * @return this builder
		 */
		public Builder startTimeout(@Nullable Duration startTimeout) {
			this.startTimeout = startTimeout;
			return this;
		}

		/**
		 * Set the time from the cancel to the interrupt.
		 * @param gracePeriod the time, not negative
		 * @return this builder
		 */
		public Builder gracePeriod(Duration gracePeriod) {
			this.gracePeriod = gracePeriod;
			return this;
		}

		/**
		 * Set the time from the interrupt until the service is reported as stuck.
		 * @param interruptPeriod the time, not negative
		 * @return this builder
		 */
		public Builder interruptPeriod(Duration interruptPeriod) {
			this.interruptPeriod = interruptPeriod;
			return this;
		}

		/**
		 * Set the longest time between two heartbeats.
		 * @param heartbeatTimeout the time, longer than zero, or {@code null} for none
		 * @return this builder
		 */
		public Builder heartbeatTimeout(@Nullable Duration heartbeatTimeout) {
			this.heartbeatTimeout = heartbeatTimeout;
			return this;
		}

		/**
		 * Set when the service is started again.
		 * @param restart the policy
		 * @return this builder
		 */
		public Builder restart(RestartPolicy restart) {
			this.restart = restart;
			return this;
		}

		/**
		 * Set which exceptions a run may throw because it was cancelled.
		 * @param classNames the names of their classes or superclasses, which need not be
		 * there; they replace the default
		 * @return this builder
		 */
		public Builder expectedOnStop(Set<String> classNames) {
			this.expectedOnStop = classNames;
			return this;
		}

		/**
		 * Set whether the service does not hold the group open, as one that only reports
		 * on a batch.
		 * @param auxiliary whether it does not
		 * @return this builder
		 */
		public Builder auxiliary(boolean auxiliary) {
			this.auxiliary = auxiliary;
			return this;
		}

		/**
		 * Build the policy.
		 * @return the policy
		 * @throws IllegalArgumentException if a value is out of its range
		 */
		public ServicePolicy build() {
			return new ServicePolicy(this.critical, this.onCompletion, this.startTimeout, this.gracePeriod,
					this.interruptPeriod, this.heartbeatTimeout, this.restart, this.expectedOnStop, this.auxiliary);
		}

	}

}
