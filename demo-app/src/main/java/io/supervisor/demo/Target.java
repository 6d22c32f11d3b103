package io.supervisor.demo;

import java.net.URI;

/**
 * A page to fetch.
 *
 * @param id its number in the store
 * @param url its URL as stored
 * @param depth the number of links that it is away from its seed
 */
record Target(long id, URI url, int depth) {

	boolean isSeed() {
		return this.depth == 0;
	}

}
