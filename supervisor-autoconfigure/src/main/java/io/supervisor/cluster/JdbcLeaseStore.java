package io.supervisor.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Leases in a table of the application's database, with the database's own clock:
 * milliseconds since 1970 in a plain number, so that no time zone has a say.
 */
public final class JdbcLeaseStore implements LeaseStore {

	/**
	 * The table, unless another one is given.
	 */
	public static final String DEFAULT_TABLE = "supervisor_lease";

	/**
	 * How many names one statement has at most.
	 */
	private static final int CHUNK = 500;

	/**
	 * How often a statement is made that meets a deadlock.
	 */
	private static final int TRIES = 5;

	private final JdbcTemplate jdbc;

	private final PlatformTransactionManager transactionManager;

	private final String table;

	private @Nullable Dialect dialect;

	/**
	 * A store in a database.
	 * @param dataSource the database
	 * @param table the name of the table, with its schema if need be
	 * @param timeout how long a statement may take, to the second; a driver that keeps to
	 * it hangs no longer
	 * @throws IllegalArgumentException if the table's name is none
	 */
	public JdbcLeaseStore(DataSource dataSource, String table, Duration timeout) {
		if (!table.matches("[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*){0,2}")) {
			throw new IllegalArgumentException("'" + table + "' is not the name of a table");
		}
		this.jdbc = new JdbcTemplate(dataSource);
		this.jdbc.setQueryTimeout((int) Math.max(1, timeout.toSeconds()));
		this.transactionManager = new JdbcTransactionManager(dataSource);
		this.table = table;
	}

	/**
	 * The statement that creates the table, for this database.
	 * @return the statement
	 */
	public String ddl() {
		try (InputStream script = Objects.requireNonNull(JdbcLeaseStore.class.getResourceAsStream(dialect().schema))) {
			return new String(script.readAllBytes(), StandardCharsets.UTF_8).replace(DEFAULT_TABLE, this.table);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Asked for late, since the database may not be there yet when the application
	 * starts.
	 */
	private Dialect dialect() {
		if (this.dialect == null) {
			this.dialect = Dialect.of(String.valueOf(this.jdbc.execute(
					(ConnectionCallback<String>) (connection) -> connection.getMetaData().getDatabaseProductName())));
		}
		return this.dialect;
	}

	/**
	 * The expression for the present.
	 */
	private String now() {
		return dialect().now;
	}

	@Override
	public void create(Collection<String> names) {
		Set<String> missing = new HashSet<>(names);
		chunks(names, (chunk) -> {
			missing.removeAll(
					this.jdbc.queryForList("SELECT name FROM %s WHERE name IN (%s)".formatted(this.table, marks(chunk)),
							String.class, chunk.toArray()));
			return 0;
		});
		for (String name : missing) {
			try {
				update("INSERT INTO %s (name, token, expires_at) VALUES (?, 0, 0)".formatted(this.table), name);
			}
			catch (DuplicateKeyException ex) {
				// another replica was faster: its row is as good
			}
		}
	}

	@Override
	public int take(String owner, Collection<String> names, Duration timeToLive) {
		return chunks(names, (chunk) -> {
			List<Object> arguments = new ArrayList<>(List.of(owner, timeToLive.toMillis()));
			arguments.addAll(chunk);
			return update(
					"UPDATE %s SET owner = ?, token = token + 1, expires_at = %s + ? WHERE name IN (%s) AND (owner IS NULL OR expires_at < %s)"
						.formatted(this.table, now(), marks(chunk), now()),
					arguments.toArray());
		});
	}

	@Override
	public int renew(String owner, Duration timeToLive) {
		return update("UPDATE %s SET expires_at = %s + ? WHERE owner = ?".formatted(this.table, now()),
				timeToLive.toMillis(), owner);
	}

	@Override
	public Map<String, Long> held(String owner) {
		Map<String, Long> held = new HashMap<>();
		this.jdbc.query("SELECT name, token FROM %s WHERE owner = ?".formatted(this.table), (row) -> {
			held.put(row.getString(1), row.getLong(2));
		}, owner);
		return held;
	}

	@Override
	public void release(String owner, Collection<String> names) {
		chunks(names, (chunk) -> {
			List<Object> arguments = new ArrayList<>(chunk);
			arguments.add(owner);
			return update("UPDATE %s SET owner = NULL, expires_at = 0 WHERE name IN (%s) AND owner = ?"
				.formatted(this.table, marks(chunk)), arguments.toArray());
		});
	}

	@Override
	public Map<String, Holding> read(Collection<String> names) {
		Map<String, Holding> holdings = new HashMap<>();
		chunks(names, (chunk) -> {
			this.jdbc.query(
					"SELECT name, owner, expires_at - %s FROM %s WHERE name IN (%s) AND owner IS NOT NULL AND expires_at >= %s"
						.formatted(now(), this.table, marks(chunk), now()),
					(row) -> {
						holdings.put(row.getString(1),
								new Holding(row.getString(2), Duration.ofMillis(Math.max(0, row.getLong(3)))));
					}, chunk.toArray());
			return 0;
		});
		return holdings;
	}

	@Override
	public List<String> free(String prefix, int limit) {
		return this.jdbc.queryForList(
				"SELECT name FROM %s WHERE name LIKE ? ESCAPE '!' AND (owner IS NULL OR expires_at < %s) LIMIT %s"
					.formatted(this.table, now(), limit),
				String.class, like(prefix));
	}

	@Override
	public Census census(String prefix, String name) {
		return this.jdbc.queryForObject(
				"SELECT COUNT(*), COUNT(CASE WHEN name < ? THEN 1 END) FROM %s WHERE name LIKE ? ESCAPE '!' AND owner IS NOT NULL AND expires_at >= %s"
					.formatted(this.table, now()),
				(row, number) -> new Census(row.getInt(1), row.getInt(2)), name, like(prefix));
	}

	@Override
	public void purge(String prefix) {
		update("DELETE FROM %s WHERE name LIKE ? ESCAPE '!' AND (owner IS NULL OR expires_at < %s)"
			.formatted(this.table, now()), like(prefix));
	}

	/**
	 * In a transaction of its own, for pools whose connections do not commit by
	 * themselves. One that the database gave up to end a deadlock has changed nothing, so
	 * that it can be made again.
	 */
	private int update(String sql, Object... arguments) {
		TransactionTemplate transaction = new TransactionTemplate(this.transactionManager);
		transaction.setIsolationLevel(dialect().isolation);
		for (int tries = 1;; tries++) {
			try {
				Integer count = transaction.execute((status) -> this.jdbc.update(sql, arguments));
				return (count != null) ? count : 0;
			}
			catch (PessimisticLockingFailureException ex) {
				if (tries == TRIES || !isRolledBack(ex)) {
					throw ex;
				}
			}
		}
	}

	/**
	 * Whether it is of the class of errors of SQL for a transaction that was rolled back,
	 * not that for a lock that was waited for too long.
	 */
	private static boolean isRolledBack(PessimisticLockingFailureException ex) {
		return ex.getMostSpecificCause() instanceof SQLException cause
				&& String.valueOf(cause.getSQLState()).startsWith("40");
	}

	private static int chunks(Collection<String> names, Function<List<String>, Integer> statement) {
		// one order for all replicas: rows are locked in it
		List<String> sorted = names.stream().sorted().toList();
		int sum = 0;
		for (int i = 0; i < sorted.size(); i += CHUNK) {
			sum += statement.apply(sorted.subList(i, Math.min(sorted.size(), i + CHUNK)));
		}
		return sum;
	}

	private static String marks(Collection<String> names) {
		return String.join(", ", Collections.nCopies(names.size(), "?"));
	}

	private static String like(String prefix) {
		return prefix.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%";
	}

	/**
	 * What the databases do not have in common.
	 */
	private enum Dialect {

		POSTGRESQL("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", "schema.sql",
				TransactionDefinition.ISOLATION_DEFAULT),

		/**
		 * Also MariaDB. Where reads are repeatable, it locks all rows that a statement
		 * looks at, those of other replicas too.
		 */
		MYSQL("TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000", "schema-mysql.sql",
				TransactionDefinition.ISOLATION_READ_COMMITTED),

		H2("CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)", "schema.sql",
				TransactionDefinition.ISOLATION_DEFAULT);

		/**
		 * The expression for the present.
		 */
		private final String now;

		private final String schema;

		private final int isolation;

		Dialect(String now, String schema, int isolation) {
			this.now = now;
			this.schema = schema;
			this.isolation = isolation;
		}

		static Dialect of(String product) {
			return switch (product.toLowerCase(Locale.ROOT)) {
				case "postgresql" -> POSTGRESQL;
				case "mysql", "mariadb" -> MYSQL;
				case "h2" -> H2;
				default -> throw new IllegalStateException(
						"Leases cannot be kept in '%s': supported are PostgreSQL, MySQL, MariaDB and H2"
							.formatted(product));
			};
		}

	}

}
