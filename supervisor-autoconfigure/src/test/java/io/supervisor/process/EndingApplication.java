package io.supervisor.process;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

import io.supervisor.Service;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

/**
 * An application that ends, each profile in a way of its own.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class EndingApplication {

	private static final CountDownLatch STARTED = new CountDownLatch(1);

	public static void main(String[] args) {
		ConfigurableApplicationContext context = SpringApplication.run(EndingApplication.class, args);
		STARTED.countDown();
		if (Arrays.asList(args).contains("--close")) {
			context.close();
		}
		System.out.println("main is over");
	}

	@Bean
	@Profile("deaf")
	Service deaf() {
		return (context) -> {
			while (true) {
				try {
					Thread.currentThread().join();
				}
				catch (InterruptedException ex) {
					// deaf
				}
			}
		};
	}

	@Bean
	@Profile("runner")
	CommandLineRunner runner() {
		return (args) -> {
			throw new IllegalStateException("in the runner");
		};
	}

	@Bean
	Service steady() {
		return (context) -> {
			context.awaitCancellation();
			System.out.println("steady ends");
		};
	}

	@Bean
	@Profile("closing")
	Service closing(ConfigurableApplicationContext application) {
		return (context) -> {
			STARTED.await();
			application.close();
			System.out.println("closed, interrupted: " + Thread.currentThread().isInterrupted());
		};
	}

	@Bean
	@Profile("exiting")
	Service exiting() {
		return (context) -> {
			STARTED.await();
			System.exit(3);
		};
	}

	@EventListener
	void closed(ContextClosedEvent event) {
		System.out.println("the context closes");
	}

}
