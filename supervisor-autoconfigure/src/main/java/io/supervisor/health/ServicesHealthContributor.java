package io.supervisor.health;

import java.util.Optional;
import java.util.stream.Stream;

import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/**
 * Health of the services of a group, by name. The group is asked each time, since
 * services may come and go. A group among them is a composite of its own services, with
 * what it is itself beside them.
 */
public final class ServicesHealthContributor implements CompositeHealthContributor {

	/**
	 * The name of a nested group among its own services.
	 */
	private static final String GROUP = "supervisor";

	private final ServiceGroup group;

	private final boolean critical;

	/**
	 * The group as a service of another one.
	 */
	private final @Nullable HealthContributor self;

	/**
	 * Create a contributor.
	 * @param group the group to ask each time
	 */
	public ServicesHealthContributor(ServiceGroup group) {
		this(group, true, null);
	}

	private ServicesHealthContributor(ServiceGroup group, boolean critical, @Nullable HealthContributor self) {
		this.group = group;
		this.critical = critical;
		this.self = self;
	}

	@Override
	public @Nullable HealthContributor getContributor(String name) {
		Optional<ServiceSnapshot> service = this.group.service(name);
		if (service.isPresent()) {
			return contributor(service.get());
		}
		return name.equals(GROUP) ? this.self : null;
	}

	@Override
	public Stream<Entry> stream() {
		Stream<Entry> services = this.group.services()
			.stream()
			.map((service) -> new Entry(service.name(), contributor(service)));
		HealthContributor self = this.self;
		return (self != null && this.group.service(GROUP).isEmpty())
				? Stream.concat(Stream.of(new Entry(GROUP, self)), services) : services;
	}

	private HealthContributor contributor(ServiceSnapshot service) {
		HealthContributor indicator = new ServiceHealthIndicator(this.group, service.name(), this.critical);
		return service.definition()
			.group()
			.<HealthContributor>map(
					(nested) -> new ServicesHealthContributor(nested, this.critical && service.critical(), indicator))
			.orElse(indicator);
	}

}
