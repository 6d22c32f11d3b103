package io.supervisor.examples;

import java.util.List;

import io.supervisor.ServiceState;
import io.supervisor.lifecycle.ServiceStateChangedEvent;

import org.springframework.context.event.EventListener;

class Alerts {

	private final Pager pager;

	Alerts(Pager pager) {
		this.pager = pager;
	}

	@EventListener
	void alert(ServiceStateChangedEvent event) {
		if (event.getService().state() == ServiceState.STUCK) {
			this.pager.call(event.getService().name(), event.getService().stack());
		}
	}

	interface Pager {

		void call(String service, List<StackTraceElement> stack);

	}

}
