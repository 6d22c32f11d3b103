package io.supervisor.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.junit.jupiter.api.Test;

import org.springframework.boot.json.JsonParserFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an editor is told of the properties.
 */
class ConfigurationMetadataTests {

	private final Map<String, Object> metadata = read();

	@Test
	void everyPropertyIsThereAndDescribed() {
		assertThat(entries("properties")).extracting((property) -> property.get("name"))
			.contains("supervisor.auto-startup", "supervisor.phase", "supervisor.start-timeout",
					"supervisor.shutdown-timeout", "supervisor.on-group-failure", "supervisor.defaults.critical",
					"supervisor.defaults.on-completion", "supervisor.defaults.grace-period",
					"supervisor.defaults.restart.policy", "supervisor.defaults.restart.scope",
					"supervisor.defaults.restart.exclude", "supervisor.defaults.restart.delay",
					"supervisor.defaults.restart.multiplier", "supervisor.defaults.restart.max-delay",
					"supervisor.defaults.restart.max-restarts", "supervisor.defaults.restart.reset-after",
					"supervisor.services", "supervisor.metrics.max-services", "management.health.supervisor.enabled",
					"management.endpoint.supervisor.access", "management.endpoint.supervisor.cache.time-to-live",
					"management.endpoint.supervisor.show-details", "management.endpoint.supervisor.roles",
					"management.endpoint.supervisor.history-size");
		assertThat(entries("properties"))
			.allSatisfy((property) -> assertThat(property.get("description")).asString().endsWith("."));
	}

	@Test
	void nestedKeysOfServicesAreKnownByTheTypeOfTheirValues() {
		assertThat(entries("properties")).filteredOn("name", "supervisor.services")
			.singleElement()
			.satisfies((property) -> assertThat(property.get("type"))
				.isEqualTo("java.util.Map<java.lang.String,io.supervisor.autoconfigure.SupervisorProperties$Service>"));
	}

	@Test
	void hintsNameServicesAndExceptions() {
		assertThat(entries("hints")).extracting((hint) -> hint.get("name"))
			.contains("supervisor.services.keys", "supervisor.defaults.restart.exclude");
	}

	@SuppressWarnings("unchecked")
	private List<Map<String, Object>> entries(String kind) {
		return (List<Map<String, Object>>) Objects.requireNonNull(this.metadata.get(kind));
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
