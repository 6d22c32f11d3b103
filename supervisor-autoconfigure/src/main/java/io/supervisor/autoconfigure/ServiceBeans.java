package io.supervisor.autoconfigure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.supervisor.Service;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Finds the services among the beans of one context, once each, and what they depend on.
 */
final class ServiceBeans {

	private final ConfigurableListableBeanFactory beanFactory;

	private final ServiceGroup group;

	private final Map<String, Service> services;

	private final Map<String, ServiceDefinition> definitions;

	private final Map<String, ServiceGroup> groups;

	/**
	 * The names of the beans that are a service or a group.
	 */
	private final Map<Object, List<String>> names = new IdentityHashMap<>();

	/**
	 * Which members of the group a bean stands for; it may be the service of several
	 * definitions.
	 */
	private final Map<String, Set<String>> membersByBean = new LinkedHashMap<>();

	private final Map<String, Set<String>> beansByMember = new LinkedHashMap<>();

	private final Map<String, ServiceDefinition> members = new LinkedHashMap<>();

	/**
	 * Look at the beans of a context. Creates those that are services.
	 * @param beanFactory the bean factory of the context, not asked for its parent's
	 * @param group the group that is to be filled
	 */
	ServiceBeans(ConfigurableListableBeanFactory beanFactory, ServiceGroup group) {
		this.beanFactory = beanFactory;
		this.group = group;
		this.services = beans(Service.class);
		this.definitions = beans(ServiceDefinition.class);
		this.groups = beans(ServiceGroup.class);
		this.groups.values().removeIf((candidate) -> candidate == group);
		addBeans(this.services);
		addBeans(this.groups);
		addGroups();
		addDefinitions();
		addServices();
	}

	private <T> Map<String, T> beans(Class<T> type) {
		Map<String, T> beans = new LinkedHashMap<>();
		for (String name : this.beanFactory.getBeanNamesForType(type, true, true)) {
			if (isCandidate(name)) {
				Object bean = this.beanFactory.getBean(name);
				// a factory method may have returned null
				if (type.isInstance(bean)) {
					beans.put(name, type.cast(bean));
				}
			}
		}
		return beans;
	}

	/**
	 * The target of a scoped proxy is none, the proxy is.
	 */
	private boolean isCandidate(String name) {
		return !this.beanFactory.containsBeanDefinition(name)
				|| this.beanFactory.getMergedBeanDefinition(name).isAutowireCandidate();
	}

	private void addBeans(Map<String, ?> beans) {
		for (Map.Entry<String, ?> bean : beans.entrySet()) {
			this.names.computeIfAbsent(bean.getValue(), (any) -> new ArrayList<>()).add(bean.getKey());
		}
	}

	/**
	 * Each group is a member, unless it is a member of another one. Its services are its
	 * own.
	 */
	private void addGroups() {
		Map<Object, String> owners = new IdentityHashMap<>();
		claim(this.group, this.group.name(), owners);
		this.groups.forEach((name, group) -> claim(group, name, owners));
		this.groups.forEach((name, group) -> {
			if (!owners.containsKey(group)) {
				addMember(name, ServiceDefinition.builder(name, group).build());
				standFor(group, name);
			}
		});
	}

	private void claim(ServiceGroup group, String owner, Map<Object, String> owners) {
		for (ServiceSnapshot service : group.services()) {
			ServiceDefinition definition = service.definition();
			Object member = definition.group().<Object>map((nested) -> nested).orElse(definition.service());
			if (member == this.group) {
				throw new InvalidSupervisorConfigurationException(
						"The group '%s' has '%s' as a service, the group that it is a part of itself.".formatted(owner,
								this.group.name()),
						"Inject the group that was meant with a @Qualifier: without one, the primary bean is injected, which is the group of all services.");
			}
			String other = owners.putIfAbsent(member, owner);
			if (other != null && !other.equals(owner)) {
				throw new InvalidSupervisorConfigurationException(
						"The service '%s' is a member of two groups, '%s' and '%s'.".formatted(service.name(), other,
								owner),
						"Remove it from one of the groups, or make a second service of it.");
			}
		}
	}

	/**
	 * The beans inside of a group stand for it where other services depend on them.
	 */
	private void standFor(ServiceGroup group, String member) {
		for (ServiceSnapshot service : group.services()) {
			ServiceDefinition definition = service.definition();
			definition.group().ifPresent((nested) -> {
				namesOf(nested).forEach((name) -> addName(name, member));
				standFor(nested, member);
			});
			namesOf(definition.service()).forEach((name) -> addName(name, member));
			this.definitions.forEach((name, bean) -> {
				if (bean.service() == definition.service()) {
					addName(name, member);
				}
			});
		}
	}

	/**
	 * What a customizer has added to the group itself is there already.
	 */
	private void addDefinitions() {
		for (ServiceSnapshot service : this.group.services()) {
			namesOf(service.definition().service()).forEach((name) -> addName(name, service.name()));
		}
		this.definitions.forEach((bean, definition) -> {
			if (!this.membersByBean.containsKey(bean)) {
				addMember(bean, definition);
				namesOf(definition.service()).forEach((name) -> addName(name, definition.name()));
			}
		});
	}

	private void addServices() {
		Map<Service, String> seen = new IdentityHashMap<>();
		this.services.forEach((bean, service) -> {
			if (this.membersByBean.containsKey(bean)) {
				return;
			}
			String first = seen.putIfAbsent(service, bean);
			if (first == null) {
				addMember(bean, ServiceDefinition.of(bean, service));
			}
			else {
				addName(bean, first);
			}
		});
	}

	private void addMember(String bean, ServiceDefinition definition) {
		ServiceDefinition other = this.members.putIfAbsent(definition.name(), definition);
		if (other != null) {
			throw new InvalidSupervisorConfigurationException(
					"Two services have the name '%s', one of them by the bean '%s'.".formatted(definition.name(), bean),
					"Give one of them another name.");
		}
		addName(bean, definition.name());
	}

	private void addName(String bean, String member) {
		this.membersByBean.computeIfAbsent(bean, (any) -> new LinkedHashSet<>()).add(member);
		this.beansByMember.computeIfAbsent(member, (any) -> new LinkedHashSet<>()).add(bean);
	}

	private List<String> namesOf(Object bean) {
		return this.names.getOrDefault(bean, List.of());
	}

	/**
	 * What is to be added to the group, without what the beans depend on.
	 */
	Collection<ServiceDefinition> definitions() {
		return this.members.values();
	}

	/**
	 * What a service depends on by its definition or by its beans: those named by
	 * {@code @DependsOn}, and those injected into it directly.
	 */
	Set<String> dependencies(ServiceDefinition definition) {
		Set<String> dependencies = new LinkedHashSet<>(definition.dependencies());
		for (String bean : this.beansByMember.getOrDefault(definition.name(), Set.of())) {
			for (String dependency : this.beanFactory.getDependenciesForBean(bean)) {
				dependencies.addAll(this.membersByBean.getOrDefault(dependency, Set.of()));
			}
		}
		dependencies.remove(definition.name());
		return dependencies;
	}

}
