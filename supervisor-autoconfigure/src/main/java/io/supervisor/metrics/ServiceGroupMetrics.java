package io.supervisor.metrics;

import java.util.Locale;
import java.util.Objects;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceState;

/**
 * Meters of a group, its services, and the groups inside it.
 * <p>
 * {@code supervisor.services} counts the services of the whole tree by {@code state}. All
 * others are per service, with the tag {@code service}: the name of the service, or
 * {@code group/service} for one inside a nested group. Gauges read snapshots when they
 * are asked; counters and timers are fed by a listener, which has a thread of its own:
 * neither the services' threads nor the group's loop do anything for a meter.
 * <p>
 * A service has six meters, each exported as one to three series, and one more per
 * {@code exception} that it failed with, at most {@value ServiceMeters#MAX_EXCEPTIONS}.
 * Services beyond the given number have none.
 */
public final class ServiceGroupMetrics implements MeterBinder {

	/**
	 * How many services have meters of their own unless another number is given.
	 */
	public static final int DEFAULT_MAX_SERVICES = 1000;

	private final ServiceGroup group;

	private final int maxServices;

	/**
	 * Create the meters of a group.
	 * @param group the group
	 */
	public ServiceGroupMetrics(ServiceGroup group) {
		this(group, DEFAULT_MAX_SERVICES);
	}

	/**
	 * Create the meters of a group.
	 * @param group the group
	 * @param maxServices how many services have meters of their own; none if 0
	 */
	public ServiceGroupMetrics(ServiceGroup group, int maxServices) {
		this.group = Objects.requireNonNull(group, "'group' must not be null");
		if (maxServices < 0) {
			throw new IllegalArgumentException(
					"'maxServices' must not be negative, but is " + maxServices + ": use 0 for none");
		}
		this.maxServices = maxServices;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		GroupMeters meters = new GroupMeters(registry, new MeterBudget(this.maxServices), "", this.group);
		for (ServiceState state : ServiceState.values()) {
			Gauge.builder("supervisor.services", meters, (tree) -> tree.count(state))
				.description("Number of services in a state, those inside nested groups included")
				.baseUnit("services")
				.tag("state", state.name().toLowerCase(Locale.ROOT))
				.register(registry);
		}
		meters.listen();
	}

}
