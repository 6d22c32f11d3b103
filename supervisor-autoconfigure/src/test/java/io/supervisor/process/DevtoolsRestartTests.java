package io.supervisor.process;

import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process in which Boot's devtools restart the application when a file changes: each
 * time in a new class loader, while the library stays.
 */
class DevtoolsRestartTests {

	private static final int RESTARTS = 3;

	/**
	 * Those of one application at most: each begins when there is something to tell.
	 */
	private static final int LISTENERS = 4;

	@Test
	void servicesEndBeforeTheirSuccessorsBeginAndLeaveNothingBehind(@TempDir Path directory) throws IOException {
		change(directory, 0);
		try (ApplicationProcess application = start(directory)) {
			application.awaitLog("generation 1 has started");
			for (int generation = 2; generation <= 1 + RESTARTS; generation++) {
				change(directory, generation);
				application.awaitLog("generation " + generation + " has started");
			}
			List<String> expected = new ArrayList<>();
			for (int generation = 1; generation <= RESTARTS; generation++) {
				expected.add("feed of " + generation + " begins");
				expected.add("feed of " + generation + " ends");
			}
			expected.add("feed of " + (1 + RESTARTS) + " begins");
			assertThat(application.lines()).filteredOn((line) -> line.startsWith("feed of"))
				.containsExactlyElementsOf(expected);
			List<String> threads = application.lines().stream().filter((line) -> line.startsWith("threads:")).toList();
			assertThat(threads).hasSize(1 + RESTARTS)
				.allSatisfy((line) -> assertThat(line.replace(", supervisor-listener", ""))
					.isEqualTo("threads: [supervisor, supervisor-feed]"))
				.allSatisfy((line) -> assertThat(StringUtils.countOccurrencesOf(line, "supervisor-listener"))
					.isLessThanOrEqualTo(LISTENERS));
			assertThat(application.lines()).filteredOn((line) -> line.startsWith("groups:")).containsOnly("groups: 1");
			assertThat(application.terminate().exitCode()).isEqualTo(143);
			assertThat(application.lines()).contains("feed of " + (1 + RESTARTS) + " ends");
		}
	}

	/**
	 * The trigger says that all changes have been made; by itself it is none.
	 */
	private static void change(Path directory, int times) throws IOException {
		Files.writeString(directory.resolve("changed"), "x".repeat(times));
		Files.writeString(directory.resolve(".trigger"), "x".repeat(times));
	}

	private static ApplicationProcess start(Path directory) throws IOException {
		Path devtools = Path.of("target", "devtools", "spring-boot-devtools.jar");
		assertThat(devtools).as("copied there by the build").exists();
		Path metaInf = Files.createDirectories(directory.resolve("META-INF"));
		// a library, which in this build is a folder as the application is
		Files.writeString(metaInf.resolve("spring-devtools.properties"),
				"restart.exclude.supervisor=/supervisor-autoconfigure/target/classes/");
		String classPath = String.join(File.pathSeparator, devtools.toString(), directory.toString(),
				ApplicationProcess.classPath());
		return ApplicationProcess.java(classPath, Application.class, "--spring.main.web-application-type=none",
				"--spring.devtools.restart.additional-paths=" + directory,
				"--spring.devtools.restart.trigger-file=.trigger", "--spring.devtools.restart.poll-interval=100ms",
				"--spring.devtools.restart.quiet-period=50ms", "--spring.devtools.livereload.enabled=false");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		/**
		 * Kept where a restart replaces nothing.
		 */
		private final int generation = Integer.getInteger("generation", 0) + 1;

		public static void main(String[] args) {
			SpringApplication.run(Application.class, args);
		}

		/**
		 * Announces, so that the application is not ready before it runs.
		 */
		@Bean
		Service feed() {
			System.setProperty("generation", Integer.toString(this.generation));
			return Service.announcing((context) -> {
				System.out.println("feed of " + this.generation + " begins");
				context.ready();
				try {
					context.awaitCancellation();
				}
				finally {
					System.out.println("feed of " + this.generation + " ends");
				}
			});
		}

		@EventListener(ApplicationReadyEvent.class)
		@SuppressWarnings("unchecked")
		void ready(ApplicationReadyEvent event) {
			List<WeakReference<ServiceGroup>> groups = (List<WeakReference<ServiceGroup>>) System.getProperties()
				.computeIfAbsent("groups", (key) -> new ArrayList<>());
			groups.add(new WeakReference<>(event.getApplicationContext().getBean(ServiceGroup.class)));
			System.gc();
			System.out.println("groups: " + groups.stream().filter((group) -> group.get() != null).count());
			System.out.println("threads: " + Thread.getAllStackTraces()
				.keySet()
				.stream()
				.map(Thread::getName)
				.filter((name) -> name.startsWith("supervisor"))
				.sorted()
				.toList());
			System.out.println("generation " + this.generation + " has started");
		}

	}

}
