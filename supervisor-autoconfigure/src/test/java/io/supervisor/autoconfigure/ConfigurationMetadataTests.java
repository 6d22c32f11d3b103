package io.supervisor.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.supervisor.lifecycle.ServiceGroupLifecycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.core.annotation.AnnotationUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an editor and the documentation say of the properties, against what is bound.
 */
class ConfigurationMetadataTests {

	private static final String SERVICE = "supervisor.services.<name>.";

	private static final String DEFAULTS = "supervisor.defaults.";

	/**
	 * Those that Boot binds by itself.
	 */
	private static final Set<String> OF_BOOT = Set.of("management.endpoint.supervisor.access",
			"management.endpoint.supervisor.cache.time-to-live", "management.health.supervisor.enabled");

	/**
	 * Defaults that are found out where the application runs.
	 */
	private static final Map<String, String> FOUND_OUT = Map.of("supervisor.cluster.name", "spring.application.name",
			"supervisor.cluster.replica", "host and process number", SERVICE + "enabled", "true", SERVICE + "cluster",
			"none");

	private final Map<String, Object> metadata = read();

	@Test
	void everythingThatIsBoundIsInTheMetadataAndNothingElse() {
		Set<String> expected = new TreeSet<>(OF_BOOT);
		Stream
			.of(SupervisorProperties.class, SupervisorClusterProperties.class, SupervisorClusterJdbcProperties.class,
					SupervisorMetricsProperties.class, SupervisorEndpointProperties.class)
			.forEach((type) -> addNames(prefix(type), type, expected));
		assertThat(properties().keySet()).isEqualTo(expected);
	}

	@Test
	void everyPropertyIsDescribedAndHasAType() {
		assertThat(properties().values()).allSatisfy((property) -> {
			assertThat(property.get("description")).asString().matches("(?s)[A-Z].*\\.");
			assertThat(property.get("type")).isNotNull();
		});
	}

	/**
	 * An editor finds the keys of a service by the type.
	 */
	@Test
	void keysOfAServiceAreThoseOfTheirTypeEachOfWhichIsUnderstood() {
		assertThat(properties().get("supervisor.services").get("type"))
			.isEqualTo("java.util.Map<java.lang.String," + SupervisorProperties.Service.class.getName() + ">");
		assertThat(ServiceProperties.keys()).containsExactlyInAnyOrderElementsOf(keysOfAService());
	}

	/**
	 * What is not among them is told to mean nothing.
	 */
	@Test
	void keysOfEachClassAreThoseOfTheMetadata() {
		Set<String> keys = new TreeSet<>();
		Stream
			.of(SupervisorProperties.class, SupervisorClusterProperties.class, SupervisorClusterJdbcProperties.class,
					SupervisorMetricsProperties.class, SupervisorEndpointProperties.class)
			.forEach((type) -> PropertyKeys.of(type).forEach((key) -> keys.add(prefix(type) + key)));
		keys.addAll(OF_BOOT);
		assertThat(keys).isEqualTo(properties().keySet());
	}

	@Test
	void defaultsAreThereForEveryKeyThatCanHaveOne() {
		Set<String> expected = keysOfAService();
		expected.removeAll(Set.of("enabled", "heartbeat-timeout", "cluster", "shards", "depends-on", "auxiliary"));
		assertThat(properties().keySet().stream().filter((name) -> name.startsWith(DEFAULTS)))
			.extracting((name) -> name.substring(DEFAULTS.length()))
			.containsExactlyInAnyOrderElementsOf(expected);
	}

	@Test
	void documentationListsEveryProperty() throws IOException {
		Set<String> expected = new TreeSet<>(properties().keySet());
		expected.removeIf((name) -> name.startsWith(DEFAULTS));
		expected.removeAll(Set.of("supervisor.services", "management.endpoint.supervisor.cache.time-to-live"));
		keysOfAService().forEach((key) -> expected.add(SERVICE + key));
		Map<String, String> documented = new TreeMap<>(documented("README.md"));
		documented.putAll(documented("docs/cluster.md"));
		assertThat(documented.remove(DEFAULTS + "*")).isNotNull();
		assertThat(documented.keySet()).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "README.md", "docs/cluster.md", "docs/endpoint.md" })
	void documentationHasTheDefaults(String file) throws IOException {
		assertThat(documented(file)).isNotEmpty().allSatisfy((name, value) -> {
			if (!name.equals(DEFAULTS + "*")) {
				assertThat(value).as(name).isEqualTo(defaultOf(name));
			}
		});
	}

	@Test
	void hintsNameServicesAndExceptions() {
		Map<String, Map<String, Object>> hints = byName("hints");
		assertThat(hints).containsOnlyKeys("supervisor.services.keys", DEFAULTS + "restart.exclude");
		assertThat(hints.get("supervisor.services.keys").get("providers")).asString()
			.contains("spring-bean-reference", "io.supervisor.Service", "any");
		assertThat(hints.get(DEFAULTS + "restart.exclude").get("providers")).asString()
			.contains("class-reference", "java.lang.Throwable");
	}

	/**
	 * An editor knows the values of an enumeration, and of nothing else.
	 */
	@Test
	void choicesAreEnumerations() {
		assertThat(Stream.of("supervisor.on-group-failure", DEFAULTS + "on-completion", DEFAULTS + "restart.policy",
				DEFAULTS + "restart.scope", "supervisor.cluster.engine", "supervisor.cluster.jdbc.initialize-schema",
				"management.endpoint.supervisor.show-details", "management.endpoint.supervisor.access"))
			.allSatisfy((name) -> assertThat(
					Class.forName(Objects.requireNonNull(properties().get(name)).get("type").toString()).isEnum())
				.as(name)
				.isTrue());
	}

	private static Set<String> keysOfAService() {
		Set<String> keys = new TreeSet<>();
		addNames("", SupervisorProperties.Service.class, keys);
		return keys;
	}

	private static String prefix(Class<?> type) {
		ConfigurationProperties annotation = AnnotationUtils.getAnnotation(type, ConfigurationProperties.class);
		return Objects.requireNonNull(annotation).value() + ".";
	}

	private static void addNames(String prefix, Class<?> type, Set<String> names) {
		for (Field field : type.getDeclaredFields()) {
			String name = prefix + DataObjectPropertyName.toDashedForm(field.getName());
			if (field.getType().isRecord()) {
				addNames(name + ".", field.getType(), names);
			}
			else if (!Modifier.isStatic(field.getModifiers())) {
				names.add(name);
			}
		}
	}

	/**
	 * The default as the documentation is to write it.
	 */
	private String defaultOf(String name) {
		String foundOut = FOUND_OUT.get(name);
		if (foundOut != null) {
			return foundOut;
		}
		if (name.equals("supervisor.phase")) {
			assertThat(ServiceGroupLifecycle.DEFAULT_PHASE).isEqualTo(Integer.MAX_VALUE - 100);
			return "Integer.MAX_VALUE - 100";
		}
		Map<String, Object> property = properties()
			.get(name.startsWith(SERVICE) ? DEFAULTS + name.substring(SERVICE.length()) : name);
		Object value = (property != null) ? property.get("defaultValue") : null;
		if (value != null && Double.class.getName().equals(Objects.requireNonNull(property).get("type"))) {
			return Double.valueOf(value.toString()).toString();
		}
		return (value != null) ? value.toString().toLowerCase(Locale.ROOT).replace("read_only", "read-only") : "";
	}

	/**
	 * The properties that a file has in a table, each with its default.
	 */
	private static Map<String, String> documented(String file) throws IOException {
		Map<String, String> documented = new LinkedHashMap<>();
		Pattern row = Pattern.compile("\\| `((?:supervisor|management)\\.[^`]+)` \\| *`?([^|`]*?)`? *\\|.*");
		for (String line : Files.readAllLines(root().resolve(file))) {
			Matcher matcher = row.matcher(line);
			if (matcher.matches()) {
				assertThat(documented.put(matcher.group(1), matcher.group(2))).as(line).isNull();
			}
		}
		return documented;
	}

	private static Path root() {
		Path module = Path.of("").toAbsolutePath();
		return Files.exists(module.resolve("README.md")) ? module : module.getParent();
	}

	private Map<String, Map<String, Object>> properties() {
		return byName("properties");
	}

	@SuppressWarnings("unchecked")
	private Map<String, Map<String, Object>> byName(String kind) {
		Map<String, Map<String, Object>> entries = new TreeMap<>();
		for (Map<String, Object> entry : (List<Map<String, Object>>) Objects.requireNonNull(this.metadata.get(kind))) {
			assertThat(entries.put(entry.get("name").toString(), entry)).as(entry.toString()).isNull();
		}
		return entries;
	}

	private static Map<String, Object> read() {
		String name = "/META-INF/spring-configuration-metadata.json";
		try (InputStream json = SupervisorProperties.class.getResourceAsStream(name)) {
			assertThat(json).isNotNull();
			return JsonParserFactory.getJsonParser().parseMap(new String(json.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
