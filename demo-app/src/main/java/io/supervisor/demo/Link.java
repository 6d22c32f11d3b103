package io.supervisor.demo;

/**
 * A link from one page to another, by their numbers in the store.
 *
 * @param source the page that has the link
 * @param target the page that it leads to
 */
record Link(long source, long target) {

}
