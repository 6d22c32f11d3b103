package io.supervisor.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import org.opentest4j.TestAbortedException;

/**
 * A real PostgreSQL, from an archive on the class path.
 */
public final class PostgreSql {

	/**
	 * Long, for a machine that is busy.
	 */
	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private PostgreSql() {
	}

	/**
	 * Start a server.
	 * @param data the directory of its data, which outlives it
	 * @param port the port, 0 for any
	 * @return the server
	 * @throws IOException if it does not start
	 * @throws TestAbortedException if it cannot on this machine
	 */
	public static EmbeddedPostgres start(Path data, int port) throws IOException {
		if ("root".equals(System.getProperty("user.name")) && !LinuxUtils.isUnshareAvailable()) {
			throw new TestAbortedException("NOT tested: PostgreSQL refuses to run as root, and here root cannot be "
					+ "somebody else by 'unshare -U' (let another user build, or start the container with "
					+ "--security-opt seccomp=unconfined)");
		}
		EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
			.setDataDirectory(data)
			.setCleanDataDirectory(false)
			// what the environment asks for need not be installed
			.setLocaleConfig("locale", "C")
			.setServerConfig("fsync", "off")
			.setPGStartupWait(TIMEOUT);
		EmbeddedPostgres server = ((port != 0) ? builder.setPort(port) : builder).start();
		// pg_ctl leaves it without a parent
		long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
		ProcessHandle.of(pid).ifPresent(Children::guard);
		return server;
	}

}
