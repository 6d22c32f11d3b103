package io.supervisor.demo;

/**
 * A page that has the words of a query.
 *
 * @param page its number in the store
 * @param score how well its text matches
 */
record Match(long page, double score) {

}
