package io.supervisor.demo;

import java.net.URI;
import java.util.Collection;
import java.util.List;

/**
 * What a page turned out to be.
 *
 * @param status the HTTP status; {@link #NO_ANSWER} if there was none
 * @param title the title; empty if this is not a page to search for
 * @param text the text; empty if this is not a page to search for
 * @param links where the page leads to
 */
record Fetched(int status, String title, String text, List<URI> links) {

	static final int OK = 200;

	static final int NO_ANSWER = 0;

	static final int FORBIDDEN = 403;

	static final int NOT_ACCEPTABLE = 406;

	Fetched {
		links = List.copyOf(links);
	}

	static Fetched nothing(int status) {
		return new Fetched(status, "", "", List.of());
	}

	Fetched withLinks(Collection<URI> links) {
		return new Fetched(this.status, this.title, this.text, List.copyOf(links));
	}

	boolean isPage() {
		return this.status >= 200 && this.status < 400;
	}

}
