package io.supervisor.demo;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link PageStore}.
 */
class PageStoreTests {

	private static final URI A = URI.create("http://example.org/a");

	private static final URI B = URI.create("http://example.org/b");

	private static final URI C = URI.create("http://example.org/c");

	private final FakeServiceContext context = new FakeServiceContext();

	private final TestStore store = new TestStore();

	@AfterEach
	void closeStore() {
		this.store.close();
	}

	@Test
	void schemaCanBeCreatedAgain() {
		this.store.add(A.toString(), "a");
		this.store.createSchema();
		assertThat(this.store.size()).isOne();
	}

	@Test
	void frontierIsFirstInFirstOut() {
		this.store.enqueue(List.of(B, A), 0);
		assertThat(this.store.next(this.context)).hasValueSatisfying((target) -> {
			assertThat(target.url()).isEqualTo(B);
			assertThat(target.isSeed()).isTrue();
			this.store.save(target, Fetched.nothing(404), 3, this.context);
		});
		assertThat(this.store.next(this.context)).map(Target::url).contains(A);
	}

	@Test
	void knownPageIsNotAddedAgain() {
		this.store.add(A.toString(), "a");
		this.store.enqueue(List.of(A, B, B), 0);
		assertThat(this.store.frontier()).containsExactly(B.toString());
	}

	@Test
	void linksOfPageBecomeTheFrontier() {
		this.store.add(A.toString(), "a", B.toString(), C.toString());
		assertThat(this.store.frontier()).containsExactly(B.toString(), C.toString());
		assertThat(this.store.next(this.context)).map(Target::depth).contains(1);
		assertThat(this.store.links()).containsExactlyInAnyOrder(new Link(id(A), id(B)), new Link(id(A), id(C)));
	}

	@Test
	void frontierEndsAtMaximumDepth() {
		this.store.enqueue(List.of(A, C), 2);
		Target target = this.store.next(this.context).orElseThrow();
		this.store.save(target, new Fetched(Fetched.OK, "a", "a", List.of(B, C)), 2, this.context);
		assertThat(this.store.frontier()).containsExactly(C.toString());
		assertThat(this.store.links()).containsExactly(new Link(id(A), id(C)));
	}

	@Test
	void pageIsStoredAsAWholeOrNotAtAll() {
		this.store.enqueue(List.of(A), 0);
		Target target = this.store.next(this.context).orElseThrow();
		URI tooLong = URI.create("http://example.org/" + "x".repeat(2000));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(
				() -> this.store.save(target, new Fetched(Fetched.OK, "a", "a", List.of(B, tooLong)), 3, this.context));
		assertThat(this.store.size()).isZero();
		assertThat(this.store.links()).isEmpty();
		assertThat(this.store.frontier()).containsExactly(A.toString());
		assertThat(this.store.changesSince(0, 10)).isEmpty();
	}

	@Test
	void changesComeInTheirOrder() {
		long a = this.store.add(A.toString(), "a");
		long b = this.store.add(B.toString(), Fetched.nothing(404));
		this.store.add(A.toString(), "a2");
		assertThat(this.store.changesSince(0, 10)).extracting((change) -> change.page().id()).containsExactly(b, a);
		assertThat(this.store.changesSince(2, 10)).singleElement().satisfies((change) -> {
			assertThat(change.revision()).isEqualTo(this.store.revision()).isEqualTo(3);
			assertThat(change.isSearchable()).isTrue();
			assertThat(change.page()).isEqualTo(new Page(a, A, "a2", "a2"));
		});
		assertThat(this.store.changesSince(0, 1)).extracting(Change::revision).containsExactly(2L);
	}

	@Test
	void pageThatIsStoredAgainReplacesItsLinks() {
		this.store.add(A.toString(), "a", B.toString());
		this.store.add(A.toString(), "a", C.toString());
		assertThat(this.store.links()).containsExactly(new Link(id(A), id(C)));
	}

	@Test
	void oldestPageIsFetchedAgain() {
		this.store.add(A.toString(), "a", C.toString());
		this.store.add(B.toString(), "b");
		assertThat(this.store.nextOlderThan(Duration.ZERO, this.context)).map(Target::url).contains(A);
		assertThat(this.store.nextOlderThan(Duration.ofDays(1), this.context)).isEmpty();
	}

	@Test
	void eachPageIsTheWorkOfOneShard() {
		this.store.enqueue(List.of(URI.create("http://a.example.org/"), URI.create("http://b.example.org/"),
				URI.create("http://a.example.org/1"), URI.create("http://b.example.org/1")), 0);
		List<String> hosts = new ArrayList<>();
		for (int shard = 0; shard < 2; shard++) {
			FakeServiceContext crawler = new FakeServiceContext().asShard(shard, 2);
			for (Optional<Target> next = this.store.next(crawler); next.isPresent(); next = this.store.next(crawler)) {
				hosts.add(shard + " " + next.get().url().getHost());
				this.store.save(next.get(), Fetched.nothing(404), 3, crawler);
			}
			assertThat(this.store.nextOlderThan(Duration.ZERO, crawler)).isPresent();
		}
		assertThat(hosts).hasSize(4);
		assertThat(Set.copyOf(hosts)).hasSize(2);
	}

	@Test
	void runThatLostItsLeaseStoresNothing() {
		FakeServiceContext paused = new FakeServiceContext().withToken(1);
		long a = this.store.add(A.toString(), "a");
		this.store.saveRanks(Map.of(a, 0.25), paused);
		this.store.saveRanks(Map.of(a, 0.75), new FakeServiceContext().withToken(2));
		assertThatIllegalStateException().isThrownBy(() -> this.store.saveRanks(Map.of(a, 1.0), paused))
			.withMessage("A later run of 'fake' than the one with token 1 has written");
		assertThat(this.store.ranks(List.of(a))).containsExactly(Map.entry(a, 0.75));
	}

	@Test
	void ranksAreReplaced() {
		long a = this.store.add(A.toString(), "a");
		long b = this.store.add(B.toString(), "b");
		this.store.saveRanks(Map.of(a, 0.25, b, 0.75), this.context);
		this.store.saveRanks(Map.of(b, 1.0), this.context);
		assertThat(this.store.ranks(List.of(a, b))).containsExactly(Map.entry(b, 1.0));
		assertThat(this.store.ranks(List.of())).isEmpty();
	}

	@Test
	void statisticsCountWhatCanBeFound() {
		long a = this.store.add(A.toString(), "a", B.toString());
		long b = this.store.add(B.toString(), new Fetched(301, "", "", List.of(C)));
		assertThat(this.store.rankable()).containsExactlyInAnyOrder(a, b);
		this.store.saveRanks(Map.of(a, 0.5, b, 0.5), this.context);
		assertThat(this.store.statistics()).isEqualTo(new Statistics(1, 2, 1));
	}

	private long id(URI url) {
		return this.store.id(url.toString());
	}

}
