package io.supervisor.demo;

/**
 * How much the search engine knows.
 *
 * @param pages number of pages that can be found
 * @param links number of links between pages
 * @param ranked number of pages that have a rank
 */
record Statistics(long pages, long links, long ranked) {

}
