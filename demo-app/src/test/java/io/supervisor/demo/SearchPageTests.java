package io.supervisor.demo;

import java.net.URI;
import java.util.Collections;
import java.util.List;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SearchPage}.
 */
class SearchPageTests {

	private static final String EVIL = "\"><script>alert('1')</script>&amp;";

	private static final URI URL = URI.create("http://example.org/?a=b&c='d'");

	private final TestStore store = new TestStore();

	private final SearchPage page = new SearchPage(this.store);

	@AfterEach
	void closeStore() {
		this.store.close();
	}

	@Test
	void queryTitleAndUrlAreEscaped() {
		Document document = Jsoup
			.parse(this.page.of(new SearchResults(EVIL, 1, 1, List.of(new SearchResult(URL, EVIL, "snippet")))));
		assertThat(document.select("script")).isEmpty();
		assertThat(document.title()).contains(EVIL);
		assertThat(document.select("input").attr("value")).isEqualTo(EVIL);
		assertThat(document.select("h2 a").text()).isEqualTo(EVIL);
		assertThat(document.select("h2 a").attr("href")).isEqualTo(URL.toString());
		assertThat(document.select(".url").text()).isEqualTo(URL.toString());
	}

	@Test
	void queryWithoutResultsIsEscaped() {
		Document document = Jsoup.parse(this.page.of(new SearchResults(EVIL, 1, 0, List.of())));
		assertThat(document.select("script")).isEmpty();
		assertThat(document.select("main q").text()).isEqualTo(EVIL);
		assertThat(document.select("ol, nav")).isEmpty();
	}

	@Test
	void messageIsEscaped() {
		Document document = Jsoup.parse(this.page.message(EVIL));
		assertThat(document.select("script")).isEmpty();
		assertThat(document.select("main p").text()).isEqualTo(EVIL);
	}

	@Test
	void pagingKeepsTheQuery() {
		List<SearchResult> results = Collections.nCopies(10, new SearchResult(URL, "title", "snippet"));
		Document document = Jsoup.parse(this.page.of(new SearchResults("a&b=+c%", 2, 25, results)));
		assertThat(document.select("[role=status]").text()).isEqualTo("25 results, page 2 of 3");
		assertThat(document.select("ol").attr("start")).isEqualTo("11");
		assertThat(document.select("nav a[rel=prev]").attr("href")).isEqualTo("/?q=a%26b%3D%2Bc%25&page=1");
		assertThat(document.select("nav a[rel=next]").attr("href")).isEqualTo("/?q=a%26b%3D%2Bc%25&page=3");
	}

	@Test
	void noPagingBeyondTheLastPage() {
		Document document = Jsoup
			.parse(this.page.of(new SearchResults("a", 1, 1, List.of(new SearchResult(URL, "title", "snippet")))));
		assertThat(document.select("[role=status]").text()).isEqualTo("1 result");
		assertThat(document.select("nav a")).isEmpty();
	}

	@Test
	void countsAreShown() {
		this.store.add("http://example.org/a", "a", "http://example.org/b");
		assertThat(Jsoup.parse(this.page.empty()).select("footer").text())
			.isEqualTo("1 pages, 1 links, 0 pages ranked");
	}

	@Test
	void nothingIsLoadedFromElsewhere() {
		Document document = Jsoup.parse(this.page.empty());
		assertThat(document.select("link, script, img").eachAttr("href")).containsExactly("/style.css");
		assertThat(document.select("html").attr("lang")).isEqualTo("en");
		assertThat(document.select("label").attr("for")).isEqualTo(document.select("input").attr("id"));
	}

}
