package io.supervisor.demo;

import java.net.URI;

/**
 * A page in the answer to a query.
 *
 * @param url where to find it
 * @param title its title
 * @param snippet a piece of its text as HTML, with the words of the query marked
 */
record SearchResult(URI url, String title, String snippet) {

}
