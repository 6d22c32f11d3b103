package io.supervisor.demo;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.supervisor.process.ApplicationProcess;
import io.supervisor.process.Children;
import io.supervisor.process.Programs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringBootVersion;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The quick start of the README, followed to the letter in a project of its own. Its
 * repository is empty but for what the build installs; the rest comes from that of the
 * build, as if that were a remote one, so that nothing is fetched from anywhere.
 */
@Tag("search")
class QuickStartTests {

	private static final String VERSION = "0.1.0-SNAPSHOT";

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	@TempDir
	Path directory;

	@Test
	void projectOfTheReadmeBuildsAndRuns() throws Exception {
		Path maven = Programs.require("maven", "mvn");
		String readme = Files.readString(ROOT.resolve("README.md"));
		String quickStart = readme.substring(readme.indexOf("## Quick start"));
		assertThat(quickStart).contains("mvn -pl supervisor-starter -am install");
		write("pom.xml", pom(block(quickStart, "xml")));
		write("src/main/java/com/example/PriceFeed.java", "package com.example;\n\n" + block(quickStart, "java"));
		write("src/main/resources/application.yml", block(quickStart, "yaml"));
		write("src/main/java/com/example/Application.java", """
				package com.example;

				import org.springframework.boot.SpringApplication;
				import org.springframework.boot.autoconfigure.SpringBootApplication;

				@SpringBootApplication
				public class Application {

					public static void main(String[] args) {
						SpringApplication.run(Application.class, args);
					}

				}
				""");
		write("settings.xml", """
				<settings>
					<mirrors>
						<mirror>
							<id>build</id>
							<mirrorOf>*</mirrorOf>
							<url>%s</url>
						</mirror>
					</mirrors>
				</settings>
				""".formatted(Path.of(System.getProperty("localRepository")).toUri()));
		install();
		Path log = this.directory.resolve("build.log");
		Process build = Children
			.start(new ProcessBuilder(maven.toString(), "-B", "-q", "-f", this.directory.resolve("pom.xml").toString(),
					"-s", this.directory.resolve("settings.xml").toString(), "-Dmaven.repo.local=" + repository(),
					"package")
				.redirectErrorStream(true)
				.redirectOutput(log.toFile()));
		assertThat(build.waitFor(10, TimeUnit.MINUTES)).isTrue();
		assertThat(build.exitValue()).as(() -> read(log)).isZero();
		try (ApplicationProcess application = ApplicationProcess.start(Map.of(),
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
						this.directory.resolve("target/quick-start-1.jar").toString()))) {
			application.awaitLog("Supervising 1 service: priceFeed (restart on failure, 5 in a row)")
				.awaitLog("'supervisor' is running");
			assertThat(application.terminate().exitCode()).isEqualTo(143);
			assertThat(application.output()).contains("'supervisor' has stopped; every thread has ended");
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * What {@code mvn install} does with what this build has packaged.
	 */
	private void install() throws IOException {
		install("supervisor", ROOT.resolve("pom.xml"));
		install("supervisor-autoconfigure", ROOT.resolve("supervisor-autoconfigure/pom.xml"));
		install("supervisor-starter", ROOT.resolve("supervisor-starter/pom.xml"));
	}

	private void install(String artifact, Path pom) throws IOException {
		Path folder = Files.createDirectories(repository().resolve("io/supervisor").resolve(artifact).resolve(VERSION));
		Files.copy(pom, folder.resolve(artifact + "-" + VERSION + ".pom"));
		String jar = artifact + "-" + VERSION + ".jar";
		if (!artifact.equals("supervisor")) {
			Files.copy(ROOT.resolve(artifact).resolve("target").resolve(jar), folder.resolve(jar));
		}
	}

	private Path repository() {
		return this.directory.resolve("repository");
	}

	private void write(String file, String text) throws IOException {
		Path path = this.directory.resolve(file.replace("/", File.separator));
		Files.createDirectories(path.getParent());
		Files.writeString(path, text);
	}

	/**
	 * The first block of the quick start in a language.
	 */
	private static String block(String text, String language) {
		Matcher matcher = Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
			.matcher(text);
		assertThat(matcher.find()).as(language).isTrue();
		return matcher.group(1);
	}

	/**
	 * A project as Boot's own generator makes it, but with the versions of the plugins
	 * that the build has, since no others can be had.
	 */
	private static String pom(String dependency) throws IOException {
		String build = Files.readString(ROOT.resolve("pom.xml"));
		StringBuilder plugins = new StringBuilder();
		for (String plugin : List.of("maven-compiler-plugin", "maven-jar-plugin", "maven-resources-plugin",
				"maven-surefire-plugin")) {
			Matcher version = Pattern.compile("<artifactId>" + plugin + "</artifactId>\\s*(<version>[^<]+</version>)")
				.matcher(build);
			assertThat(version.find()).as(plugin).isTrue();
			plugins.append("<plugin><artifactId>%s</artifactId>%s</plugin>".formatted(plugin, version.group(1)));
		}
		return """
				<project xmlns="http://maven.apache.org/POM/4.0.0">
					<modelVersion>4.0.0</modelVersion>
					<groupId>com.example</groupId>
					<artifactId>quick-start</artifactId>
					<version>1</version>
					<properties>
						<maven.compiler.release>17</maven.compiler.release>
						<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
					</properties>
					<dependencyManagement>
						<dependencies>
							<dependency>
								<groupId>org.springframework.boot</groupId>
								<artifactId>spring-boot-dependencies</artifactId>
								<version>%1$s</version>
								<type>pom</type>
								<scope>import</scope>
							</dependency>
						</dependencies>
					</dependencyManagement>
					<dependencies>%2$s</dependencies>
					<build>
						<pluginManagement>
							<plugins>%3$s</plugins>
						</pluginManagement>
						<plugins>
							<plugin>
								<groupId>org.springframework.boot</groupId>
								<artifactId>spring-boot-maven-plugin</artifactId>
								<version>%1$s</version>
								<executions><execution><goals><goal>repackage</goal></goals></execution></executions>
							</plugin>
						</plugins>
					</build>
				</project>
				""".formatted(SpringBootVersion.getVersion(), dependency, plugins);
	}

}
