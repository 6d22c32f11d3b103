package io.supervisor.process;

import io.supervisor.Service;

import org.springframework.boot.ExitCodeExceptionMapper;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;

/**
 * An application with the starter. Profiles add services that misbehave.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(Console.class)
class SupervisedApplication {

	public static void main(String[] args) {
		SpringApplication.run(SupervisedApplication.class, args);
	}

	@Bean
	Service crawler(Console console) {
		return (context) -> context.interruptibly(() -> {
			console.work();
			return null;
		});
	}

	@Bean
	@Profile("!alone")
	Service steady() {
		return (context) -> {
			context.awaitCancellation();
			System.out.println("steady ends");
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
	@Profile("unready")
	Service unready() {
		return Service.announcing((context) -> {
			throw new IllegalStateException("no port");
		});
	}

	@Bean
	@Profile("deaf")
	Service deaf() {
		return (context) -> beDeaf();
	}

	private static void beDeaf() {
		while (true) {
			try {
				Thread.currentThread().join();
			}
			catch (InterruptedException ex) {
				System.out.println("deaf goes on");
			}
		}
	}

	@Bean(HostileService.NAME)
	@Profile("hostile")
	Service hostile() {
		return new HostileService();
	}

	@Bean
	@Profile("mapped")
	ExitCodeExceptionMapper mapper() {
		return (exception) -> (exception instanceof IllegalStateException) ? 42 : 0;
	}

}
