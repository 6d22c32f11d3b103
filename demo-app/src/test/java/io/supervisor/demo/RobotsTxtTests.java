package io.supervisor.demo;

import java.net.URI;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RobotsTxt}.
 */
class RobotsTxtTests {

	@Test
	void everythingIsAllowedWithoutRules() {
		assertThat(RobotsTxt.NONE.allows(url("/a"))).isTrue();
		assertThat(RobotsTxt.parse("<html>not found</html>").allows(url("/a"))).isTrue();
		assertThat(RobotsTxt.parse("User-agent: *\nDisallow:").allows(url("/a"))).isTrue();
	}

	@Test
	void longestRuleWins() {
		RobotsTxt robots = RobotsTxt.parse("""
				# comment
				user-agent: *
				disallow: /private # here as well
				Allow: /private/open
				""");
		assertThat(robots.allows(url("/"))).isTrue();
		assertThat(robots.allows(url("/private/a"))).isFalse();
		assertThat(robots.allows(url("/private/open/a"))).isTrue();
	}

	@Test
	void onlyRulesForEveryoneCount() {
		RobotsTxt robots = RobotsTxt.parse("""
				User-agent: other
				Disallow: /
				User-agent: one
				User-agent: *
				Disallow: /a
				User-agent: another
				Disallow: /b
				""");
		assertThat(robots.allows(url("/a"))).isFalse();
		assertThat(robots.allows(url("/b"))).isTrue();
	}

	private static URI url(String path) {
		return URI.create("https://example.org" + path);
	}

}
