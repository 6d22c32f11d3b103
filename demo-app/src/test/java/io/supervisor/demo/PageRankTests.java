package io.supervisor.demo;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PageRank}.
 */
class PageRankTests {

	@Test
	void ranksAtOnceAndThenAtTheInterval() throws Exception {
		try (TestStore store = new TestStore()) {
			store.add("http://example.org/a", "a", "http://example.org/b");
			store.add("http://example.org/b", "b");
			FakeServiceContext context = new FakeServiceContext().cancelOnWait(3);
			new PageRank(TestProperties.with("links.rank-interval=7s"), store).run(context);
			assertThat(store.statistics().ranked()).isEqualTo(2);
			assertThat(context.waits()).hasSize(3).containsOnly(Duration.ofSeconds(7));
		}
	}

}
