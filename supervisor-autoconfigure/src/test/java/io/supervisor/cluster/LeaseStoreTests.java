package io.supervisor.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What a {@link LeaseStore} promises, kept by {@link JdbcLeaseStore}.
 */
class LeaseStoreTests {

	private static final Duration LONG = Duration.ofHours(1);

	/**
	 * The time of the database has gone on when a statement begins.
	 */
	private static final Duration OVER = Duration.ofMillis(-1);

	private JdbcDataSource dataSource;

	private LeaseStore store;

	@BeforeEach
	void createTable() {
		this.dataSource = new JdbcDataSource();
		this.dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		DatabasePopulatorUtils.execute(
				new ResourceDatabasePopulator(new ClassPathResource("schema.sql", JdbcLeaseStore.class)),
				this.dataSource);
		this.store = new JdbcLeaseStore(this.dataSource, JdbcLeaseStore.DEFAULT_TABLE, Duration.ofSeconds(10));
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
	void nameThatIsNoneIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JdbcLeaseStore(this.dataSource, "lease; DROP TABLE x", LONG))
			.withMessageContaining("is not the name of a table");
	}

}
