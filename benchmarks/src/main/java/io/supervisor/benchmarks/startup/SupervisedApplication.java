package io.supervisor.benchmarks.startup;

import io.supervisor.Service;

import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The same application with three services.
 */
@Configuration(proxyBeanMethods = false)
@Import(BareApplication.class)
public class SupervisedApplication {

	public static void main(String[] args) {
		SpringApplication.run(SupervisedApplication.class, args);
	}

	@Bean
	Service first() {
		return (context) -> context.awaitCancellation();
	}

	@Bean
	Service second() {
		return (context) -> context.awaitCancellation();
	}

	@Bean
	Service third() {
		return (context) -> context.awaitCancellation();
	}

}
