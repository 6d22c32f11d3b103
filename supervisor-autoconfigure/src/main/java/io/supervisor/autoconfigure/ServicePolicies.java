package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.supervisor.Placement;
import io.supervisor.RestartPolicy;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServicePolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Environment;

/**
 * Turns properties into policies: those of a service onto a copy of the defaults. A value
 * that is out of its range is an error that names the property as it was written.
 */
final class ServicePolicies {

	private final Environment environment;

	private final ServicePolicy defaults;

	private final Duration startTimeout;

	ServicePolicies(Environment environment, SupervisorProperties properties) {
		this.environment = environment;
		new Values((key) -> find("supervisor." + key), "supervisor.")
			.notNegative("start-timeout", properties.getStartTimeout())
			.notNegative("ready-timeout", properties.getReadyTimeout())
			.notNegative("shutdown-timeout", properties.getShutdownTimeout());
		ServicePolicy defaults = defaults(properties.getDefaults());
		Duration startTimeout = defaults.startTimeout();
		// not part of the policy, which nested groups have too
		this.defaults = (startTimeout != null) ? defaults.toBuilder().startTimeout(null).build() : defaults;
		this.startTimeout = (startTimeout != null) ? startTimeout : properties.getStartTimeout();
	}

	private ServicePolicy defaults(SupervisorProperties.@Nullable Defaults defaults) {
		if (defaults == null) {
			return ServicePolicy.defaults();
		}
		SupervisorProperties.Defaults.Restart restart = defaults.restart();
		return apply(
				new SupervisorProperties.Service(null, defaults.critical(), defaults.onCompletion(),
						defaults.startTimeout(), defaults.gracePeriod(), null,
						new SupervisorProperties.Service.Restart(restart.policy(), restart.scope(), restart.exclude(),
								restart.delay(), restart.multiplier(), restart.maxDelay(), restart.maxRestarts(),
								restart.resetAfter()),
						null, null, null, null, defaults.expectedOnStop()),
				ServicePolicy.defaults(),
				new Values((key) -> find("supervisor.defaults." + key), "supervisor.defaults."));
	}

	private @Nullable ConfigurationProperty find(String name) {
		ConfigurationPropertyName propertyName = ConfigurationPropertyName.of(name);
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			ConfigurationProperty property = source.getConfigurationProperty(propertyName);
			if (property != null) {
				return property;
			}
		}
		return null;
	}

	/**
	 * The start-timeout of services whose policy does not say.
	 */
	Duration startTimeout() {
		return this.startTimeout;
	}

	/**
	 * The name that the properties of a service are under: all shards of one share it.
	 */
	static String nameInProperties(ServiceDefinition definition) {
		String name = definition.name();
		return (definition.placement().kind() == Placement.Kind.SHARD) ? name.substring(0, name.lastIndexOf('#'))
				: name;
	}

	/**
	 * The policy of a service.
	 * @param name its name
	 * @param policy its policy in code, where it differs from the default
	 * @param properties the properties of all services
	 */
	ServicePolicy of(String name, ServicePolicy policy, ServiceProperties properties) {
		ServicePolicy base = isDefault(policy) ? this.defaults : policy;
		SupervisorProperties.Service service = properties.get(name);
		return (service == null) ? base : apply(service, base,
				new Values((key) -> properties.find(name, key), ServiceProperties.PREFIX + "." + name + "."));
	}

	/**
	 * Most are the very instance; to compare records for the first time takes a while.
	 */
	private static boolean isDefault(ServicePolicy policy) {
		return policy == ServicePolicy.defaults() || policy.equals(ServicePolicy.defaults());
	}

	/**
	 * Where a service runs.
	 * @param name its name
	 * @param placement its placement in code
	 * @param properties the properties of all services
	 */
	Placement placement(String name, Placement placement, ServiceProperties properties) {
		SupervisorProperties.Service service = properties.get(name);
		if (service == null) {
			return placement;
		}
		Values values = new Values((key) -> properties.find(name, key), ServiceProperties.PREFIX + "." + name + ".");
		values.check("shards", service.shards(), (number) -> number > 0, "must be at least 1",
				"Leave it out for a service that is not shared.");
		if (service.shards() != null && service.cluster() != null) {
			throw values.invalid("shards", service.shards(), "cannot be together with 'cluster'",
					"Leave out one of them: shards are shared by all replicas.");
		}
		if (service.shards() != null) {
			return Placement.shards(service.shards());
		}
		if (service.cluster() == null) {
			return placement;
		}
		return switch (service.cluster()) {
			case NONE -> Placement.EVERYWHERE;
			case SINGLETON -> Placement.SINGLETON;
		};
	}

	private static ServicePolicy apply(SupervisorProperties.Service properties, ServicePolicy base, Values values) {
		values.notNegative("start-timeout", properties.startTimeout())
			.notNegative("grace-period", properties.gracePeriod())
			.check("heartbeat-timeout", properties.heartbeatTimeout(), ServicePolicies::isPositive,
					"must be longer than zero", "Leave it out for a service without heartbeats.");
		ServicePolicy.Builder policy = base.toBuilder();
		set(properties.critical(), policy::critical);
		set(properties.onCompletion(), policy::onCompletion);
		set(properties.startTimeout(), policy::startTimeout);
		set(properties.gracePeriod(), policy::gracePeriod);
		set(properties.heartbeatTimeout(), policy::heartbeatTimeout);
		set(properties.auxiliary(), policy::auxiliary);
		set(properties.expectedOnStop(), policy::expectedOnStop);
		if (properties.restart() != null) {
			policy.restart(apply(properties.restart(), base.restart(), values));
		}
		return policy.build();
	}

	private static RestartPolicy apply(SupervisorProperties.Service.Restart properties, RestartPolicy base,
			Values values) {
		values.notNegative("restart.delay", properties.delay())
			.notNegative("restart.max-delay", properties.maxDelay())
			.notNegative("restart.reset-after", properties.resetAfter())
			.check("restart.multiplier", properties.multiplier(), (factor) -> factor >= 1 && !Double.isInfinite(factor),
					"must be at least 1", "Set it to 1 for a delay that does not grow.")
			.check("restart.max-restarts", properties.maxRestarts(), (number) -> number >= RestartPolicy.UNLIMITED,
					"must not be negative", "Set it to -1 for restarts without a limit.")
			.check("restart.exclude", properties.exclude(), ServicePolicies::areThrowable,
					"must name types of exceptions", "List the class names of exceptions, separated by commas.");
		Duration delay = (properties.delay() != null) ? properties.delay() : base.delay();
		Duration maxDelay = (properties.maxDelay() != null) ? properties.maxDelay() : base.maxDelay();
		if (delay.compareTo(maxDelay) > 0) {
			boolean byDelay = properties.delay() != null;
			throw values.invalid(byDelay ? "restart.delay" : "restart.max-delay", byDelay ? delay : maxDelay,
					byDelay ? "must not be longer than 'restart.max-delay', which is " + maxDelay
							: "must not be shorter than 'restart.delay', which is " + delay,
					byDelay ? "Set 'restart.max-delay' as well." : "Set 'restart.delay' as well.");
		}
		RestartPolicy.Builder policy = base.toBuilder();
		set(properties.policy(), policy::mode);
		set(properties.scope(), policy::scope);
		set(properties.exclude(), policy::exclude);
		set(properties.delay(), policy::delay);
		set(properties.multiplier(), policy::multiplier);
		set(properties.maxDelay(), policy::maxDelay);
		set(properties.maxRestarts(), policy::maxRestarts);
		set(properties.resetAfter(), policy::resetAfter);
		return policy.build();
	}

	private static <T> void set(@Nullable T value, Consumer<T> setter) {
		if (value != null) {
			setter.accept(value);
		}
	}

	private static boolean isPositive(Duration duration) {
		return !duration.isNegative() && !duration.isZero();
	}

	/**
	 * The element type is erased where the properties are bound.
	 */
	private static boolean areThrowable(Set<? extends Class<?>> types) {
		return types.stream().allMatch(Throwable.class::isAssignableFrom);
	}

	/**
	 * Checks values, and finds how they were written.
	 */
	private record Values(Finder finder, String prefix) {

		Values notNegative(String key, @Nullable Duration duration) {
			if (duration != null && duration.isNegative()) {
				throw invalid(key, duration, "must not be negative",
						"Set it to a duration such as 10s, or to 0 for none at all.");
			}
			return this;
		}

		<T> Values check(String key, @Nullable T value, Predicate<T> test, String rule, String cure) {
			if (value != null && !test.test(value)) {
				throw invalid(key, value, rule, cure);
			}
			return this;
		}

		InvalidSupervisorConfigurationException invalid(String key, Object value, String rule, String cure) {
			ConfigurationProperty property = this.finder.find(key);
			String name = (property != null) ? property.getName().toString() : this.prefix + key;
			Object written = (property != null) ? property.getValue() : value;
			String origin = (property != null && property.getOrigin() != null) ? " (from " + property.getOrigin() + ")"
					: "";
			return new InvalidSupervisorConfigurationException(
					"The value '" + written + "' of '" + name + "'" + origin + " " + rule + ".", cure);
		}

	}

	@FunctionalInterface
	private interface Finder {

		@Nullable ConfigurationProperty find(String key);

	}

}
