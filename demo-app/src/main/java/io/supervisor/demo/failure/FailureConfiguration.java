package io.supervisor.demo.failure;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Throws the switch if {@code demo.fail.service} is set.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("demo.fail.service")
class FailureConfiguration {

	@Bean
	static FailureSwitch failureSwitch(Environment environment) {
		return new FailureSwitch(Binder.get(environment).bind("demo.fail", FailureProperties.class).get());
	}

}
