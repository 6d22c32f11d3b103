package io.supervisor.demo;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What to crawl, how politely, and where to show it.
 *
 * @param data directory of the index and of the embedded database, absolute or beginning
 * with a dot
 * @param seeds comma-separated list of the pages to start from; the bundled site if empty
 * @param allowedHosts comma-separated list of further hosts (with the port, unless it is
 * the scheme's own) that links may lead to; the hosts of the seeds are always allowed
 * @param maxDepth number of links that a page may be away from its seed
 * @param maxPages number of pages after which no new ones are fetched
 * @param delay time between two requests to the same host; if not set, one second, and
 * none for this machine
 * @param timeout time after which an answer is no longer waited for
 * @param recrawlAfter age at which a page is fetched again
 * @param rankInterval time between two computations of the ranks
 * @param frontEnd the web server of the search page
 */
@ConfigurationProperties("links")
record LinksProperties(@DefaultValue("./data") Path data, @DefaultValue List<URI> seeds,
		@DefaultValue List<String> allowedHosts, @DefaultValue("10") int maxDepth, @DefaultValue("5000") int maxPages,
		@Nullable Duration delay, @DefaultValue("10s") Duration timeout, @DefaultValue("1d") Duration recrawlAfter,
		@DefaultValue("10s") Duration rankInterval, @DefaultValue FrontEndProperties frontEnd) {

	LinksProperties {
		for (URI seed : seeds) {
			check(Urls.parse(seed.toString()).isPresent(), "links.seeds", seed,
					"an absolute http or https URL such as https://docs.example.org/");
		}
		check(maxDepth >= 0, "links.max-depth", maxDepth, "0 or more");
		check(maxPages > 0, "links.max-pages", maxPages, "1 or more");
		check(delay == null || !delay.isNegative(), "links.delay", delay, "zero or longer");
		check(isPositive(timeout), "links.timeout", timeout, "longer than zero");
		check(isPositive(recrawlAfter), "links.recrawl-after", recrawlAfter, "longer than zero");
		check(isPositive(rankInterval), "links.rank-interval", rankInterval, "longer than zero");
	}

	private static boolean isPositive(Duration duration) {
		return !duration.isNegative() && !duration.isZero();
	}

	private static void check(boolean valid, String name, @Nullable Object value, String expected) {
		if (!valid) {
			throw new IllegalArgumentException("'%s' must be %s, but is '%s'".formatted(name, expected, value));
		}
	}

	/**
	 * The web server of the search page.
	 *
	 * @param address network address to bind to
	 * @param port port to bind to; 0 for any free one
	 */
	record FrontEndProperties(@DefaultValue("127.0.0.1") InetAddress address, @DefaultValue("8081") int port) {

		FrontEndProperties {
			check(port >= 0 && port <= 65535, "links.front-end.port", port, "between 0 and 65535");
		}

	}

}
