package io.supervisor.demo;

import java.util.Locale;

import org.springframework.stereotype.Component;
import org.springframework.web.util.HtmlUtils;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Writes the search page. Everything that comes from a query or from the web is escaped
 * here, except snippets, which are HTML already.
 */
@Component
class SearchPage {

	private static final String PAGE = """
			<!DOCTYPE html>
			<html lang="en">
			<head>
			<meta charset="utf-8">
			<meta name="viewport" content="width=device-width, initial-scale=1">
			<meta name="color-scheme" content="light dark">
			<title>%s</title>
			<link rel="stylesheet" href="/style.css">
			</head>
			<body>
			<header>
			<h1><a href="/">Links</a></h1>
			<form role="search" action="/">
			<label for="q">Search the crawled pages</label>
			<div class="box">
			<input id="q" name="q" type="search" value="%s" maxlength="200" autocomplete="off">
			<button>Search</button>
			</div>
			</form>
			</header>
			<main>
			%s</main>
			<footer>
			<p>%s</p>
			</footer>
			</body>
			</html>
			""";

	private static final String RESULT = """
			<li>
			<h2><a href="%s">%s</a></h2>
			<p class="url">%s</p>
			<p>%s</p>
			</li>
			""";

	private final PageStore store;

	SearchPage(PageStore store) {
		this.store = store;
	}

	String empty() {
		return page("Links", "", "");
	}

	String of(SearchResults results) {
		String main = (results.total() != 0) ? count(results) + list(results) + paging(results) : none(results);
		return page(results.query() + " – Links", results.query(), main);
	}

	String message(String message) {
		return page(message + " – Links", "", "<p>%s</p>\n".formatted(escape(message)));
	}

	private String page(String title, String query, String main) {
		Statistics statistics = this.store.statistics();
		return PAGE.formatted(escape(title), escape(query), main, String.format(Locale.ROOT,
				"%,d pages, %,d links, %,d pages ranked", statistics.pages(), statistics.links(), statistics.ranked()));
	}

	private static String none(SearchResults results) {
		return status("No page has all these words: <q>%s</q>".formatted(escape(results.query())));
	}

	private static String count(SearchResults results) {
		String count = (results.total() == 1) ? "1 result" : String.format(Locale.ROOT, "%,d results", results.total());
		return status((results.pages() > 1) ? "%s, page %s of %s".formatted(count, results.number(), results.pages())
				: count);
	}

	private static String status(String html) {
		return "<p role=\"status\">%s</p>\n".formatted(html);
	}

	private static String list(SearchResults results) {
		StringBuilder list = new StringBuilder(
				"<ol start=\"%s\">\n".formatted(SearchResults.offset(results.number()) + 1));
		for (SearchResult result : results.results()) {
			String url = escape(result.url().toString());
			String title = result.title().isBlank() ? url : escape(result.title());
			list.append(RESULT.formatted(url, title, url, result.snippet()));
		}
		return list.append("</ol>\n").toString();
	}

	private static String paging(SearchResults results) {
		StringBuilder paging = new StringBuilder("<nav aria-label=\"Pages of results\">\n");
		if (results.number() > 1) {
			paging.append(link(results, results.number() - 1, "prev", "Previous page"));
		}
		if (results.number() < results.pages()) {
			paging.append(link(results, results.number() + 1, "next", "Next page"));
		}
		return paging.append("</nav>\n").toString();
	}

	private static String link(SearchResults results, int number, String relation, String text) {
		String url = UriComponentsBuilder.fromPath("/")
			.queryParam("q", "{query}")
			.queryParam("page", number)
			.encode()
			.buildAndExpand(results.query())
			.toUriString();
		return "<a rel=\"%s\" href=\"%s\">%s</a>\n".formatted(relation, escape(url), text);
	}

	private static String escape(String text) {
		return HtmlUtils.htmlEscape(text, "UTF-8");
	}

}
