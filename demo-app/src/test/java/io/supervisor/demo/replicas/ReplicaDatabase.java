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
		try (EmbeddedPostgres database = start(PORT)) {
			System.out
				.println("PostgreSQL for the profile \"replica\": " + database.getJdbcUrl("postgres", "postgres"));
			Thread.currentThread().join();
		}
	}

	static EmbeddedPostgres start(int port) throws IOException {
		return EmbeddedPostgres.builder().setPort(port).start();
	}

}
