package io.supervisor.demo;

import java.io.IOException;
import java.net.URI;
import java.util.List;

import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SearchIndex}.
 */
class SearchIndexTests {

	private SearchIndex index;

	@BeforeEach
	void openIndex() throws IOException {
		this.index = new SearchIndex(new ByteBuffersDirectory());
	}

	@AfterEach
	void closeIndex() {
		this.index.close();
	}

	@Test
	void newIndexIsEmpty() throws IOException {
		assertThat(this.index.size()).isZero();
		assertThat(this.index.revision()).isZero();
		assertThat(this.index.find("anything", 10)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lifecycle processor", "LifecycleProcessor", "lifecycleprocessor", "processors lifecycle",
			"\"lifecycle processor\"", "DefaultLifecycleProcessor", "life*" })
	void nameIsFoundByItsWords(String query) throws IOException {
		this.index.apply(
				List.of(change(1, "DefaultLifecycleProcessor in org.example.LifecycleProcessor, or LifecycleProcessor"),
						change(2, "Something else")));
		assertThat(this.index.find(query, 10)).extracting(Match::page).containsExactly(1L);
	}

	@Test
	void allWordsAreNeeded() throws IOException {
		this.index.apply(List.of(change(1, "red apple"), change(2, "green apple")));
		assertThat(this.index.find("apple", 10)).hasSize(2);
		assertThat(this.index.find("red apple", 10)).extracting(Match::page).containsExactly(1L);
		assertThat(this.index.find("apple -red", 10)).extracting(Match::page).containsExactly(2L);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\"", "(((", "+", "-", "a~2", "\\", "field:value", "???" })
	void noQueryIsAnError(String query) throws IOException {
		this.index.apply(List.of(change(1, "apple")));
		assertThat(this.index.find(query, 10)).isEmpty();
	}

	@Test
	void titleCountsMoreThanText() throws IOException {
		this.index.apply(List.of(change(1, new Page(1, url(1), "Pears", "apple")),
				change(2, new Page(2, url(2), "Apple", "pears"))));
		assertThat(this.index.find("apple", 10)).extracting(Match::page).containsExactly(2L, 1L);
	}

	@Test
	void pageThatChangedReplacesItself() throws IOException {
		this.index.apply(List.of(change(1, "apple")));
		this.index.apply(List.of(change(2, new Page(1, url(1), "pear", "pear"))));
		assertThat(this.index.size()).isOne();
		assertThat(this.index.revision()).isEqualTo(2);
		assertThat(this.index.find("apple", 10)).isEmpty();
	}

	@Test
	void pageThatIsGoneIsForgotten() throws IOException {
		this.index.apply(List.of(change(1, "apple")));
		this.index.apply(List.of(new Change(2, 404, new Page(1, url(1), "", ""))));
		assertThat(this.index.size()).isZero();
		assertThat(this.index.revision()).isEqualTo(2);
	}

	@Test
	void followStartsAnew() throws IOException {
		this.index.follow("one");
		this.index.apply(List.of(change(1, "apple")));
		assertThat(this.index.store()).isEqualTo("one");
		this.index.follow("two");
		assertThat(this.index.store()).isEqualTo("two");
		assertThat(this.index.size()).isZero();
		assertThat(this.index.revision()).isZero();
	}

	private static Change change(long id, String text) {
		return change(id, new Page(id, url(id), text, text));
	}

	private static Change change(long revision, Page page) {
		return new Change(revision, Fetched.OK, page);
	}

	private static URI url(long id) {
		return URI.create("http://example.org/" + id);
	}

}
