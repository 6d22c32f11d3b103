package io.supervisor.demo.failure;

import java.util.Arrays;

import io.supervisor.Service;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.diagnostics.FailureAnalyzedException;

/**
 * Replaces the chosen service by one that fails.
 */
class FailureSwitch implements BeanPostProcessor, BeanFactoryAware {

	private static final Logger logger = LoggerFactory.getLogger(FailureSwitch.class);

	private final FailureProperties properties;

	FailureSwitch(FailureProperties properties) {
		this.properties = properties;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		String service = this.properties.service();
		String[] services = ((ListableBeanFactory) beanFactory).getBeanNamesForType(Service.class, true, false);
		if (!Arrays.asList(services).contains(service)) {
			throw new FailureAnalyzedException("There is no service '%s' to fail.".formatted(service),
					"Set 'demo.fail.service' to one of %s.".formatted(String.join(", ", services)));
		}
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!beanName.equals(this.properties.service()) || !(bean instanceof Service service)) {
			return bean;
		}
		logger.info("Service '{}' will fail {} s after each start", beanName, this.properties.after().toSeconds());
		return new FailingService(service, this.properties);
	}

}
