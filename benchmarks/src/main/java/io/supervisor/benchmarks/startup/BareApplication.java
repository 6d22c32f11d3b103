package io.supervisor.benchmarks.startup;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;

/**
 * An application that ends as soon as it is ready.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class BareApplication {

	static final String READY = "application ready";

	public static void main(String[] args) {
		SpringApplication.run(BareApplication.class, args);
	}

	@EventListener
	void ready(ApplicationReadyEvent event) {
		System.out.println(READY);
		Runtime.getRuntime().halt(0);
	}

}
