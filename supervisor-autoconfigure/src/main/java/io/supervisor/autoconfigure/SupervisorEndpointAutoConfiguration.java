package io.supervisor.autoconfigure;

import io.supervisor.ServiceGroup;
import io.supervisor.endpoint.SupervisorEndpoint;
import io.supervisor.endpoint.SupervisorEndpointWebExtension;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * {@link AutoConfiguration Auto-configuration} for the endpoint of the service group.
 */
@AutoConfiguration(afterName = "io.supervisor.autoconfigure.SupervisorAutoConfiguration")
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(SupervisorEndpoint.class)
@ConditionalOnSingleCandidate(ServiceGroup.class)
@EnableConfigurationProperties(SupervisorEndpointProperties.class)
public final class SupervisorEndpointAutoConfiguration {

	/**
	 * Keeps the history from the start, also where beans are lazy.
	 */
	@Bean
	@Lazy(false)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	SupervisorEndpoint supervisorEndpoint(ApplicationContext context, ServiceGroup group,
			SupervisorEndpointProperties properties, ObjectProvider<EndpointAccessResolver> accessResolver) {
		InvalidSupervisorConfigurationException.throwIfNegative("management.endpoint.supervisor.history-size",
				properties.historySize());
		Access access = accessResolver.stream()
			.map((resolver) -> resolver.accessFor(EndpointId.of("supervisor"), Access.READ_ONLY))
			.findFirst()
			.orElse(Access.READ_ONLY);
		return new SupervisorEndpoint(context, group, properties.historySize(), properties.showDetails(),
				properties.roles(), access == Access.UNRESTRICTED);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	@ConditionalOnBean(SupervisorEndpoint.class)
	@ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
	SupervisorEndpointWebExtension supervisorEndpointWebExtension(SupervisorEndpoint endpoint) {
		return new SupervisorEndpointWebExtension(endpoint);
	}

}
