package io.supervisor.autoconfigure;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.util.StringUtils;

/**
 * The keys of properties, as the classes have them that they are bound to.
 */
final class PropertyKeys {

	private PropertyKeys() {
	}

	/**
	 * The keys that a class is bound from, with those of the records in it.
	 * @param type a record, or a class with setters
	 * @return the keys in their canonical form, such as {@code restart.max-delay}
	 */
	static List<String> of(Class<?> type) {
		List<String> keys = new ArrayList<>();
		add("", type, keys);
		return keys;
	}

	private static void add(String prefix, Class<?> type, List<String> keys) {
		properties(type).forEach((name, propertyType) -> {
			String key = prefix + DataObjectPropertyName.toDashedForm(name);
			if (propertyType.isRecord()) {
				add(key + ".", propertyType, keys);
			}
			else {
				keys.add(key);
			}
		});
	}

	/**
	 * By what a native image knows of each class that is bound.
	 */
	private static Map<String, Class<?>> properties(Class<?> type) {
		Map<String, Class<?>> properties = new TreeMap<>();
		if (type.isRecord()) {
			for (Parameter parameter : type.getDeclaredConstructors()[0].getParameters()) {
				properties.put(parameter.getName(), parameter.getType());
			}
			return properties;
		}
		for (Method method : type.getDeclaredMethods()) {
			if (method.getName().startsWith("set") && method.getParameterCount() == 1) {
				properties.put(StringUtils.uncapitalize(method.getName().substring(3)), method.getParameterTypes()[0]);
			}
		}
		return properties;
	}

}
