package io.supervisor;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * When, how soon and how often a service is started again after its run ended by itself
 * (rules 12 to 15). Immutable.
 *
 * @param mode after which ends; default {@link Mode#NEVER}
 * @param scope who is restarted; default {@link Scope#SERVICE}
 * @param exclude exception types that are final at once, anywhere in the cause chain;
 * default none
 * @param delay time before the first restart; default 1 s; zero means at once
 * @param multiplier factor from one delay to the next, at least 1; default 2
 * @param maxDelay cap of the delay, not exceeded by the jitter; default 60 s
 * @param maxRestarts how many restarts in a row, {@link #UNLIMITED} for any number;
 * default 5
 * @param resetAfter how long a run must stay up, from when it was ready, to clear that
 * count; default 60 s
 */
public record RestartPolicy(Mode mode, Scope scope, Set<Class<? extends Throwable>> exclude, Duration delay,
		double multiplier, Duration maxDelay, int maxRestarts, Duration resetAfter) {

	/**
	 * The value of {@link #maxRestarts()} for restarts without a limit.
	 */
	public static final int UNLIMITED = -1;

	private static final double JITTER = 0.2;

	private static final RestartPolicy NEVER = builder().build();

	public RestartPolicy {
		Objects.requireNonNull(mode, "'mode' must not be null");
		Objects.requireNonNull(scope, "'scope' must not be null");
		exclude = Set.copyOf(exclude);
		Durations.requireNotNegative("restart delay", delay);
		Durations.requireNotNegative("restart max-delay", maxDelay);
		Durations.requireNotNegative("restart reset-after", resetAfter);
		if (!(multiplier >= 1) || Double.isInfinite(multiplier)) {
			throw new IllegalArgumentException("'restart multiplier' must be at least 1, but is " + multiplier);
		}
		if (delay.compareTo(maxDelay) > 0) {
			throw new IllegalArgumentException(
					"'restart delay' of %s must not be longer than 'restart max-delay' of %s: raise max-delay"
						.formatted(delay, maxDelay));
		}
		if (maxRestarts < UNLIMITED) {
			throw new IllegalArgumentException(
					"'restart max-restarts' must not be negative, or -1 for no limit, but is " + maxRestarts);
		}
	}

	/**
	 * A policy that never restarts: the default.
	 * @return the policy
	 */
	public static RestartPolicy never() {
		return NEVER;
	}

	/**
	 * A policy that restarts after a failure, with the defaults for the rest.
	 * @return the policy
	 */
	public static RestartPolicy onFailure() {
		return builder().mode(Mode.ON_FAILURE).build();
	}

	/**
	 * A policy that restarts after a failure and after a completion, with the defaults
	 * for the rest.
	 * @return the policy
	 */
	public static RestartPolicy always() {
		return builder().mode(Mode.ALWAYS).build();
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
		builder.mode = this.mode;
		builder.scope = this.scope;
		builder.exclude = this.exclude;
		builder.delay = this.delay;
		builder.multiplier = this.multiplier;
		builder.maxDelay = this.maxDelay;
		builder.maxRestarts = this.maxRestarts;
		builder.resetAfter = this.resetAfter;
		return builder;
	}

	/**
	 * Decide what follows a run that ended by itself. A pure function.
	 * @param exit how the run ended
	 * @param history what came before
	 * @param now the present, on the clock of the history
	 * @return the decision
	 */
	RestartDecision decide(ServiceExit exit, RestartHistory history, long now) {
		if (this.mode == Mode.NEVER || (this.mode == Mode.ON_FAILURE && exit == ServiceExit.COMPLETED)
				|| exit == ServiceExit.UNRECOVERABLE) {
			return RestartDecision.noRestart(exit);
		}
		int before = history.upFor(Durations.toNanos(this.resetAfter), now) ? 0 : history.inARow();
		if (this.maxRestarts != UNLIMITED && before >= this.maxRestarts) {
			return RestartDecision.budgetSpent(before + 1);
		}
		return RestartDecision.restart(before + 1);
	}

	/**
	 * The delay before a restart. A pure function.
	 * @param restart the number of the restart in its row, from 1
	 * @param random a number from 0 to 1 that places the delay within its jitter
	 * @return nanoseconds
	 */
	long delayNanos(int restart, double random) {
		if (this.delay.isZero()) {
			return 0;
		}
		double cap = Durations.toNanos(this.maxDelay);
		double nominal = Math.min(cap, Durations.toNanos(this.delay) * Math.pow(this.multiplier, restart - 1.0));
		double lowest = nominal * (1 - JITTER);
		double highest = Math.min(cap, nominal * (1 + JITTER));
		return (long) (lowest + (highest - lowest) * random);
	}

	/**
	 * After which ends a service is restarted (rule 12).
	 */
	public enum Mode {

		/**
		 * After none.
		 */
		NEVER,

		/**
		 * After a failure.
		 */
		ON_FAILURE,

		/**
		 * After a failure and after a completion; what a completion means is asked first.
		 */
		ALWAYS

	}

	/**
	 * Who is restarted with a service that failed (rule 14).
	 */
	public enum Scope {

		/**
		 * Only the service itself.
		 */
		SERVICE,

		/**
		 * All that depend on it too, directly or not. Erlang/OTP calls it
		 * {@code rest_for_one}.
		 */
		DEPENDENTS

	}

	/**
	 * Builds a {@link RestartPolicy}.
	 */
	public static final class Builder {

		private Mode mode = Mode.NEVER;

		private Scope scope = Scope.SERVICE;

		private Set<Class<? extends Throwable>> exclude = Set.of();

		private Duration delay = Duration.ofSeconds(1);

		private double multiplier = 2.0;

		private Duration maxDelay = Duration.ofSeconds(60);

		private int maxRestarts = 5;

		private Duration resetAfter = Duration.ofSeconds(60);

		private Builder() {
		}

		/**
		 * Set after which ends the service is restarted.
		 * @param mode the mode
		 * @return this builder
		 */
		public Builder mode(Mode mode) {
			this.mode = mode;
			return this;
		}

		/**
		 * Set who is restarted with the service.
		 * @param scope the scope
		 * @return this builder
		 */
		public Builder scope(Scope scope) {
			this.scope = scope;
			return this;
		}

		/**
		 * Set which exception types are final at once.
		 * @param exclude the types, matched anywhere in the cause chain
		 * @return this builder
		 */
		public Builder exclude(Set<Class<? extends Throwable>> exclude) {
			this.exclude = exclude;
			return this;
		}

		/**
		 * Set the time before the first restart.
		 * @param delay the delay, not negative
		 * @return this builder
		 */
		public Builder delay(Duration delay) {
			this.delay = delay;
			return this;
		}

		/**
		 * Set the factor from one delay to the next.
		 * @param multiplier the factor, at least 1
		 * @return this builder
		 */
		public Builder multiplier(double multiplier) {
			this.multiplier = multiplier;
			return this;
		}

		/**
		 * Set the cap of the delay.
		 * @param maxDelay the longest delay, not shorter than the first one
		 * @return this builder
		 */
		public Builder maxDelay(Duration maxDelay) {
			this.maxDelay = maxDelay;
			return this;
		}

		/**
		 * Set how many restarts there may be in a row.
		 * @param maxRestarts the number, or {@link RestartPolicy#UNLIMITED}
		 * @return this builder
		 */
		public Builder maxRestarts(int maxRestarts) {
			this.maxRestarts = maxRestarts;
			return this;
		}

		/**
		 * Set how long a run must stay up to clear the count of restarts.
		 * @param resetAfter the time since the run was ready
		 * @return this builder
		 */
		public Builder resetAfter(Duration resetAfter) {
			this.resetAfter = resetAfter;
			return this;
		}

		/**
		 * Build the policy.
		 * @return the policy
		 * @throws IllegalArgumentException if a value is out of its range
		 */
		public RestartPolicy build() {
			return new RestartPolicy(this.mode, this.scope, this.exclude, this.delay, this.multiplier, this.maxDelay,
					this.maxRestarts, this.resetAfter);
		}

	}

}
