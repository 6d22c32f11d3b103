package io.supervisor.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Indexer}: whatever a crash leaves behind, index and store agree after
 * the next start.
 */
class IndexerTests {

	private final FakeServiceContext context = new FakeServiceContext();

	private final TestStore store = new TestStore();

	private SearchIndex index;

	@BeforeEach
	void openIndex() throws IOException {
		this.index = new SearchIndex(new ByteBuffersDirectory());
	}

	@AfterEach
	void close() {
		this.index.close();
		this.store.close();
	}

	@Test
	void indexFollowsTheStore() throws IOException {
		this.store.add("http://example.org/a", "apple");
		catchUp();
		this.store.add("http://example.org/b", "pear");
		this.store.add("http://example.org/a", Fetched.nothing(404));
		catchUp();
		assertThat(this.index.find("apple", 10)).isEmpty();
		assertThat(this.index.find("pear", 10)).hasSize(1);
		assertThat(this.index.revision()).isEqualTo(this.store.revision());
	}

	@Test
	void indexThatIsBehindCatchesUp() throws IOException {
		this.store.add("http://example.org/a", "apple");
		catchUp();
		this.store.add("http://example.org/b", "pear");
		open();
		assertThat(this.index.find("pear", 10)).hasSize(1);
	}

	@Test
	void indexThatWasDeletedIsBuiltAnew() throws IOException {
		this.store.add("http://example.org/a", "apple");
		this.store.add("http://example.org/b", "pear");
		open();
		assertThat(this.index.size()).isEqualTo(2);
	}

	@Test
	void indexThatIsAheadIsBuiltAnew() throws IOException {
		try (TestStore lost = new TestStore()) {
			lost.add("http://example.org/a", "apple");
			lost.add("http://example.org/b", "pear");
			this.index.follow(this.store.identity());
			this.index.apply(lost.changesSince(0, 10));
		}
		this.store.add("http://example.org/a", "apple");
		open();
		assertThat(this.index.find("pear", 10)).isEmpty();
		assertThat(this.index.find("apple", 10)).hasSize(1);
		assertThat(this.index.revision()).isOne();
	}

	@Test
	void indexOfAnotherDatabaseIsBuiltAnew() throws IOException {
		try (TestStore other = new TestStore()) {
			other.add("http://example.org/a", "apple");
			other.add("http://example.org/b", "pear");
			new Indexer(other, this.index).open(this.context);
		}
		for (int i = 0; i < 5; i++) {
			this.store.add("http://example.org/" + i, "plum");
		}
		open();
		assertThat(this.index.find("pear", 10)).isEmpty();
		assertThat(this.index.find("plum", 10)).hasSize(5);
	}

	/**
	 * It was not, for as long as the crawler stored pages faster than they were indexed.
	 */
	@Test
	@Timeout(30)
	void isOpenAlthoughPagesKeepComing() throws IOException {
		this.store.add("http://example.org/first", "apple");
		AtomicInteger more = new AtomicInteger();
		FakeServiceContext busy = new FakeServiceContext() {

			@Override
			public boolean isCancelled() {
				IndexerTests.this.store.add("http://example.org/" + more.incrementAndGet(), "pear");
				return super.isCancelled();
			}

		};
		new Indexer(this.store, this.index).open(busy);
		assertThat(this.index.find("apple", 10)).hasSize(1);
	}

	@Test
	void followsAsAServiceUntilCancelled() throws Exception {
		this.store.add("http://example.org/a", "apple");
		FakeServiceContext run = new FakeServiceContext() {

			@Override
			public boolean awaitCancellation(Duration timeout) {
				IndexerTests.this.store.add("http://example.org/" + waits().size(), "pear");
				return super.awaitCancellation(timeout);
			}

		};
		new Indexer(this.store, this.index).run(run.cancelOnWait(3));
		assertThat(run.isReady()).isTrue();
		assertThat(this.index.find("apple", 10)).hasSize(1);
		assertThat(this.index.find("pear", 10)).hasSize(2);
	}

	@Test
	void nothingIsIndexedOnceCancelled() throws IOException {
		this.store.add("http://example.org/a", "apple");
		this.context.cancel();
		open();
		catchUp();
		assertThat(this.index.size()).isZero();
	}

	private void open() throws IOException {
		new Indexer(this.store, this.index).open(this.context);
	}

	private void catchUp() throws IOException {
		new Indexer(this.store, this.index).catchUp(this.context);
	}

}
