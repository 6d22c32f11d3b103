package io.supervisor.demo;

import java.net.URI;

import org.junit.jupiter.api.Test;

import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BundledSite}.
 */
class BundledSiteTests {

	private final MockEnvironment environment = new MockEnvironment();

	private final BundledSite site = new BundledSite(this.environment);

	@Test
	void notServedWithoutWebServer() {
		assertThat(this.site.isServed()).isFalse();
		assertThat(this.site.locate(BundledSite.START)).isEqualTo(BundledSite.START);
	}

	@Test
	void locateUsesThePortOfThisStart() {
		this.environment.setProperty("local.server.port", "49152");
		assertThat(this.site.isServed()).isTrue();
		assertThat(this.site.locate(BundledSite.START)).isEqualTo(URI.create("http://127.0.0.1:49152/site/index.html"));
	}

	@Test
	void locateUsesTheAddressOfTheWebServer() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("server.address", "127.0.0.2");
		assertThat(this.site.locate(BundledSite.START)).isEqualTo(URI.create("http://127.0.0.2:8080/site/index.html"));
		this.environment.setProperty("server.address", "0.0.0.0");
		assertThat(this.site.locate(BundledSite.START)).isEqualTo(URI.create("http://127.0.0.1:8080/site/index.html"));
	}

	@Test
	void locateLeavesOtherPagesAlone() {
		this.environment.setProperty("local.server.port", "8080");
		URI other = URI.create("https://example.org/site/index.html");
		assertThat(this.site.locate(other)).isEqualTo(other);
	}

	@Test
	void relativizeIsTheWayBack() {
		this.environment.setProperty("local.server.port", "8080");
		assertThat(this.site.relativize(this.site.locate(BundledSite.START))).isEqualTo(BundledSite.START);
		assertThat(this.site.relativize(URI.create("http://127.0.0.1:8080/site/a?b=c")))
			.isEqualTo(URI.create("/site/a?b=c"));
	}

	@Test
	void relativizeLeavesTheRestOfTheApplicationAlone() {
		this.environment.setProperty("local.server.port", "8080");
		URI health = URI.create("http://127.0.0.1:8080/actuator/health");
		assertThat(this.site.relativize(health)).isEqualTo(health);
	}

}
