package io.supervisor.demo;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.springframework.stereotype.Component;

/**
 * Answers queries: what matches comes from the index, how important it is from the store.
 */
@Component
class Search {

	private static final int MAX_RESULTS = 1000;

	private final SearchIndex index;

	private final PageStore store;

	private final BundledSite site;

	Search(SearchIndex index, PageStore store, BundledSite site) {
		this.index = index;
		this.store = store;
		this.site = site;
	}

	/**
	 * Answer a query.
	 * @param query the query
	 * @param number the page of the answer, from 1
	 * @return that page, or the last one if there are fewer
	 * @throws IOException if the index cannot be read
	 */
	SearchResults find(String query, int number) throws IOException {
		List<Match> matches = rank(this.index.find(query, MAX_RESULTS));
		int existing = Math.max(1, Math.min(number, SearchResults.pages(matches.size())));
		List<Long> ids = matches.stream()
			.skip(SearchResults.offset(existing))
			.limit(SearchResults.PAGE_SIZE)
			.map(Match::page)
			.toList();
		Map<Long, Page> pages = this.store.pages(ids);
		Snippets snippets = new Snippets(this.index.parse(query));
		List<SearchResult> results = ids.stream()
			.map(pages::get)
			.filter(Objects::nonNull)
			.map((page) -> new SearchResult(this.site.locate(page.url()), page.title(), snippets.of(page.text())))
			.toList();
		return new SearchResults(query, existing, matches.size(), results);
	}

	private List<Match> rank(List<Match> matches) {
		Map<Long, Double> ranks = this.store.ranks(matches.stream().map(Match::page).toList());
		long ranked = this.store.statistics().ranked();
		return matches.stream()
			.map((match) -> new Match(match.page(),
					score(match.score(), ranks.getOrDefault(match.page(), 0.0) * ranked)))
			.sorted(Comparator.comparingDouble(Match::score).reversed())
			.toList();
	}

	/**
	 * Combine text and rank. The words decide first: between pages that match about
	 * equally well the rank does, and it grows slowly, since the pages that everybody
	 * links to are mostly lists.
	 * @param text how well the text matches
	 * @param importance the rank in terms of the average rank
	 * @return the score
	 */
	static double score(double text, double importance) {
		return text * (1 + Math.log1p(importance) / 10);
	}

}
