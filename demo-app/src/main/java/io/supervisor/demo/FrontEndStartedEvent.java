package io.supervisor.demo;

import java.net.URI;

/**
 * The front end accepts requests.
 *
 * @param address the address of the search page
 */
record FrontEndStartedEvent(URI address) {

}
