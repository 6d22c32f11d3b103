package io.supervisor.demo;

import java.util.List;

/**
 * One page of the answer to a query.
 *
 * @param query the query
 * @param number the number of this page of the answer, from 1
 * @param total the number of results on all pages
 * @param results the results on this page, best first
 */
record SearchResults(String query, int number, int total, List<SearchResult> results) {

	static final int PAGE_SIZE = 10;

	SearchResults {
		results = List.copyOf(results);
	}

	int pages() {
		return pages(this.total);
	}

	static int pages(int total) {
		return (total + PAGE_SIZE - 1) / PAGE_SIZE;
	}

	static int offset(int number) {
		return (number - 1) * PAGE_SIZE;
	}

}
