package io.supervisor.lifecycle;

import java.util.Optional;

import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;

import org.springframework.context.ApplicationEvent;

/**
 * Published when a service went from one state to another: every transition once, in
 * order, on a thread that holds up nothing but other such events.
 */
public final class ServiceStateChangedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final ServiceState previousState;

	ServiceStateChangedEvent(ServiceState previousState, ServiceSnapshot service) {
		super(service);
		this.previousState = previousState;
	}

	/**
	 * The service in its new state.
	 * @return the snapshot
	 */
	public ServiceSnapshot getService() {
		return (ServiceSnapshot) getSource();
	}

	/**
	 * The state that the service was in.
	 * @return the state before
	 */
	public ServiceState getPreviousState() {
		return this.previousState;
	}

	/**
	 * Why the service is in its new state, as a clause.
	 * @return the reason; empty where the state says it all
	 */
	public Optional<String> getReason() {
		return getService().reason();
	}

	@Override
	public String toString() {
		return "ServiceStateChangedEvent[previousState=" + this.previousState + ", service=" + getService() + "]";
	}

}
