package io.supervisor.demo;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;

import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * The site that the demo brings along and serves itself. Its pages are stored without
 * scheme, host and port, since the next start may have another port.
 */
@Component
class BundledSite {

	static final String PATH = "/site/";

	static final URI START = URI.create(PATH + "index.html");

	private final Environment environment;

	BundledSite(Environment environment) {
		this.environment = environment;
	}

	/**
	 * Whether there is a web server that serves the site.
	 * @return {@code false} before the web server has started, and without one
	 */
	boolean isServed() {
		return base().isPresent();
	}

	/**
	 * Turn the URL under which a page is stored into the one where it can be fetched.
	 * @param url a URL as stored
	 * @return the absolute URL
	 */
	URI locate(URI url) {
		return base().map((base) -> base.resolve(url)).orElse(url);
	}

	/**
	 * Turn the URL of a page into the one under which it is stored.
	 * @param url an absolute URL
	 * @return the URL, without scheme, host and port if it belongs to the site
	 */
	URI relativize(URI url) {
		String site = locate(URI.create(PATH)).toString();
		return url.toString().startsWith(site) ? URI.create(PATH + url.toString().substring(site.length())) : url;
	}

	private Optional<URI> base() {
		return Optional.ofNullable(this.environment.getProperty("local.server.port"))
			.map((port) -> URI.create("http://" + host() + ":" + port + "/"));
	}

	private String host() {
		String address = this.environment.getProperty("server.address", "127.0.0.1");
		try {
			return InetAddress.getByName(address).isAnyLocalAddress() ? "127.0.0.1" : address;
		}
		catch (UnknownHostException ex) {
			return address;
		}
	}

}
