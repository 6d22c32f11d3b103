package io.supervisor.autoconfigure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;

import io.supervisor.Placement;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.Environment;

/**
 * Fills the group, which exists before its services do, so that these may ask for it.
 */
final class ServiceGroupFiller {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorAutoConfiguration.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final Environment environment;

	private final ServicePolicies policies;

	private final ObjectProvider<ClusterLifecycle> cluster;

	private final UnknownProperties unknown;

	private final boolean keepOpen;

	private Collected collected = Collected.NOTHING;

	ServiceGroupFiller(ConfigurableListableBeanFactory beanFactory, Environment environment, ServicePolicies policies,
			ObjectProvider<ClusterLifecycle> cluster, UnknownProperties unknown, boolean keepOpen) {
		this.beanFactory = beanFactory;
		this.environment = environment;
		this.policies = policies;
		this.cluster = cluster;
		this.unknown = unknown;
		this.keepOpen = keepOpen;
	}

	/**
	 * Add the services of the context.
	 * @param group the group
	 * @param customized what customizers have added to it
	 * @return the names of those that are left out, each with the reason
	 */
	Map<String, String> fill(ServiceGroup group, List<ServiceDefinition> customized) {
		try {
			ServiceBeans beans = new ServiceBeans(this.beanFactory, group, customized);
			List<ServiceDefinition> present = new ArrayList<>();
			Set<String> names = new LinkedHashSet<>();
			for (ServiceSnapshot service : group.services()) {
				present.add(service.definition());
				names.add(service.name());
			}
			for (ServiceDefinition definition : beans.definitions()) {
				names.add(definition.name());
			}
			ServiceProperties properties = new ServiceProperties(this.environment, names);
			List<String> nested = beans.nested();
			this.unknown.tell(properties, names, nested);
			Map<String, ServicePolicy> inCode = new HashMap<>();
			beans.definitions().forEach((definition) -> inCode.put(definition.name(), definition.policy()));
			this.collected = new Collected(names, nested, inCode);
			Map<String, String> leftOut = new LinkedHashMap<>();
			add(group, present, placed(enabled(beans, properties, leftOut)));
			return leftOut;
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidSupervisorConfigurationException(String.valueOf(ex.getMessage()),
					"Correct the names of the services, or what they depend on: a service is named as its bean, and depends on those that are injected into it and those in @DependsOn.",
					ex);
		}
	}

	/**
	 * What was found at the latest filling.
	 */
	Collected collected() {
		return this.collected;
	}

	/**
	 * The definitions of the services that are not disabled, with policy and
	 * dependencies.
	 */
	private List<ServiceDefinition> enabled(ServiceBeans beans, ServiceProperties properties,
			Map<String, String> leftOut) {
		Map<String, ServiceDefinition> enabled = new LinkedHashMap<>();
		for (ServiceDefinition definition : beans.definitions()) {
			String name = definition.name();
			SupervisorProperties.Service service = properties.get(name);
			if (service != null && Boolean.FALSE.equals(service.enabled())) {
				leftOut.put(name, "disabled");
				continue;
			}
			ServicePolicy policy = this.policies.of(name, definition.policy(), properties);
			ServiceDefinition.Builder builder = definition.toBuilder()
				.policy(policy)
				.placement(this.policies.placement(name, definition.placement(), properties));
			beans.dependencies(definition).forEach(builder::dependsOn);
			if (service != null && service.dependsOn() != null) {
				service.dependsOn().forEach((other) -> builder.dependsOn(spelling(other, beans.definitions())));
			}
			enabled.put(name, builder.build());
		}
		leaveOutDependents(enabled, leftOut);
		return new ArrayList<>(enabled.values());
	}

	/**
	 * The name of a service as it is, whatever way it is written in a property.
	 */
	private static String spelling(String name, Collection<ServiceDefinition> definitions) {
		String canonical = ServiceDefinition.canonicalName(name);
		return definitions.stream()
			.map(ServiceDefinition::name)
			.filter((other) -> ServiceDefinition.canonicalName(other).equals(canonical))
			.findFirst()
			.orElse(name);
	}

	/**
	 * The definitions with what lets one replica in at a time, where one asks for it.
	 */
	private List<ServiceDefinition> placed(List<ServiceDefinition> definitions) {
		for (ServiceDefinition definition : definitions) {
			if (definition.placement().kind() != Placement.Kind.EVERYWHERE && definition.gate() == null) {
				return placed(definitions, definition);
			}
		}
		return definitions;
	}

	private List<ServiceDefinition> placed(List<ServiceDefinition> definitions, ServiceDefinition first) {
		ClusterLifecycle cluster = this.cluster.getIfAvailable();
		if (cluster == null) {
			throw new InvalidSupervisorConfigurationException(
					"The service '%s' is to be shared by the replicas of the application, but there is nothing that keeps their leases."
						.formatted(first.name()),
					"Add 'org.springframework.boot:spring-boot-starter-jdbc' and a DataSource, or declare a LockProvider of ShedLock, or a bean of type 'io.supervisor.cluster.LeaseStore', and leave 'supervisor.cluster.engine' out; or remove 'supervisor.services.%s.cluster' and '.shards'."
						.formatted(first.name()));
		}
		try {
			return cluster.cluster().place(definitions);
		}
		catch (UnsupportedOperationException ex) {
			throw new InvalidSupervisorConfigurationException(ex.getMessage() + ".",
					"Keep the leases in a database: add 'org.springframework.boot:spring-boot-starter-jdbc' and a DataSource, and set 'supervisor.cluster.engine=jdbc'; or let one replica run the service, with 'supervisor.services.<name>.cluster=singleton' instead of '.shards'.",
					ex);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidSupervisorConfigurationException(String.valueOf(ex.getMessage()),
					"Raise 'supervisor.cluster.time-to-live', or lower 'supervisor.services.<name>.grace-period'.", ex);
		}
	}

	/**
	 * What depends on a service that is not there could not start. If it is critical,
	 * that is an error; otherwise it is left out as well.
	 */
	private void leaveOutDependents(Map<String, ServiceDefinition> enabled, Map<String, String> leftOut) {
		boolean changed = !leftOut.isEmpty();
		while (changed) {
			changed = enabled.values().removeIf((definition) -> isLeftOut(definition, leftOut));
		}
	}

	private boolean isLeftOut(ServiceDefinition definition, Map<String, String> leftOut) {
		for (String dependency : definition.dependencies()) {
			if (leftOut.containsKey(dependency)) {
				String name = definition.name();
				String reason = "disabled".equals(leftOut.get(dependency))
						? "disabled by 'supervisor.services." + dependency + ".enabled'" : "left out";
				if (definition.policy().critical()) {
					throw new InvalidSupervisorConfigurationException(
							"The service '%s' depends on '%s', which is %s.".formatted(name, dependency, reason),
							"Enable '%s', disable '%s' too, or mark '%s' with 'supervisor.services.%s.critical=false'."
								.formatted(dependency, name, name, name));
				}
				logger.warn("'{}' is left out: it depends on '{}', which is {}", name, dependency, reason);
				leftOut.put(name, "depends on " + dependency);
				return true;
			}
		}
		return false;
	}

	/**
	 * They are added one by one, each after those that it depends on, in the order that a
	 * group of all of them has; building it finds names that clash, unknown dependencies
	 * and circles, before anything is added.
	 */
	private void add(ServiceGroup group, List<ServiceDefinition> present, List<ServiceDefinition> definitions) {
		ServiceGroup.Builder all = ServiceGroup.builder(group.name()).keepOpen(this.keepOpen);
		present.forEach(all::service);
		definitions.forEach(all::service);
		for (ServiceSnapshot service : all.build().services()) {
			if (!present.contains(service.definition())) {
				add(group, service.definition());
			}
		}
	}

	private void add(ServiceGroup group, ServiceDefinition definition) {
		try {
			group.add(definition).get();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException("'" + definition.name() + "' could not be added to '" + group.name() + "'",
					ex.getCause());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted while '" + definition.name() + "' was being added", ex);
		}
	}

	/**
	 * The services that were found.
	 *
	 * @param names the names of all, also of those that are left out
	 * @param nested the paths of those in nested groups
	 * @param policies the policies in code, by the names of the services
	 */
	record Collected(Set<String> names, List<String> nested, Map<String, ServicePolicy> policies) {

		static final Collected NOTHING = new Collected(Set.of(), List.of(), Map.of());

	}

}
