package io.supervisor;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A service with its name, policy and dependencies. Immutable.
 *
 * @param name the name: not blank, no {@code /}, no control characters
 * @param service the work
 * @param policy how the group treats it
 * @param dependencies names of the services that must be ready or completed before it
 * starts (rule 2)
 * @param placement on which replicas of the application it runs
 * @param gate what it must pass before each run, or {@code null}
 * @param removedWhenDone whether it leaves the group by itself once it is completed,
 * stopped by hand or, if it is not critical, failed (rule 32)
 */
public record ServiceDefinition(String name, Service service, ServicePolicy policy, List<String> dependencies,
		Placement placement, @Nullable RunGate gate, boolean removedWhenDone) {

	public ServiceDefinition {
		Names.requireValid("service", name);
		Objects.requireNonNull(service, () -> "The service '" + name + "' must not be null");
		Objects.requireNonNull(policy, () -> "The policy of '" + name + "' must not be null");
		Objects.requireNonNull(placement, () -> "The placement of '" + name + "' must not be null");
		dependencies = List.copyOf(new LinkedHashSet<>(dependencies));
		if (dependencies.contains(name)) {
			throw new IllegalArgumentException("'" + name + "' depends on itself");
		}
	}

	/**
	 * A service with the default policy and no dependencies.
	 * @param name the name
	 * @param service the work
	 * @return the definition
	 */
	public static ServiceDefinition of(String name, Service service) {
		return builder(name, service).build();
	}

	/**
	 * A builder for a definition.
	 * @param name the name
	 * @param service the work
	 * @return the builder
	 */
	public static Builder builder(String name, Service service) {
		return new Builder(name, service, ServicePolicy.defaults());
	}

	/**
	 * A builder for a group that is a member of another one. It announces its readiness,
	 * and its grace period is its own shutdown timeout (rules 3 and 18).
	 * @param name the name within the other group
	 * @param group the group
	 * @return the builder
	 */
	public static Builder builder(String name, ServiceGroup group) {
		return new Builder(name, new NestedGroup(group), ServicePolicy.defaults());
	}

	/**
	 * The form in which all spellings of a name are the same: lower case without
	 * punctuation. No two services of a group have the same.
	 * @param name a name
	 * @return its canonical form
	 */
	public static String canonicalName(String name) {
		return Names.canonical(name);
	}

	/**
	 * The group that the service is, see {@link #builder(String, ServiceGroup)}.
	 * @return the group, or empty for a plain service
	 */
	public Optional<ServiceGroup> group() {
		return (this.service instanceof NestedGroup nested) ? Optional.of(nested.group()) : Optional.empty();
	}

	/**
	 * How long a run may take to end once it is cancelled, until it is given up as stuck:
	 * its grace period, which for a group is its own shutdown timeout, and its interrupt
	 * period (rule 18).
	 * @return the time, or empty if there is no limit
	 */
	public Optional<Duration> timeToEnd() {
		long grace = (this.service instanceof NestedGroup nested) ? nested.group().loop().shutdownTimeout()
				: Durations.toNanos(this.policy.gracePeriod());
		long interrupt = Durations.toNanos(this.policy.interruptPeriod());
		return (grace == Durations.NONE || interrupt == Durations.NONE) ? Optional.empty()
				: Optional.of(Duration.ofNanos(grace + interrupt));
	}

	/**
	 * A builder that starts from this definition.
	 * @return the builder
	 */
	public Builder toBuilder() {
		Builder builder = new Builder(this.name, this.service, this.policy);
		builder.dependencies.addAll(this.dependencies);
		builder.placement = this.placement;
		builder.gate = this.gate;
		builder.removedWhenDone = this.removedWhenDone;
		return builder;
	}

	/**
	 * Builds a {@link ServiceDefinition}.
	 */
	public static final class Builder {

		private String name;

		private final Service service;

		private ServicePolicy policy;

		private final Set<String> dependencies = new LinkedHashSet<>();

		private Placement placement = Placement.EVERYWHERE;

		private @Nullable RunGate gate;

		private boolean removedWhenDone;

		private Builder(String name, Service service, ServicePolicy policy) {
			this.name = name;
			this.service = service;
			this.policy = policy;
		}

		/**
		 * Set another name than the definition has that this builder starts from.
		 * @param name the name
		 * @return this builder
		 */
		public Builder name(String name) {
			this.name = name;
			return this;
		}

		/**
		 * Set the policy.
		 * @param policy how the group treats the service
		 * @return this builder
		 */
		public Builder policy(ServicePolicy policy) {
			this.policy = policy;
			return this;
		}

		/**
		 * Add services that must be ready or completed before this one starts.
		 * @param names their names
		 * @return this builder
		 */
		public Builder dependsOn(String... names) {
			this.dependencies.addAll(Arrays.asList(names));
			return this;
		}

		/**
		 * Set on which replicas of the application the service runs; everywhere by
		 * default.
		 * @param placement the placement
		 * @return this builder
		 */
		public Builder placement(Placement placement) {
			this.placement = placement;
			return this;
		}

		/**
		 * Set what the service must pass before each run. Not needed in a Spring
		 * application with a lease store: the {@linkplain #placement(Placement)
		 * placement} says enough there.
		 * @param gate the gate, or {@code null} for none
		 * @return this builder
		 */
		public Builder gate(@Nullable RunGate gate) {
			this.gate = gate;
			return this;
		}

		/**
		 * Let the service leave the group once it is completed, stopped by hand or, if it
		 * is not critical, failed: it is removed as if by
		 * {@link ServiceGroup#remove(String)}, and nothing of it is kept. The stop of the
		 * group removes nothing. No other service may depend on it. For a service that is
		 * {@linkplain ServiceGroup#add(ServiceDefinition) added} for a while, such as one
		 * for each tenant.
		 * @return this builder
		 */
		public Builder removedWhenDone() {
			this.removedWhenDone = true;
			return this;
		}

		/**
		 * Build the definition.
		 * @return the definition
		 * @throws IllegalArgumentException if the name is not allowed or the service
		 * depends on itself
		 */
		public ServiceDefinition build() {
			return new ServiceDefinition(this.name, this.service, this.policy, List.copyOf(this.dependencies),
					this.placement, this.gate, this.removedWhenDone);
		}

	}

}
