package io.supervisor.process;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is in the log when a servlet container ends an application, as
 * {@code docs/logging.md} says.
 */
class WarLogTests {

	private static final String STOPPED = "'supervisor' has stopped";

	/**
	 * From {@code docs/logging.md}.
	 */
	private static final String CURE = """
			<context-param>
				<param-name>logbackDisableServletContainerInitializer</param-name>
				<param-value>true</param-value>
			</context-param>
			""";

	@TempDir
	private Path directory;

	@Test
	void stopIsLoggedWhereLogbackIsToldNotToEndWithTheWebApplication() throws IOException {
		assertThat(outputOfAWarWith(CURE)).contains(STOPPED);
		assertThat(Files.readString(Path.of("..", "docs", "logging.md"))).contains(CURE);
	}

	/**
	 * Why that is to be said.
	 */
	@Test
	void stopIsNotLoggedOtherwise() throws IOException {
		assertThat(outputOfAWarWith("")).doesNotContain(STOPPED);
	}

	private String outputOfAWarWith(String parameters) throws IOException {
		Path war = this.directory.resolve("war");
		Path webInf = Files.createDirectories(war.resolve("WEB-INF"));
		Files.writeString(webInf.resolve("web.xml"), """
				<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.1">
				""" + parameters + "</web-app>");
		String name = WarApplication.class.getName().replace('.', '/') + ".class";
		URL compiled = WarApplication.class.getClassLoader().getResource(name);
		Path target = webInf.resolve("classes").resolve(name);
		Files.createDirectories(target.getParent());
		try (InputStream in = compiled.openStream()) {
			Files.copy(in, target);
		}
		try (ApplicationProcess container = ApplicationProcess.java(classPath(), WarContainer.class,
				this.directory.toString(), war.toString())) {
			container.awaitLog("deployed").tell("end");
			assertThat(container.exitCode()).as(container::output).isZero();
			assertThat(container.output()).contains("Supervising 1 service: steady", "'supervisor' is running",
					"undeployed");
			return container.output();
		}
	}

	/**
	 * A container calls the initializers of libraries in an order of its own, and at the
	 * end their listeners in the opposite one. Here Logback's is called last, then first.
	 */
	private static String classPath() {
		String[] entries = ApplicationProcess.classPath().split(File.pathSeparator);
		return Stream
			.concat(Arrays.stream(entries).filter((entry) -> !entry.contains("logback-classic")),
					Arrays.stream(entries).filter((entry) -> entry.contains("logback-classic")))
			.collect(Collectors.joining(File.pathSeparator));
	}

}
