package io.supervisor.autoconfigure;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ReflectionUtils;

/**
 * Finds the services among the beans of one context, each bean once, and what they depend
 * on.
 */
final class ServiceBeans {

	private final ConfigurableListableBeanFactory beanFactory;

	private final ServiceGroup group;

	/**
	 * What customizers have added to the group, or somebody by hand.
	 */
	private final List<ServiceDefinition> given = new ArrayList<>();

	private final Map<String, Service> services;

	private final Map<String, List<ServiceDefinition>> definitions = new LinkedHashMap<>();

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
	 * @param customized what customizers have added to it
	 */
	ServiceBeans(ConfigurableListableBeanFactory beanFactory, ServiceGroup group, List<ServiceDefinition> customized) {
		this.beanFactory = beanFactory;
		this.group = group;
		group.services().forEach((service) -> this.given.add(service.definition()));
		this.given.addAll(customized);
		this.services = beans(Service.class);
		beans(ServiceDefinition.class).forEach((name, definition) -> this.definitions.put(name, List.of(definition)));
		addCollections();
		this.groups = beans(ServiceGroup.class);
		this.groups.values().removeIf((candidate) -> candidate == group);
		addBeans(this.services);
		addBeans(this.groups);
		customized.forEach((definition) -> addMember(null, definition));
		addGroups();
		addGiven();
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

	/**
	 * Collections of definitions count as their elements. Those of other things are left
	 * alone.
	 */
	private void addCollections() {
		for (String name : this.beanFactory.getBeanNamesForType(Collection.class, true, false)) {
			if (isCandidate(name) && mayHaveDefinitions(name)
					&& this.beanFactory.getBean(name) instanceof Collection<?> collection) {
				List<ServiceDefinition> elements = new ArrayList<>();
				for (Object element : collection) {
					if (element instanceof ServiceDefinition definition) {
						elements.add(definition);
					}
				}
				if (!elements.isEmpty()) {
					this.definitions.put(name, elements);
				}
			}
		}
	}

	/**
	 * Whether that is the type of its elements, or unknown of a collection that is there.
	 */
	private boolean mayHaveDefinitions(String name) {
		Class<?> elements = this.beanFactory.containsBeanDefinition(name)
				? this.beanFactory.getMergedBeanDefinition(name)
					.getResolvableType()
					.as(Collection.class)
					.getGeneric()
					.resolve()
				: null;
		return (elements != null) ? elements == ServiceDefinition.class : this.beanFactory.containsSingleton(name);
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
		claim(this.given, this.group.name(), owners);
		this.definitions.values()
			.forEach((definitions) -> claim(
					definitions.stream().filter((definition) -> definition.group().isPresent()).toList(),
					this.group.name(), owners));
		this.groups.forEach((name, group) -> claim(definitions(group), name, owners));
		this.groups.forEach((name, group) -> {
			if (!owners.containsKey(group)) {
				addMember(name, ServiceDefinition.builder(name, group).build());
				standFor(group, name, name);
			}
		});
	}

	private void claim(List<ServiceDefinition> definitions, String owner, Map<Object, String> owners) {
		for (ServiceDefinition definition : definitions) {
			Object member = definition.group().<Object>map((nested) -> nested).orElse(definition.service());
			if (member == this.group) {
				throw new InvalidSupervisorConfigurationException(
						"The group '%s' has '%s' as a service, the group that it is a part of itself.".formatted(owner,
								this.group.name()),
						"Inject the group that was meant with a @Qualifier: without one, the primary bean is injected, which is the group of all services.");
			}
			String other = hasIdentity(member) ? owners.putIfAbsent(member, owner) : null;
			if (other != null && !other.equals(owner)) {
				throw new InvalidSupervisorConfigurationException(
						"The service '%s' is a member of two groups, '%s' and '%s'.".formatted(definition.name(), other,
								owner),
						"Remove it from one of the groups, or make a second service of it.");
			}
		}
	}

	/**
	 * Whether the same object is the same service. A lambda that captures nothing is one
	 * object, however many beans it was meant to be.
	 */
	private static boolean hasIdentity(Object object) {
		return !object.getClass().isHidden() || object.getClass().getDeclaredFields().length > 0;
	}

	private static List<ServiceDefinition> definitions(ServiceGroup group) {
		return group.services().stream().map(ServiceSnapshot::definition).toList();
	}

	/**
	 * The beans inside of a group stand for it where other services depend on them.
	 * @param bean the bean that the group was made by, if any
	 */
	private void standFor(ServiceGroup group, @Nullable String bean, String member) {
		for (ServiceDefinition definition : definitions(group)) {
			cover(definition, bean, member);
			this.definitions.forEach((name, candidates) -> {
				if (candidates.stream().allMatch((candidate) -> isMeant(candidate, definition))) {
					addName(name, member);
				}
			});
		}
	}

	private static boolean isMeant(ServiceDefinition bean, ServiceDefinition member) {
		return bean.service() == member.service() && (hasIdentity(bean.service()) || bean.name().equals(member.name()));
	}

	/**
	 * The beans that a definition is made of stand for a member.
	 */
	private void cover(ServiceDefinition definition, @Nullable String bean, String member) {
		ServiceGroup nested = definition.group().orElse(null);
		if (nested != null) {
			List<String> names = namesOf(nested);
			names.forEach((name) -> addName(name, member));
			standFor(nested, names.isEmpty() ? bean : names.get(0), member);
			return;
		}
		List<String> names = namesOf(definition.service());
		if (!hasIdentity(definition.service())) {
			names = meant(names, bean, definition.name());
		}
		names.forEach((name) -> addName(name, member));
	}

	/**
	 * Which of several beans that are one object a definition has: the one that was
	 * injected into the bean that it comes from, or the one with its name.
	 */
	private List<String> meant(List<String> names, @Nullable String bean, String name) {
		if (bean != null) {
			List<String> injected = new ArrayList<>(names);
			injected.retainAll(List.of(this.beanFactory.getDependenciesForBean(bean)));
			if (!injected.isEmpty()) {
				return injected;
			}
		}
		return names.contains(name) ? List.of(name) : List.of();
	}

	private void addGiven() {
		for (ServiceDefinition definition : this.given) {
			cover(definition, null, definition.name());
		}
	}

	private void addDefinitions() {
		this.definitions.forEach((bean, definitions) -> {
			if (!this.membersByBean.containsKey(bean)) {
				for (ServiceDefinition definition : definitions) {
					addMember(bean, definition);
					cover(definition, bean, definition.name());
				}
			}
		});
	}

	private void addServices() {
		this.services.forEach((bean, service) -> {
			if (!this.membersByBean.containsKey(bean)) {
				throwIfAsynchronous(bean, service);
				addMember(bean, ServiceDefinition.of(bean,
						isScoped(bean) ? new ScopedService(this.beanFactory, bean) : service));
			}
		});
	}

	/**
	 * Whether it is in a scope that may give another bean later, and has no proxy that
	 * stands for all of them.
	 */
	private boolean isScoped(String bean) {
		if (!this.beanFactory.containsBeanDefinition(bean)) {
			return false;
		}
		BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(bean);
		return !definition.isSingleton() && !definition.isPrototype();
	}

	private void addMember(@Nullable String bean, ServiceDefinition definition) {
		ServiceDefinition other = this.members.putIfAbsent(definition.name(), definition);
		if (other != null) {
			throw new InvalidSupervisorConfigurationException(
					"Two services have the name '%s'%s.".formatted(definition.name(),
							(bean != null) ? ", one of them by the bean '" + bean + "'" : ""),
					"Give one of them another name.");
		}
		if (bean != null) {
			addName(bean, definition.name());
		}
		throwIfAsynchronous(definition.name(), definition.service());
	}

	/**
	 * Its run would return at once, and what it does go on where nobody sees it.
	 */
	private static void throwIfAsynchronous(String name, Service service) {
		Class<?> type = AopProxyUtils.ultimateTargetClass(service);
		Method run = ReflectionUtils.findMethod(type, "run", ServiceContext.class);
		if (run != null && (AnnotatedElementUtils.hasAnnotation(run, Async.class)
				|| AnnotatedElementUtils.hasAnnotation(run.getDeclaringClass(), Async.class))) {
			throw new InvalidSupervisorConfigurationException(
					"The run of the service '%s' is @Async: it would return at once, and its work go on unsupervised."
						.formatted(name),
					"Remove @Async from %s: each service has a thread of its own.".formatted(type.getName()));
		}
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
	 * The services in nested groups, each by its path such as {@code group/service}.
	 */
	List<String> nested() {
		List<String> paths = new ArrayList<>();
		this.given.forEach((definition) -> addNested("", definition, paths));
		this.members.values().forEach((definition) -> addNested("", definition, paths));
		return paths;
	}

	private static void addNested(String prefix, ServiceDefinition definition, List<String> paths) {
		definition.group().ifPresent((group) -> {
			for (ServiceDefinition member : definitions(group)) {
				String path = prefix + definition.name() + "/";
				paths.add(path + member.name());
				addNested(path, member, paths);
			}
		});
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
