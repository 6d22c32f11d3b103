package io.supervisor.demo;

import java.net.URI;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Urls}.
 */
class UrlsTests {

	@Test
	void pagesOfAHostBelongTogether() {
		assertThat(part("http://example.org/a")).isEqualTo(part("http://example.org/b/c"))
			.isNotEqualTo(part("http://example.com/a"));
	}

	@Test
	void pagesOfTheBundledSiteBelongToTheirDirectory() {
		assertThat(part("/site/a/b.html")).isEqualTo(part("/site/a/c.html?d"))
			.isNotEqualTo(part("/site/b/b.html"))
			.isNotNegative();
	}

	private static int part(String url) {
		return Urls.part(URI.create(url));
	}

	@ParameterizedTest
	@CsvSource({ "https://example.org, https://example.org/", "HTTP://Example.ORG:80/A, http://example.org/A",
			"https://example.org:443/a, https://example.org/a", "http://example.org:8080/, http://example.org:8080/",
			"http://example.org/a/../b/./c, http://example.org/b/c", "http://example.org/a#part, http://example.org/a",
			"http://example.org/a?b=c&d=%20#e, http://example.org/a?b=c&d=%20" })
	void oneFormForEachPage(String url, URI expected) {
		assertThat(Urls.parse(url)).contains(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "#top", "/relative", "mailto:somebody@example.org", "javascript:alert(1)",
			"ftp://example.org/", "file:///etc/hosts", "http://", "http://user:secret@example.org/",
			"http://example.org/{id}", "//example.org/" })
	void nothingThatCannotBeFollowed(String url) {
		assertThat(Urls.parse(url)).isEmpty();
	}

	@Test
	void nothingThatIsTooLong() {
		assertThat(Urls.parse("http://example.org/" + "a".repeat(2000))).isEmpty();
	}

}
