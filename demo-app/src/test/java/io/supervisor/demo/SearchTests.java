package io.supervisor.demo;

import java.io.IOException;
import java.util.Map;

import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Search}.
 */
class SearchTests {

	private final FakeServiceContext context = new FakeServiceContext();

	private final TestStore store = new TestStore();

	private SearchIndex index;

	private Search search;

	@BeforeEach
	void openIndex() throws IOException {
		this.index = new SearchIndex(new ByteBuffersDirectory());
		this.search = new Search(this.index, this.store,
				new BundledSite(new MockEnvironment().withProperty("local.server.port", "1234")));
	}

	@AfterEach
	void close() {
		this.index.close();
		this.store.close();
	}

	@Test
	void rankDecidesBetweenEqualTexts() throws IOException {
		long a = this.store.add("http://example.org/a", "apple");
		long b = this.store.add("http://example.org/b", "apple");
		index();
		this.store.saveRanks(Map.of(a, 0.3, b, 0.7), this.context);
		assertThat(this.search.find("apple", 1).results()).extracting((result) -> result.url().getPath())
			.containsExactly("/b", "/a");
		this.store.saveRanks(Map.of(a, 0.7, b, 0.3), this.context);
		assertThat(this.search.find("apple", 1).results()).extracting((result) -> result.url().getPath())
			.containsExactly("/a", "/b");
	}

	@Test
	void textDecidesBeforeTheRank() {
		assertThat(Search.score(20, 1)).isGreaterThan(Search.score(10, 100));
		assertThat(Search.score(10, 100)).isGreaterThan(Search.score(10, 1)).isGreaterThan(Search.score(10, 0));
	}

	@Test
	void resultHasTitleUrlAndMarkedSnippet() throws IOException {
		this.store.add("/site/a.html", "An <b>apple</b> a day & a pear");
		index();
		assertThat(this.search.find("apples", 1).results()).singleElement().satisfies((result) -> {
			assertThat(result.title()).isEqualTo("An <b>apple</b> a day & a pear");
			assertThat(result.url()).hasToString("http://127.0.0.1:1234/site/a.html");
			assertThat(result.snippet()).contains("<mark>apple</mark>")
				.contains("&lt;b&gt;")
				.contains("day &amp; a pear")
				.doesNotContain("<b>");
		});
	}

	@Test
	void resultsComeInPages() throws IOException {
		for (int i = 0; i < 25; i++) {
			this.store.add("http://example.org/" + i, "apple");
		}
		index();
		assertThat(this.search.find("apple", 1).results()).hasSize(10);
		SearchResults last = this.search.find("apple", 3);
		assertThat(last.results()).hasSize(5);
		assertThat(last.total()).isEqualTo(25);
		assertThat(last.pages()).isEqualTo(3);
		assertThat(this.search.find("apple", 99)).isEqualTo(last);
	}

	@Test
	void nothingFound() throws IOException {
		assertThat(this.search.find("apple", 7)).satisfies((results) -> {
			assertThat(results.total()).isZero();
			assertThat(results.number()).isOne();
			assertThat(results.results()).isEmpty();
		});
	}

	private void index() throws IOException {
		new Indexer(this.store, this.index).catchUp(new FakeServiceContext());
	}

}
