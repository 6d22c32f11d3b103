package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import io.supervisor.StepObserver;
import io.supervisor.autoconfigure.ServiceGroupFiller.Collected;
import io.supervisor.autoconfigure.SupervisorAutoConfiguration.WebApplication;
import io.supervisor.lifecycle.ServiceGroupLifecycle;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Shapes the group as the properties say, and fills it with the services of the context.
 */
final class ServiceGroupConfigurer {

	/**
	 * What a context waits for a phase where nothing is configured.
	 */
	private static final Duration DEFAULT_PHASE_TIMEOUT = Duration.ofSeconds(10);

	private final ConfigurableListableBeanFactory beanFactory;

	private final Environment environment;

	private final SupervisorProperties properties;

	private final ServicePolicies policies;

	private final UnknownProperties unknown;

	private List<ServiceDefinition> customized = List.of();

	private Collected collected = Collected.NOTHING;

	/**
	 * Policies that were bound since, some of which may not hold yet.
	 */
	private final Map<String, ServicePolicy> rebound = new ConcurrentHashMap<>();

	ServiceGroupConfigurer(ConfigurableListableBeanFactory beanFactory, Environment environment,
			SupervisorProperties properties) {
		this.beanFactory = beanFactory;
		this.environment = environment;
		this.properties = properties;
		this.policies = new ServicePolicies(environment, properties);
		this.unknown = new UnknownProperties(beanFactory);
	}

	/**
	 * Take note of what customizers have added to the group, to be added with all others.
	 */
	void customized(List<ServiceDefinition> definitions) {
		this.customized = definitions;
	}

	/**
	 * The policies of services, the defaults too, come when it is filled.
	 */
	ServiceGroup.Builder configure(ServiceGroup.Builder builder) {
		this.beanFactory.getBeanProvider(StepObserver.class).ifAvailable(builder::stepObserver);
		return builder.startTimeout(this.policies.startTimeout())
			.shutdownTimeout(this.properties.getShutdownTimeout())
			.keepOpen(this.properties.isKeepOpen());
	}

	/**
	 * Add the services of the context to the group. Creates them.
	 * @return the names of those that are left out, each with the reason
	 */
	Map<String, String> fill(ServiceGroup group) {
		ServiceGroupFiller filler = new ServiceGroupFiller(this.beanFactory, this.environment, this.policies,
				this.beanFactory.getBeanProvider(ClusterLifecycle.class), this.unknown, this.properties.isKeepOpen());
		Map<String, String> leftOut = filler.fill(group, this.customized);
		this.collected = filler.collected();
		new ShutdownTimeoutCheck(this.properties.getShutdownTimeout()).check(group);
		return leftOut;
	}

	/**
	 * Bind the policies of the services anew. Each holds from the next start of its
	 * service on.
	 * @return the names of the services that have another one
	 */
	List<String> rebind(ServiceGroup group) {
		Collected collected = this.collected;
		SupervisorProperties bound = Binder.get(this.environment)
			.bindOrCreate("supervisor", SupervisorProperties.class);
		ServicePolicies policies = new ServicePolicies(this.environment, bound);
		ServiceProperties properties = new ServiceProperties(this.environment, collected.names());
		Map<String, ServicePolicy> changed = new LinkedHashMap<>();
		for (ServiceSnapshot service : group.services()) {
			ServiceDefinition definition = service.definition();
			String name = ServicePolicies.nameInProperties(definition);
			ServicePolicy inCode = collected.policies().get(name);
			ServicePolicy latest = this.rebound.getOrDefault(definition.name(), definition.policy());
			ServicePolicy policy = (inCode != null) ? policies.of(name, inCode, properties) : latest;
			if (definition.gate() != null) {
				// the lease was taken for a run that ends in that time
				policy = policy.toBuilder().gracePeriod(latest.gracePeriod()).build();
			}
			if (!policy.equals(latest)) {
				changed.put(definition.name(), policy);
			}
		}
		this.unknown.tell(properties, collected.names(), collected.nested());
		changed.forEach(group::changePolicy);
		this.rebound.putAll(changed);
		return List.copyOf(changed.keySet());
	}

	ServiceGroupLifecycle.Settings lifecycle() {
		return new ServiceGroupLifecycle.Settings(this.properties.isAutoStartup(), this.properties.getPhase(),
				this.properties.getShutdownTimeout(), phaseTimeout(), this.properties.getOnGroupFailure(),
				this.beanFactory.getBeanProvider(WebApplication.class).getIfAvailable() != null);
	}

	private Duration phaseTimeout() {
		LifecycleProperties lifecycle = this.beanFactory.getBeanProvider(LifecycleProperties.class).getIfAvailable();
		return (lifecycle != null) ? lifecycle.getTimeoutPerShutdownPhase() : DEFAULT_PHASE_TIMEOUT;
	}

}
