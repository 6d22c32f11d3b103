package io.supervisor.demo;

import java.net.URI;

/**
 * A stored page.
 *
 * @param id its number in the store
 * @param url its URL as stored
 * @param title its title
 * @param text its text
 */
record Page(long id, URI url, String title, String text) {

}
