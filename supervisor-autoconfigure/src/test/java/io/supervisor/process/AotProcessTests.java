package io.supervisor.process;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application whose beans were prepared when it was built. What was decided then must
 * not be what is a matter of the place where it runs.
 */
class AotProcessTests {

	@TempDir
	private static Path target;

	@BeforeAll
	static void process() throws IOException {
		List<Path> folders = List.of(target.resolve("sources"), target.resolve("classes"));
		for (Path folder : folders) {
			Files.createDirectories(folder);
		}
		try (ApplicationProcess processor = ApplicationProcess.java(ApplicationProcess.classPath(),
				SpringApplicationAotProcessor.class, SupervisedApplication.class.getName(), folders.get(0).toString(),
				folders.get(1).toString(), folders.get(1).toString(), "group", "artifact",
				"--spring.main.web-application-type=none")) {
			assertThat(processor.exitCode()).as(processor::output).isZero();
		}
		compile(folders.get(0), folders.get(1));
	}

	private static void compile(Path sources, Path classes) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter output = new StringWriter();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
				Stream<Path> paths = Files.walk(sources)) {
			List<Path> units = paths.filter((path) -> path.toString().endsWith(".java")).toList();
			List<String> options = List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp",
					classes + File.pathSeparator + ApplicationProcess.classPath());
			boolean compiled = compiler
				.getTask(output, files, null, options, null, files.getJavaFileObjectsFromPaths(units))
				.call();
			assertThat(compiled).as(output::toString).isTrue();
		}
	}

	@Test
	void serviceThatIsDisabledWhereItRunsIsNotInTheGroup() {
		try (ApplicationProcess application = start("--supervisor.services.steady.enabled=false")) {
			application.awaitStarted();
			assertThat(application.output()).contains("Starting AOT-processed")
				.contains("Supervising 1 service: crawler;");
			assertThat(application.tell("fail").exitCode()).isOne();
		}
	}

	@Test
	void groupThatIsNotToStartWhereItRunsDoesNot() {
		try (ApplicationProcess application = start("--supervisor.auto-startup=false")) {
			assertThat(application.exitCode()).isZero();
			assertThat(application.output()).contains("Starting AOT-processed")
				.contains("crawler, steady; not started by itself")
				.doesNotContain("'supervisor' is running");
		}
	}

	private static ApplicationProcess start(String... args) {
		String[] all = Stream.concat(Stream.of("--spring.main.web-application-type=none"), Stream.of(args))
			.toArray(String[]::new);
		return ApplicationProcess.java(target.resolve("classes") + File.pathSeparator + ApplicationProcess.classPath(),
				AotApplication.class, all);
	}

	/**
	 * Sets the switch, a system property, as {@code -Dspring.aot.enabled=true} does.
	 */
	static class AotApplication {

		public static void main(String[] args) {
			System.setProperty("spring.aot.enabled", "true");
			SupervisedApplication.main(args);
		}

	}

}
