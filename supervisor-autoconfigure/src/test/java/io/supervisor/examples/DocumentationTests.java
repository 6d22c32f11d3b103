package io.supervisor.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Java and YAML of README and docs: each block stands in a source of the tests or of
 * the demo, which are compiled and run, and each setting starts an application.
 */
@ExtendWith(OutputCaptureExtension.class)
class DocumentationTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Pattern LAYOUT = Pattern.compile("(?<!:)//.*$|\\s+", Pattern.MULTILINE);

	private static String sources = "";

	@BeforeAll
	static void readSources() {
		sources = Stream.of("supervisor-autoconfigure/src/test/java", "demo-app/src")
			.flatMap((folder) -> files(folder, ".java"))
			.map(DocumentationTests::read)
			.map(DocumentationTests::withoutLayout)
			.collect(Collectors.joining("\n"));
	}

	@ParameterizedTest
	@MethodSource
	void javaIsThatOfASourceThatIsCompiled(Block java) {
		// in the source a class may go on
		String text = withoutLayout(java.text).replaceFirst("}+$", "");
		assertThat(sources.contains(text)).as(java.text).isTrue();
	}

	static Stream<Block> javaIsThatOfASourceThatIsCompiled() {
		return blocks("java");
	}

	@ParameterizedTest
	@MethodSource
	void settingsStartAnApplication(Block yaml, @TempDir Path directory, CapturedOutput output) throws IOException {
		Path file = Files.writeString(directory.resolve("application.yml"), yaml.text);
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.run("--spring.config.location=" + file.toUri(), "--supervisor.cluster.jdbc.initialize-schema=always")) {
			assertThat(context.getBean(ServiceGroup.class).services()).hasSizeGreaterThanOrEqualTo(2);
		}
		assertThat(output.getAll()).doesNotContain(" WARN ", " ERROR ");
	}

	static Stream<Block> settingsStartAnApplication() {
		return blocks("yaml");
	}

	@Test
	void noBlockIsOverlooked() {
		assertThat(blocks("(kotlin|groovy|properties|yml|Java|YAML)")).isEmpty();
		assertThat(blocks("java")).hasSizeGreaterThan(5);
		assertThat(blocks("yaml")).hasSizeGreaterThan(3);
	}

	private static Stream<Block> blocks(String language) {
		Pattern pattern = Pattern.compile("^```" + language + "\\R(?<text>.*?)^```$",
				Pattern.MULTILINE | Pattern.DOTALL);
		return Stream.concat(Stream.of(ROOT.resolve("README.md")), files("docs", ".md"))
			.flatMap((file) -> pattern.matcher(read(file))
				.results()
				.map((match) -> new Block(file.getFileName() + " at " + match.start(), match.group(1))));
	}

	private static Stream<Path> files(String folder, String extension) {
		try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
			return List.copyOf(files.filter((file) -> file.toString().endsWith(extension)).toList()).stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
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
	 * The documentation has lines of other lengths than the sources, and comments at
	 * their ends.
	 */
	private static String withoutLayout(String text) {
		return LAYOUT.matcher(text).replaceAll("");
	}

	private record Block(String name, String text) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Service priceFeed() {
			return new PriceFeed();
		}

		@Bean
		Service crawler() {
			return new Crawler();
		}

	}

}
