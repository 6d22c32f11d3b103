package io.supervisor.demo.replicas;

import java.io.IOException;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * A PostgreSQL for the profile {@code replica}, for as long as this process runs. Empty
 * each time.
 */
public final class ReplicaDatabase {

	private static final int PORT = 5433;

	private ReplicaDatabase() {
	}

	public static void main(String[] args) throws IOException, InterruptedException {
		try (EmbeddedPostgres database = EmbeddedPostgres.builder()
			.setPort(PORT)
			.setLocaleConfig("locale", "C")
			.start()) {
			System.out
				.println("PostgreSQL for the profile \"replica\": " + database.getJdbcUrl("postgres", "postgres"));
			Thread.currentThread().join();
		}
	}

}
