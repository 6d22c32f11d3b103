package io.supervisor.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.BindException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LinksProperties}.
 */
class LinksPropertiesTests {

	@Test
	void defaults() {
		LinksProperties properties = TestProperties.with();
		assertThat(properties.data()).isEqualTo(Path.of("data"));
		assertThat(properties.seeds()).isEmpty();
		assertThat(properties.allowedHosts()).isEmpty();
		assertThat(properties.delay()).isNull();
		assertThat(properties.rankInterval()).isEqualTo(Duration.ofSeconds(10));
		assertThat(properties.frontEnd().address().isLoopbackAddress()).isTrue();
		assertThat(properties.frontEnd().port()).isEqualTo(8081);
	}

	@Test
	void seeds() {
		LinksProperties properties = TestProperties.with("links.seeds=https://example.org,http://example.com/a");
		assertThat(properties.seeds()).containsExactly(URI.create("https://example.org"),
				URI.create("http://example.com/a"));
	}

	@ParameterizedTest
	@CsvSource({ "links.seeds, example.org, http", "links.seeds, ftp://example.org/, http",
			"links.max-depth, -1, 0 or more", "links.max-pages, 0, 1 or more", "links.delay, -1s, zero or longer",
			"links.timeout, 0s, longer than zero", "links.recrawl-after, -1d, longer than zero",
			"links.rank-interval, 0, longer than zero", "links.front-end.port, 65536, between 0 and 65535" })
	void errorNamesPropertyValueAndCure(String name, String value, String cure) {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> TestProperties.with(name + "=" + value))
			.havingRootCause()
			.isInstanceOf(IllegalArgumentException.class)
			.withMessageContaining("'" + name + "'")
			.withMessageContaining(cure);
	}

}
