package io.supervisor.autoconfigure;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * The bean of the service group cannot be replaced, and a bean that happens to have its
 * name must not be taken for it.
 */
final class ServiceGroupNameCheck implements BeanFactoryPostProcessor {

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		String name = SupervisorAutoConfiguration.GROUP_BEAN_NAME;
		// with generated code, this was checked when that was generated
		if (AotDetector.useGeneratedArtifacts() || !beanFactory.containsBeanDefinition(name)) {
			return;
		}
		BeanDefinition definition = beanFactory.getBeanDefinition(name);
		if (!SupervisorAutoConfiguration.class.getName().equals(definition.getFactoryBeanName())) {
			String origin = definition.getResourceDescription();
			throw new InvalidSupervisorConfigurationException(
					"The bean '%s'%s has the name of the group that all services are in, which cannot be replaced."
						.formatted(name, (origin != null) ? ", defined in " + origin + "," : ""),
					"Rename the bean. Another group is a service of that group, and the group itself is shaped by properties and by beans of type ServiceGroupBuilderCustomizer.");
		}
	}

}
