package io.supervisor.process;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

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
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * An application that ends, each profile in a way of its own.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class EndingApplication {

	private static final CountDownLatch STARTED = new CountDownLatch(1);

	private static final AtomicInteger STARTS = new AtomicInteger();

	public static void main(String[] args) {
		List<String> wishes = Arrays.asList(args);
		SpringApplication application = new SpringApplication(EndingApplication.class);
		if (wishes.contains("--thread")) {
			new Thread(() -> application.run(args)).start();
			return;
		}
		ConfigurableApplicationContext context = application.run(args);
		STARTED.countDown();
		if (wishes.contains("--close")) {
			context.close();
		}
		if (wishes.contains("--restart")) {
			restart(context);
		}
		System.out.println("main is over");
	}

	/**
	 * By name, since the library is only on the class path of the test that asks for it.
	 */
	private static void restart(ConfigurableApplicationContext context) {
		Object endpoint = context.getBean("restartEndpointWithoutIntegration");
		ReflectionUtils.invokeMethod(ClassUtils.getMethod(endpoint.getClass(), "restart"), endpoint);
	}

	/**
	 * Fails in the second application of its process.
	 */
	@Bean
	@Profile("second")
	Service second() {
		int start = STARTS.incrementAndGet();
		return (context) -> {
			if (start > 1) {
				throw new IllegalStateException("bang");
			}
			context.awaitCancellation();
		};
	}

	@Bean
	@Profile("failing")
	Service failing() {
		return (context) -> {
			throw new IllegalStateException("bang");
		};
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

	/**
	 * A library with a shutdown hook of its own, on which the service has its end before
	 * the context begins to close.
	 */
	@Bean
	@Profile("hooked")
	Service hooked() {
		CountDownLatch broken = new CountDownLatch(1);
		Runtime.getRuntime().addShutdownHook(new Thread(broken::countDown));
		return (context) -> {
			broken.await();
			throw new IllegalStateException("the library is closed");
		};
	}

	@EventListener
	void closed(ContextClosedEvent event) throws IOException {
		System.out.println("the context closes");
		if (event.getApplicationContext().containsBean("hooked")) {
			// when a test has seen what is in the log
			System.in.read();
		}
	}

}
