package io.supervisor.lifecycle;

import java.util.Optional;

import io.supervisor.ServiceSnapshot;

import org.springframework.context.ApplicationEvent;

/**
 * Published when a service says that it runs, but not well, gives another reason for
 * that, or says that it is well again; in order with the {@link ServiceStateChangedEvent
 * changes of its state}. Of what it says faster than that can be told only the last is.
 */
public final class ServiceDegradedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	ServiceDegradedEvent(ServiceSnapshot service) {
		super(service);
	}

	/**
	 * The service.
	 * @return the snapshot
	 */
	public ServiceSnapshot getService() {
		return (ServiceSnapshot) getSource();
	}

	/**
	 * Why the service is not well.
	 * @return the reason; empty if it is well again
	 */
	public Optional<String> getReason() {
		return getService().degraded();
	}

	@Override
	public String toString() {
		return "ServiceDegradedEvent[service=" + getService() + "]";
	}

}
