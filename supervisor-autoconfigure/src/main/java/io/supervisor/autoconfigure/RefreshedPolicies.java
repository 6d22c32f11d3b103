package io.supervisor.autoconfigure;

import java.util.List;

import io.supervisor.ServiceGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.NestedExceptionUtils;

/**
 * Binds the policies of the services anew when the environment has changed. What cannot
 * be bound changes nothing.
 */
final class RefreshedPolicies implements ApplicationListener<EnvironmentChangeEvent> {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorAutoConfiguration.class);

	private final ServiceGroup group;

	private final ServiceGroupConfigurer configurer;

	RefreshedPolicies(ServiceGroup group, ServiceGroupConfigurer configurer) {
		this.group = group;
		this.configurer = configurer;
	}

	@Override
	public void onApplicationEvent(EnvironmentChangeEvent event) {
		List<String> keys = event.getKeys().stream().filter(ServiceProperties::isOurs).sorted().toList();
		try {
			List<String> services = this.configurer.rebind(this.group);
			if (!services.isEmpty()) {
				logger.info("The environment has changed{}: another policy from its next start on for {}",
						describe(keys.stream().filter(ServiceProperties::isOfPolicy).toList()),
						String.join(", ", services));
			}
		}
		catch (RuntimeException ex) {
			logger.warn("The environment has changed{}, and the policies of services stay as they are: {}",
					describe(keys), NestedExceptionUtils.getMostSpecificCause(ex).getMessage());
			return;
		}
		List<String> late = keys.stream().filter(ServiceProperties::needsRestart).toList();
		if (!late.isEmpty()) {
			logger.warn("The environment has changed{}, which has no effect until the application is started again",
					describe(late));
		}
	}

	private static String describe(List<String> keys) {
		return keys.isEmpty() ? "" : " in '" + String.join("', '", keys) + "'";
	}

}
