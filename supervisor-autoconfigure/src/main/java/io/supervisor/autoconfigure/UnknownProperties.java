package io.supervisor.autoconfigure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.supervisor.ServiceDefinition;
import io.supervisor.autoconfigure.ServiceProperties.ServiceKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;

/**
 * Says which properties under {@code supervisor} mean nothing, once each, and which one
 * may have been meant.
 * <p>
 * A variable of the environment is only told of if it is close to one that means
 * something: others set such variables too, supervisord for the processes that it starts
 * and Kubernetes for a service of that name.
 */
final class UnknownProperties {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorAutoConfiguration.class);

	private static final List<Class<?>> TYPES = List.of(SupervisorProperties.class, SupervisorClusterProperties.class,
			SupervisorClusterJdbcProperties.class, SupervisorMetricsProperties.class);

	private final ConfigurableListableBeanFactory beanFactory;

	/**
	 * What was told of.
	 */
	private final Set<String> told = new LinkedHashSet<>();

	UnknownProperties(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Tell of those that mean nothing.
	 * @param properties the properties that there are
	 * @param names the names of the services that there are
	 * @param nested the paths of services in nested groups
	 */
	void tell(ServiceProperties properties, Collection<String> names, Collection<String> nested) {
		properties.unknownNames().forEach((name, property) -> tellOfName(name, property, names, nested));
		properties.unknownKeys().forEach((name, property) -> tellOfKey(name, property, nested));
		if (!properties.others().isEmpty()) {
			tellOfOthers(properties.others());
		}
	}

	private void tellOfName(String name, ConfigurationProperty property, Collection<String> names,
			Collection<String> nested) {
		String subject = ServiceProperties.PREFIX + "." + name;
		for (String path : nested) {
			if (isSame(name, path) || isSame(name, path.substring(path.lastIndexOf('/') + 1))) {
				tellOfNested(subject, path, property);
				return;
			}
		}
		String nearest = ServiceNames.nearest(name, names);
		if (!ServiceProperties.isOfEnvironment(property) || (nearest != null && ServiceNames.isNear(name, nearest))) {
			warn(subject,
					"matches no service"
							+ ((nearest != null) ? "; did you mean '" + nearest + "'?" : ", and there are none"),
					property);
		}
	}

	private void tellOfKey(ServiceKey name, ConfigurationProperty property, Collection<String> nested) {
		String prefix = ServiceProperties.PREFIX + "." + name.service() + ".";
		String written = ServiceDefinition.canonicalName(name.service() + name.key());
		for (String path : nested) {
			String canonical = ServiceDefinition.canonicalName(path);
			if (written.startsWith(canonical) && ServiceProperties.key(written.substring(canonical.length())) != null) {
				tellOfNested(prefix + name.key(), path, property);
				return;
			}
		}
		tell(prefix + name.key(), prefix,
				nearest(name.key(), ServiceProperties.keys(), ServiceProperties.isOfEnvironment(property)), property);
	}

	private void tellOfNested(String subject, String path, ConfigurationProperty property) {
		warn(subject, "has no effect: '" + path
				+ "' is a member of a nested group, whose services are shaped in code; properties shape the group '"
				+ path.substring(0, path.indexOf('/')) + "' itself", property);
	}

	private static boolean isSame(String name, String other) {
		return ServiceDefinition.canonicalName(name).equals(ServiceDefinition.canonicalName(other));
	}

	private void tellOfOthers(Map<ConfigurationPropertyName, ConfigurationProperty> others) {
		Set<String> keys = new LinkedHashSet<>();
		Set<ConfigurationPropertyName> foreign = new LinkedHashSet<>();
		for (Class<?> type : TYPES) {
			String prefix = type.getAnnotation(ConfigurationProperties.class).value();
			try {
				PropertyKeys.of(type).forEach((key) -> keys.add(prefix + "." + key));
			}
			catch (LinkageError ex) {
				// a type in it is not there, nor is anybody who would bind it
				foreign.add(ConfigurationPropertyName.of(prefix));
			}
		}
		List<ConfigurationPropertyName> names = keys.stream().map(ConfigurationPropertyName::of).toList();
		Map<ConfigurationPropertyName, ConfigurationProperty> unknown = new LinkedHashMap<>(others);
		unknown.entrySet().removeIf((property) -> isKnown(property.getKey(), property.getValue(), names));
		if (unknown.isEmpty()) {
			return;
		}
		addForeign(foreign);
		unknown.forEach((name, property) -> {
			if (foreign.stream().noneMatch((prefix) -> prefix.equals(name) || prefix.isAncestorOf(name))) {
				tell(original(name), "", nearest(name, keys, ServiceProperties.isOfEnvironment(property)), property);
			}
		});
	}

	/**
	 * Prefixes that somebody else has chosen for properties of their own.
	 */
	private void addForeign(Set<ConfigurationPropertyName> prefixes) {
		for (String bean : this.beanFactory.getBeanNamesForAnnotation(ConfigurationProperties.class)) {
			Class<?> type = this.beanFactory.getType(bean, false);
			ConfigurationProperties properties = this.beanFactory.findAnnotationOnBean(bean,
					ConfigurationProperties.class);
			if (properties != null && !TYPES.contains(type)) {
				ConfigurationPropertyName prefix = ConfigurationPropertyName.ofIfValid(properties.prefix());
				if (prefix != null && !prefix.isEmpty()) {
					prefixes.add(prefix);
				}
			}
		}
	}

	private static boolean isKnown(ConfigurationPropertyName name, ConfigurationProperty property,
			List<ConfigurationPropertyName> keys) {
		ConfigurationPropertyName key = name.isLastElementIndexed() ? name.getParent() : name;
		if (ServiceProperties.isOfEnvironment(property)) {
			// a dash may be an underscore there, which otherwise is a dot
			return keys.stream().anyMatch((known) -> isSame(known.toString(), key.toString()));
		}
		boolean empty = String.valueOf(property.getValue()).isEmpty();
		return keys.stream().anyMatch((known) -> known.equals(key) || (empty && key.isAncestorOf(known)));
	}

	private static @Nullable String nearest(ConfigurationPropertyName name, Collection<String> keys, boolean nearOnly) {
		List<String> candidates = new ArrayList<>(keys);
		// somebody may have mistyped what all services are under
		int end = name.getNumberOfElements();
		for (int i = 2; i < end; i++) {
			String key = ServiceProperties.key(ServiceProperties.join(name, i, end));
			if (i > 2 && key != null) {
				candidates.add(ServiceProperties.PREFIX + "." + ServiceProperties.join(name, 2, i) + "." + key);
			}
		}
		return nearest(original(name), candidates, nearOnly);
	}

	/**
	 * By letters; or the one that begins or ends in the same way, where that is far.
	 */
	private static @Nullable String nearest(String key, Collection<String> candidates, boolean nearOnly) {
		String nearest = ServiceNames.nearest(key, candidates);
		if (nearest == null || ServiceNames.isNear(key, nearest)) {
			return nearest;
		}
		if (nearOnly) {
			return null;
		}
		List<String> alike = candidates.stream()
			.filter((candidate) -> candidate.startsWith(key) || isSame(lastElement(candidate), lastElement(key)))
			.toList();
		return alike.isEmpty() ? nearest : ServiceNames.nearest(key, alike);
	}

	private static String lastElement(String key) {
		return key.substring(key.lastIndexOf('.') + 1);
	}

	private static String original(ConfigurationPropertyName name) {
		StringBuilder original = new StringBuilder();
		for (int i = 0; i < name.getNumberOfElements(); i++) {
			original.append((i > 0) ? "." : "").append(name.getElement(i, Form.ORIGINAL));
		}
		return original.toString();
	}

	private void tell(String subject, String prefix, @Nullable String nearest, ConfigurationProperty property) {
		if (nearest != null) {
			warn(subject, "means nothing; the nearest key is '" + prefix + nearest + "'", property);
		}
	}

	private void warn(String subject, String text, ConfigurationProperty property) {
		if (this.told.add(subject)) {
			logger.warn("'{}' {} (from {})", subject, text, property.getOrigin());
		}
	}

}
