package io.supervisor.autoconfigure;

import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Ends the start under a Spring Boot that has other packages, before the first class that
 * is not there is missed. Needs nothing of Boot but what each version has.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SpringBootVersionCheck implements ApplicationContextInitializer<ConfigurableApplicationContext> {

	private static final String TESTED = "Spring Boot 4.0 and 4.1";

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		check(SpringBootVersion.getVersion());
	}

	static void check(@Nullable String version) {
		if (version == null || version.startsWith("4.0.") || version.startsWith("4.1.")) {
			return;
		}
		if (!version.startsWith("4.")) {
			throw new InvalidSupervisorConfigurationException(
					"Supervisor works with " + TESTED + ", not with Spring Boot " + version + ".",
					"Bring the application to Spring Boot 4, or leave Supervisor's starter out.");
		}
		LogFactory.getLog(SpringBootVersionCheck.class)
			.warn("Supervisor is tested with " + TESTED + ", not with Spring Boot " + version);
	}

}
