package io.supervisor.autoconfigure;

import io.supervisor.Service;
import io.supervisor.ServiceContext;

import org.springframework.beans.factory.BeanFactory;

/**
 * A bean in a scope of its own, which is asked for it anew for each run.
 */
record ScopedService(BeanFactory beanFactory, String bean) implements Service {

	@Override
	public void run(ServiceContext context) throws Exception {
		service().run(context);
	}

	@Override
	public boolean announcesReadiness() {
		return service().announcesReadiness();
	}

	private Service service() {
		return this.beanFactory.getBean(this.bean, Service.class);
	}

}
