package io.supervisor.autoconfigure;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;

/**
 * What one source of properties has to say on one service, under the one name that the
 * properties of the service are bound at.
 */
final class ServicePropertySource implements ConfigurationPropertySource {

	private final Map<ConfigurationPropertyName, ConfigurationProperty> properties = new HashMap<>();

	/**
	 * Add a property, unless it is there in another spelling.
	 * @param name the name to bind it at
	 * @param property the property as written, which is what an error is to show
	 */
	void add(ConfigurationPropertyName name, ConfigurationProperty property) {
		this.properties.putIfAbsent(name, property);
	}

	@Override
	public @Nullable ConfigurationProperty getConfigurationProperty(ConfigurationPropertyName name) {
		return this.properties.get(name);
	}

	@Override
	public ConfigurationPropertyState containsDescendantOf(ConfigurationPropertyName name) {
		return this.properties.keySet().stream().anyMatch(name::isAncestorOf) ? ConfigurationPropertyState.PRESENT
				: ConfigurationPropertyState.ABSENT;
	}

}
