package io.supervisor.autoconfigure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.supervisor.ServiceDefinition;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * The properties under {@code supervisor.services}, each given to the service that it
 * means.
 * <p>
 * Bound as a map, one service would have an entry for each spelling of its name:
 * {@code priceFeed} from a file, {@code pricefeed} from the environment, where there is
 * neither case nor punctuation. Here names are compared without both, so that the
 * spellings merge, and sources override each other as ever.
 */
final class ServiceProperties {

	static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("supervisor.services");

	private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("supervisor");

	private static final ConfigurationPropertyName DEFAULTS = ConfigurationPropertyName.of("supervisor.defaults");

	private static final Set<String> NOT_IN_THE_POLICY = Set.of("enabled", "cluster", "shards", "depends-on");

	/**
	 * What may come after the name of a service, by its form without punctuation: an
	 * environment variable does not tell a dash from a dot.
	 */
	private static final Map<String, String> KEYS = PropertyKeys.of(SupervisorProperties.Service.class)
		.stream()
		.collect(Collectors.toUnmodifiableMap(ServiceDefinition::canonicalName, (key) -> key));

	private static final Bindable<SupervisorProperties.Service> TARGET = Bindable
		.of(SupervisorProperties.Service.class);

	private final Environment environment;

	/**
	 * The sources in their order, each with what it has on each service by its canonical
	 * name.
	 */
	private final List<Map<String, ServicePropertySource>> sources = new ArrayList<>();

	/**
	 * Names that match no service, as written, each with the first property under it.
	 */
	private final Map<String, ConfigurationProperty> unknownNames = new LinkedHashMap<>();

	/**
	 * Keys of services that mean nothing.
	 */
	private final Map<ServiceKey, ConfigurationProperty> unknownKeys = new LinkedHashMap<>();

	/**
	 * What is under {@code supervisor} beside the services.
	 */
	private final Map<ConfigurationPropertyName, ConfigurationProperty> others = new LinkedHashMap<>();

	/**
	 * Read the properties.
	 * @param environment where they are
	 * @param names the names of the services that there are
	 */
	ServiceProperties(Environment environment, Collection<String> names) {
		this.environment = environment;
		Set<String> canonical = new HashSet<>();
		for (String name : names) {
			canonical.add(ServiceDefinition.canonicalName(name));
		}
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			Map<String, ServicePropertySource> services = new HashMap<>();
			if (source instanceof IterableConfigurationPropertySource iterable) {
				for (ConfigurationPropertyName name : iterable) {
					if (ROOT.isAncestorOf(name)) {
						read(iterable, name, canonical, services);
					}
				}
			}
			else if (source.containsDescendantOf(PREFIX) != ConfigurationPropertyState.ABSENT) {
				canonical.forEach((name) -> ask(source, name, services));
			}
			this.sources.add(services);
		}
	}

	/**
	 * A source that cannot list what it has.
	 */
	private void ask(ConfigurationPropertySource source, String service, Map<String, ServicePropertySource> services) {
		for (String key : KEYS.values()) {
			ConfigurationPropertyName name = bindingName(service).append(key);
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				services.computeIfAbsent(service, (any) -> new ServicePropertySource()).add(name, property);
			}
		}
	}

	private void read(ConfigurationPropertySource source, ConfigurationPropertyName name, Set<String> names,
			Map<String, ServicePropertySource> services) {
		ConfigurationProperty property = source.getConfigurationProperty(name);
		if (property == null) {
			return;
		}
		if (!PREFIX.isAncestorOf(name)) {
			this.others.putIfAbsent(name, property);
			return;
		}
		int first = PREFIX.getNumberOfElements();
		int end = name.getNumberOfElements();
		String index = (name.isLastElementIndexed() && end - first > 2) ? "[" + name.getLastElement(Form.ORIGINAL) + "]"
				: "";
		if (!index.isEmpty()) {
			end--;
		}
		int endOfName = first + 1;
		int endOfKnown = 0;
		for (int i = first + 1; i <= end; i++) {
			String key = (i < end) ? key(join(name, i, end)) : null;
			String service = ServiceDefinition.canonicalName(join(name, first, i));
			boolean known = names.contains(service);
			if (key != null && known) {
				services.computeIfAbsent(service, (any) -> new ServicePropertySource())
					.add(bindingName(service).append(key + index), property);
				return;
			}
			endOfName = (key != null && endOfName == first + 1) ? i : endOfName;
			endOfKnown = known ? i : endOfKnown;
		}
		if (endOfKnown == 0) {
			this.unknownNames.putIfAbsent(join(name, first, endOfName), property);
		}
		else if (endOfKnown < end || !String.valueOf(property.getValue()).isEmpty()) {
			this.unknownKeys.putIfAbsent(
					new ServiceKey(join(name, first, endOfKnown), join(name, endOfKnown, name.getNumberOfElements())),
					property);
		}
	}

	/**
	 * The key that is written in this way, if there is one.
	 */
	static @Nullable String key(String spelling) {
		return KEYS.get(ServiceDefinition.canonicalName(spelling));
	}

	/**
	 * Whether a property is one of ours.
	 * @param name its name in any spelling
	 */
	static boolean isOurs(String name) {
		return ROOT.isAncestorOf(ConfigurationPropertyName.adapt(name, '.'));
	}

	/**
	 * Whether a property is a part of the policy of services.
	 * @param name its name in any spelling
	 */
	static boolean isOfPolicy(String name) {
		ConfigurationPropertyName property = ConfigurationPropertyName.adapt(name, '.');
		String key = PREFIX.isAncestorOf(property) ? keyOfService(property) : null;
		return (key != null) ? !NOT_IN_THE_POLICY.contains(key)
				: DEFAULTS.isAncestorOf(property) && !DEFAULTS.append("start-timeout").equals(property);
	}

	/**
	 * Whether one of our properties is only read when the application starts.
	 * @param name its name in any spelling
	 */
	static boolean needsRestart(String name) {
		ConfigurationPropertyName property = ConfigurationPropertyName.adapt(name, '.');
		return !isOfPolicy(name) && (!PREFIX.isAncestorOf(property) || keyOfService(property) != null);
	}

	private static @Nullable String keyOfService(ConfigurationPropertyName name) {
		int end = name.getNumberOfElements() - (name.isLastElementIndexed() ? 1 : 0);
		for (int i = PREFIX.getNumberOfElements() + 1; i < end; i++) {
			String key = key(join(name, i, end));
			if (key != null) {
				return key;
			}
		}
		return null;
	}

	/**
	 * Whether a property is a variable of the process, where others set some as well.
	 */
	static boolean isOfEnvironment(ConfigurationProperty property) {
		ConfigurationPropertySource source = property.getSource();
		return source != null && source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
	}

	static String join(ConfigurationPropertyName name, int from, int to) {
		return IntStream.range(from, to)
			.mapToObj((i) -> name.getElement(i, Form.ORIGINAL))
			.collect(Collectors.joining("."));
	}

	private static ConfigurationPropertyName bindingName(String canonicalName) {
		return ConfigurationPropertyName.isValid(canonicalName) ? PREFIX.append(canonicalName)
				: PREFIX.append("[" + canonicalName + "]");
	}

	/**
	 * The properties of one service, or {@code null} if it has none.
	 */
	SupervisorProperties.@Nullable Service get(String name) {
		String canonical = ServiceDefinition.canonicalName(name);
		List<ConfigurationPropertySource> sources = new ArrayList<>();
		for (Map<String, ServicePropertySource> source : this.sources) {
			if (source.containsKey(canonical)) {
				sources.add(source.get(canonical));
			}
		}
		if (sources.isEmpty()) {
			return null;
		}
		Binder binder = new Binder(sources, new PropertySourcesPlaceholdersResolver(this.environment));
		return binder.bind(bindingName(canonical), TARGET).orElse(null);
	}

	/**
	 * A property of one service as it was written.
	 */
	@Nullable ConfigurationProperty find(String name, String key) {
		String canonical = ServiceDefinition.canonicalName(name);
		for (Map<String, ServicePropertySource> source : this.sources) {
			ServicePropertySource service = source.get(canonical);
			ConfigurationProperty property = (service != null)
					? service.getConfigurationProperty(bindingName(canonical).append(key)) : null;
			if (property != null) {
				return property;
			}
		}
		return null;
	}

	/**
	 * What may come after the name of a service.
	 */
	static Collection<String> keys() {
		return KEYS.values();
	}

	/**
	 * Names that match no service, as written, each with the first property under it.
	 */
	Map<String, ConfigurationProperty> unknownNames() {
		return this.unknownNames;
	}

	/**
	 * Keys of services that mean nothing.
	 */
	Map<ServiceKey, ConfigurationProperty> unknownKeys() {
		return this.unknownKeys;
	}

	/**
	 * What is under {@code supervisor} beside the services, each under its name.
	 */
	Map<ConfigurationPropertyName, ConfigurationProperty> others() {
		return this.others;
	}

	/**
	 * A key of a service.
	 *
	 * @param service the name of the service as written
	 * @param key the key as written
	 */
	record ServiceKey(String service, String key) {

	}

}
