package io.supervisor.demo;

import java.net.URI;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Decides which pages belong to the crawl: those on the hosts of the seeds and on the
 * hosts that were allowed.
 *
 * @param hosts the hosts, with the port unless it is the scheme's own; the
 * {@linkplain BundledSite bundled site} has none and stands as the empty string
 */
record UrlFilter(Set<String> hosts) {

	UrlFilter {
		hosts = Set.copyOf(hosts);
	}

	static UrlFilter of(Collection<URI> seeds, Collection<String> allowedHosts) {
		Set<String> hosts = new HashSet<>();
		seeds.forEach((seed) -> hosts.add(host(seed)));
		allowedHosts.forEach((host) -> hosts.add(host.toLowerCase(Locale.ROOT)));
		return new UrlFilter(hosts);
	}

	boolean admits(URI url) {
		return this.hosts.contains(host(url));
	}

	List<URI> filter(Collection<URI> urls) {
		return urls.stream().filter(this::admits).distinct().toList();
	}

	private static String host(URI url) {
		return (url.getAuthority() != null) ? url.getAuthority() : "";
	}

}
