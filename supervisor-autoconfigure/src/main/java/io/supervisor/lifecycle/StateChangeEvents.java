package io.supervisor.lifecycle;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroupListener;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Publishes the transitions of the group as events of the application context, while that
 * is active: a context that closes has beans that are gone already.
 */
final class StateChangeEvents implements ServiceGroupListener {

	private final ConfigurableApplicationContext context;

	StateChangeEvents(ConfigurableApplicationContext context) {
		this.context = context;
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
		publish(new ServiceStateChangedEvent(from, service));
	}

	@Override
	public void serviceDegraded(ServiceSnapshot service) {
		publish(new ServiceDegradedEvent(service));
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot group) {
		publish(new ServiceGroupStateChangedEvent(from, group));
	}

	private void publish(ApplicationEvent event) {
		if (this.context.isActive()) {
			this.context.publishEvent(event);
		}
	}

}
