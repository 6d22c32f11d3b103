package io.supervisor.demo.failure;

import java.util.concurrent.atomic.AtomicInteger;

import io.supervisor.Service;
import io.supervisor.ServiceContext;

/**
 * A service whose runs fail after a while: the next time that the work asks its context
 * for something, it gets an exception for an answer.
 */
class FailingService implements Service {

	private final Service service;

	private final FailureProperties properties;

	private final AtomicInteger runs = new AtomicInteger();

	FailingService(Service service, FailureProperties properties) {
		this.service = service;
		this.properties = properties;
	}

	@Override
	public boolean announcesReadiness() {
		return this.service.announcesReadiness();
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		Integer times = this.properties.times();
		boolean fails = times == null || this.runs.incrementAndGet() <= times;
		this.service.run(fails ? new FailingContext(context, this.properties.after()) : context);
	}

}
