package io.supervisor.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.supervisor.process.SkipsAllTests;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What a {@link LeaseStore} promises, kept by {@link JdbcLeaseStore} in one database.
 */
@ExtendWith(SkipsAllTests.class)
abstract class JdbcLeaseStoreTests {

	private static final Duration LONG = Duration.ofHours(1);

	/**
	 * The time of the database has gone on when a statement begins.
	 */
	private static final Duration OVER = Duration.ofMillis(-1);

	private DataSource dataSource;

	private LeaseStore store;

	/**
	 * A database that is there for all tests of the class.
	 */
	abstract DataSource dataSource();

	@BeforeEach
	void createTable() {
		this.dataSource = dataSource();
		new JdbcTemplate(this.dataSource).execute("DROP TABLE IF EXISTS " + JdbcLeaseStore.DEFAULT_TABLE);
		JdbcLeaseStore store = store();
		new JdbcTemplate(this.dataSource).execute(store.ddl());
		this.store = store;
	}

	private JdbcLeaseStore store() {
		return new JdbcLeaseStore(this.dataSource, JdbcLeaseStore.DEFAULT_TABLE, Duration.ofSeconds(10));
	}

	@Test
	void onlyOneTakesALease() {
		this.store.create(List.of("a"));
		assertThat(this.store.take("one", List.of("a"), LONG)).isOne();
		assertThat(this.store.take("two", List.of("a"), LONG)).isZero();
		assertThat(this.store.held("one")).isEqualTo(Map.of("a", 1L));
		assertThat(this.store.held("two")).isEmpty();
	}

	@Test
	void ownerDoesNotTakeItsOwnAgain() {
		this.store.create(List.of("a"));
		this.store.take("one", List.of("a"), LONG);
		assertThat(this.store.take("one", List.of("a"), LONG)).isZero();
	}

	@Test
	void leaseThatIsOverIsTakenWithAGreaterToken() {
		this.store.create(List.of("a"));
		this.store.take("one", List.of("a"), OVER);
		assertThat(this.store.take("two", List.of("a"), LONG)).isOne();
		assertThat(this.store.held("two")).isEqualTo(Map.of("a", 2L));
		assertThat(this.store.renew("one", LONG)).isZero();
	}

	@Test
	void leaseThatIsOverAndWasNotTakenIsRenewed() {
		this.store.create(List.of("a"));
		this.store.take("one", List.of("a"), OVER);
		assertThat(this.store.renew("one", LONG)).isOne();
		assertThat(this.store.take("two", List.of("a"), LONG)).isZero();
	}

	@Test
	void releasedLeaseIsFree() {
		this.store.create(List.of("a"));
		this.store.take("one", List.of("a"), LONG);
		this.store.release("two", List.of("a"));
		assertThat(this.store.read(List.of("a"))).containsOnlyKeys("a");
		this.store.release("one", List.of("a"));
		assertThat(this.store.read(List.of("a"))).isEmpty();
		assertThat(this.store.take("two", List.of("a"), LONG)).isOne();
	}

	@Test
	void readSaysWhoHoldsWhatAndForHowLong() {
		this.store.create(List.of("a", "b"));
		this.store.take("one", List.of("a"), LONG);
		assertThat(this.store.read(List.of("a", "b", "c"))).containsOnlyKeys("a").hasEntrySatisfying("a", (holding) -> {
			assertThat(holding.owner()).isEqualTo("one");
			assertThat(holding.remaining()).isBetween(LONG.minusMinutes(5), LONG);
		});
	}

	@Test
	void createLeavesWhatIsThereAlone() {
		this.store.create(List.of("a"));
		this.store.take("one", List.of("a"), LONG);
		this.store.create(List.of("a", "b"));
		assertThat(this.store.held("one")).containsOnlyKeys("a");
		assertThat(this.store.take("two", List.of("a", "b"), LONG)).isOne();
	}

	@Test
	void prefixesAreTakenLiterally() {
		this.store.create(List.of("a_1#0", "a_1#1", "ab1#0", "a%#0"));
		this.store.take("one", List.of("a_1#0"), LONG);
		assertThat(this.store.free("a_1#", 10)).containsExactly("a_1#1");
		assertThat(this.store.free("a%", 10)).containsExactly("a%#0");
		assertThat(this.store.census("a_1#", "a_1#1")).isEqualTo(new LeaseStore.Census(1, 1));
		assertThat(this.store.census("a_1#", "a_1#0")).isEqualTo(new LeaseStore.Census(1, 0));
	}

	@Test
	void freeHasALimit() {
		this.store.create(List.of("a#0", "a#1", "a#2"));
		assertThat(this.store.free("a#", 2)).hasSize(2);
	}

	@Test
	void purgeRemovesWhatNobodyHolds() {
		this.store.create(List.of("a@1", "a@2", "a@3"));
		this.store.take("one", List.of("a@1"), LONG);
		this.store.take("two", List.of("a@2"), OVER);
		this.store.purge("a@");
		assertThat(this.store.free("a@", 10)).isEmpty();
		assertThat(this.store.held("one")).containsOnlyKeys("a@1");
		assertThat(this.store.held("two")).isEmpty();
	}

	@Test
	void manyNamesGoInSeveralStatements() {
		List<String> names = IntStream.range(0, 1234).mapToObj((i) -> "a#" + i).toList();
		this.store.create(names);
		assertThat(this.store.take("one", names, LONG)).isEqualTo(1234);
		assertThat(this.store.renew("one", LONG)).isEqualTo(1234);
		this.store.release("one", names);
		assertThat(this.store.held("one")).isEmpty();
	}

	@Test
	void namesThatDifferInCaseAreTwo() {
		this.store.create(List.of("app/job", "app/Job"));
		assertThat(this.store.take("one", List.of("app/Job"), LONG)).isOne();
		assertThat(this.store.take("two", List.of("app/job"), LONG)).isOne();
		assertThat(this.store.held("one")).containsOnlyKeys("app/Job");
		assertThat(this.store.free("app/", 10)).isEmpty();
	}

	/**
	 * What hangs in the middle of a statement is no reason for the others to lose their
	 * leases.
	 */
	@Test
	void replicaThatHangsInATransactionHoldsUpNobody() {
		this.store.create(List.of("a", "b", "c"));
		this.store.take("one", List.of("a"), LONG);
		this.store.take("two", List.of("b"), LONG);
		new TransactionTemplate(new JdbcTransactionManager(this.dataSource)).executeWithoutResult((status) -> {
			assertThat(new JdbcTemplate(this.dataSource)
				.update("UPDATE supervisor_lease SET token = token WHERE name = 'a'")).isOne();
			LeaseStore other = new JdbcLeaseStore(anotherConnection(), JdbcLeaseStore.DEFAULT_TABLE,
					Duration.ofSeconds(2));
			assertThat(other.renew("two", LONG)).isOne();
			assertThat(other.take("two", List.of("c"), LONG)).isOne();
			assertThat(other.held("two")).containsOnlyKeys("b", "c");
			other.release("two", List.of("c"));
			assertThat(other.read(List.of("a", "b", "c"))).containsOnlyKeys("a", "b");
		});
	}

	/**
	 * The transaction's own connection belongs to this thread.
	 */
	private DataSource anotherConnection() {
		return new DelegatingDataSource(this.dataSource);
	}

	@Test
	void manyReplicasDoNotGetInEachOthersWay() throws Exception {
		List<String> shards = IntStream.range(0, 60).mapToObj((i) -> "a#" + i).toList();
		ExecutorService executor = Executors.newFixedThreadPool(6);
		try {
			List<Future<Integer>> taken = new ArrayList<>();
			for (int i = 0; i < 6; i++) {
				String owner = "replica-" + i;
				taken.add(executor.submit(() -> liveAReplicasLife(owner, shards)));
			}
			int sum = 0;
			for (Future<Integer> count : taken) {
				sum += count.get(60, TimeUnit.SECONDS);
			}
			assertThat(sum).isEqualTo(60);
		}
		finally {
			executor.shutdownNow();
		}
	}

	private int liveAReplicasLife(String owner, List<String> shards) {
		LeaseStore store = store();
		String membership = "a@" + owner;
		for (int i = 0; i < 10; i++) {
			store.purge("a@");
			store.create(List.of(membership));
			store.create(shards);
			store.take(owner, List.of(membership), LONG);
			List<String> free = store.free("a#", 5);
			store.take(owner, free, LONG);
			store.renew(owner, LONG);
			store.census("a@", membership);
			store.release(owner, List.of(membership));
			if (i % 3 == 0) {
				store.release(owner, free);
			}
		}
		while (!store.free("a#", 1).isEmpty()) {
			store.take(owner, shards, LONG);
		}
		return store.held(owner).size();
	}

	@Test
	void nameThatIsNoneIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JdbcLeaseStore(this.dataSource, "lease; DROP TABLE x", LONG))
			.withMessageContaining("is not the name of a table");
	}

}
