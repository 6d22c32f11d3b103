package io.supervisor.demo;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Fetcher}.
 */
class FetcherTests {

	private final Fetcher fetcher = new Fetcher(TestProperties.with());

	private TestSite site;

	@BeforeEach
	void startSite() throws IOException {
		this.site = new TestSite();
	}

	@AfterEach
	void stopSite() {
		this.site.close();
	}

	@Test
	void page() throws Exception {
		this.site.page("/a/", """
				<title>Apples</title><body><nav>Menu <a href="/menu">m</a></nav>
				<main>An <b>apple</b> a day<script>ignored()</script>
				<a href="b?c=d#e">b</a> <a href="b?c=d">again</a> <a href="../up">up</a> <a href="#top">top</a>
				<a href="mailto:somebody@example.org">mail</a> <a rel="nofollow" href="/secret">s</a>
				<a href="https://example.org/">other</a></main></body>""");
		Fetched fetched = this.fetcher.fetch(this.site.url("/a/"));
		assertThat(fetched.status()).isEqualTo(200);
		assertThat(fetched.title()).isEqualTo("Apples");
		assertThat(fetched.text()).startsWith("An apple a day b again").doesNotContain("Menu", "ignored");
		assertThat(fetched.links()).containsExactly(this.site.url("/menu"), this.site.url("/a/b?c=d"),
				this.site.url("/up"), this.site.url("/a/"), URI.create("https://example.org/"));
	}

	@Test
	void redirectIsAPageWithOneLink() throws Exception {
		this.site.answer("/old", 301, "Location", "/new#part", "");
		Fetched fetched = this.fetcher.fetch(this.site.url("/old"));
		assertThat(fetched).isEqualTo(new Fetched(301, "", "", List.of(this.site.url("/new"))));
		assertThat(this.site.requests()).doesNotContain("/new");
	}

	@Test
	void missingPage() throws Exception {
		assertThat(this.fetcher.fetch(this.site.url("/missing"))).isEqualTo(Fetched.nothing(404));
	}

	@Test
	void otherThanHtml() throws Exception {
		this.site.answer("/a.zip", 200, "Content-Type", "application/zip", "PK");
		this.site.answer("/strange", 200, "Content-Type", "not a type", "?");
		assertThat(this.fetcher.fetch(this.site.url("/a.zip")).isPage()).isFalse();
		assertThat(this.fetcher.fetch(this.site.url("/strange")).isPage()).isFalse();
	}

	@Test
	void hugePageIsCutOff() throws Exception {
		this.site.page("/huge", "<body>" + "apple ".repeat(1_000_000));
		assertThat(this.fetcher.fetch(this.site.url("/huge")).text()).hasSize(200_000);
	}

	@Test
	void robotsTxtIsAskedOnceAndHeeded() throws Exception {
		this.site.answer("/robots.txt", 200, "Content-Type", "text/plain", "User-agent: *\nDisallow: /private");
		this.site.page("/a", "a");
		assertThat(this.fetcher.fetch(this.site.url("/private/a")).isPage()).isFalse();
		assertThat(this.fetcher.fetch(this.site.url("/a")).isPage()).isTrue();
		assertThat(this.site.requests()).containsExactly("/robots.txt", "/a");
	}

	@Test
	void unreachableHostIsNamed() {
		URI url = this.site.url("/a");
		this.site.close();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.fetcher.fetch(url))
			.withMessage(url.resolve("/robots.txt") + " cannot be fetched")
			.withCauseInstanceOf(ConnectException.class);
	}

	@Test
	void interruptWhileParsingDoesNotMakeAPageOfIt() {
		byte[] body = "<title>Apples</title>".getBytes(StandardCharsets.UTF_8);
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedException.class)
			.isThrownBy(() -> Fetcher.parse(this.site.url("/"), body, StandardCharsets.UTF_8));
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
	}

}
