package io.supervisor.demo;

import java.net.URI;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link UrlFilter}.
 */
class UrlFilterTests {

	private static final URI SEED = URI.create("https://docs.example.org/start");

	@Test
	void hostOfSeed() {
		UrlFilter filter = UrlFilter.of(List.of(SEED), List.of());
		assertThat(filter.admits(URI.create("https://docs.example.org/other"))).isTrue();
		assertThat(filter.admits(URI.create("http://docs.example.org/"))).isTrue();
	}

	@Test
	void noOtherHostAndNoOtherPort() {
		UrlFilter filter = UrlFilter.of(List.of(SEED), List.of());
		assertThat(filter.admits(URI.create("https://example.org/"))).isFalse();
		assertThat(filter.admits(URI.create("https://docs.example.org:8443/"))).isFalse();
		assertThat(filter.admits(URI.create("https://docs.example.org.evil.example/"))).isFalse();
	}

	@Test
	void allowedHost() {
		UrlFilter filter = UrlFilter.of(List.of(SEED), List.of("Blog.example.org", "localhost:9000"));
		assertThat(filter.admits(URI.create("https://blog.example.org/"))).isTrue();
		assertThat(filter.admits(URI.create("http://localhost:9000/"))).isTrue();
	}

	@Test
	void bundledSiteOnlyIfItIsTheSeed() {
		assertThat(UrlFilter.of(List.of(SEED), List.of()).admits(BundledSite.START)).isFalse();
		assertThat(UrlFilter.of(List.of(BundledSite.START), List.of()).admits(BundledSite.START)).isTrue();
	}

	@Test
	void filterKeepsOrderAndDropsDuplicates() {
		URI other = URI.create("https://docs.example.org/other");
		UrlFilter filter = UrlFilter.of(List.of(SEED), List.of());
		assertThat(filter.filter(List.of(other, URI.create("https://example.org/"), SEED, other)))
			.containsExactly(other, SEED);
	}

}
