package io.supervisor.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process with a Spring Boot that the library is not made for.
 */
class OlderSpringBootTests {

	@Test
	void startUnderSpringBoot3EndsWithOneSentenceThatNamesTheVersions() throws IOException {
		try (ApplicationProcess application = ApplicationProcess.java(classPath(), BareApplication.class)) {
			assertThat(application.exitCode()).isEqualTo(1);
			assertThat(application.output()).contains("APPLICATION FAILED TO START",
					"Supervisor works with Spring Boot 4.0 and 4.1, not with Spring Boot 3.5.7.",
					"Bring the application to Spring Boot 4");
			assertThat(application.output()).doesNotContain("\tat ", "NoClassDefFoundError");
		}
	}

	/**
	 * Boot's older self and our classes, without anything of the newer one.
	 */
	private static String classPath() throws IOException {
		String ours = Arrays.stream(ApplicationProcess.classPath().split(File.pathSeparator))
			.filter((entry) -> Files.isDirectory(Path.of(entry)))
			.collect(Collectors.joining(File.pathSeparator));
		try (Stream<Path> jars = Files.list(Path.of("target/spring-boot-3"))) {
			String boot = jars.map(Path::toString).sorted().collect(Collectors.joining(File.pathSeparator));
			return ours + File.pathSeparator + boot;
		}
	}

}
