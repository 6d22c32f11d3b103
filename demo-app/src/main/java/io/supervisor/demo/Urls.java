package io.supervisor.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Brings URLs into the one form in which they are compared and stored.
 */
final class Urls {

	/**
	 * Keeps an entry of the unique index below what PostgreSQL allows.
	 */
	private static final int MAX_LENGTH = 2000;

	private static final Set<String> SCHEMES = Set.of("http", "https");

	private Urls() {
	}

	/**
	 * Parse the absolute URL of a page: without fragment, dot segments and default port.
	 * @param url the URL as written in a link
	 * @return the URL, or empty if it is none that a crawler can follow
	 */
	static Optional<URI> parse(String url) {
		try {
			URI uri = new URI(url.strip()).normalize();
			if (uri.getScheme() == null || uri.getHost() == null || !SCHEMES.contains(lowerCase(uri.getScheme()))
					|| uri.getUserInfo() != null) {
				return Optional.empty();
			}
			String query = (uri.getRawQuery() != null) ? "?" + uri.getRawQuery() : "";
			URI result = new URI(lowerCase(uri.getScheme()) + "://" + authority(uri) + path(uri) + query);
			return (result.toString().length() <= MAX_LENGTH) ? Optional.of(result) : Optional.empty();
		}
		catch (URISyntaxException ex) {
			return Optional.empty();
		}
	}

	/**
	 * By which number the pages of the web are split: those of a host have the same. A
	 * page of the {@linkplain BundledSite bundled site}, which has no host, belongs to
	 * its directory.
	 * @param url the URL of a page
	 * @return a number from 0, any number modulo which is as good
	 */
	static int part(URI url) {
		String whole = (url.getAuthority() != null) ? url.getAuthority() : url.resolve(".").toString();
		return whole.hashCode() & Integer.MAX_VALUE;
	}

	private static String authority(URI uri) {
		String host = lowerCase(uri.getHost());
		int defaultPort = "https".equals(lowerCase(uri.getScheme())) ? 443 : 80;
		return (uri.getPort() == -1 || uri.getPort() == defaultPort) ? host : host + ":" + uri.getPort();
	}

	private static String path(URI uri) {
		return uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
	}

	private static String lowerCase(String text) {
		return text.toLowerCase(Locale.ROOT);
	}

}
