package io.supervisor.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.supervisor.process.Children;
import io.supervisor.process.Programs;
import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

/**
 * A real MySQL or MariaDB with its data in a directory of its own: MySQL from an archive
 * on the class path, MariaDB from the system.
 */
final class MySqlServer implements Closeable {

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private static final String MYSQL = "/mysql-Linux-amd64.tar.gz";

	private static final Pattern MISSING_LIBRARY = Pattern.compile("error while loading shared libraries: ([^:]+):");

	private final Path directory;

	private final int port;

	private final Process process;

	private MySqlServer(Path directory, String program, String... options) throws IOException {
		this.directory = directory;
		try (ServerSocket free = new ServerSocket(0)) {
			this.port = free.getLocalPort();
		}
		List<String> command = new ArrayList<>(
				List.of(program, "--no-defaults", "--datadir=" + directory.resolve("data"), "--bind-address=127.0.0.1",
						"--port=" + this.port, "--socket=" + directory.resolve("socket"),
						"--pid-file=" + directory.resolve("pid"), "--innodb-flush-log-at-trx-commit=0", user()));
		command.addAll(List.of(options));
		this.process = start(directory, command.toArray(String[]::new));
		Awaitility.await()
			.atMost(TIMEOUT)
			.failFast(() -> assertThat(this.process.isAlive()).as(this::log).isTrue())
			.ignoreExceptionsInstanceOf(IOException.class)
			.until(() -> {
				new Socket("127.0.0.1", this.port).close();
				return true;
			});
	}

	static MySqlServer mySql(Path directory) throws Exception {
		if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
			abort("NOT tested: the archive of MySQL is for Linux on amd64");
		}
		Path archive = directory.resolve("mysql.tar.gz");
		try (InputStream in = MySqlServer.class.getResourceAsStream(MYSQL)) {
			Files.copy(in, archive);
		}
		run(directory, "tar", "xzf", archive.toString(), "-C", directory.toString());
		String program = directory.resolve("bin/mysqld").toString();
		try {
			run(directory, program, "--no-defaults", "--initialize-insecure", "--basedir=" + directory,
					"--datadir=" + directory.resolve("data"), user());
		}
		catch (AssertionError ex) {
			Matcher library = MISSING_LIBRARY.matcher(read(directory));
			if (library.find()) {
				throw Programs.missing("library '" + library.group(1) + "', which MySQL needs,", "libaio1 libnuma1");
			}
			throw ex;
		}
		return new MySqlServer(directory, program);
	}

	/**
	 * Without grants, which would need tables that a program of another package makes.
	 */
	static MySqlServer mariaDb(Path directory) throws IOException {
		Path program = Programs.require("mariadb-server-core", "mariadbd");
		Files.createDirectory(directory.resolve("data"));
		return new MySqlServer(directory, program.toString(), "--skip-grant-tables");
	}

	/**
	 * It runs as whoever runs the test, even as root.
	 */
	private static String user() {
		return "--user=" + System.getProperty("user.name");
	}

	private static void run(Path directory, String... command) throws IOException, InterruptedException {
		Process process = start(directory, command);
		assertThat(process.waitFor()).as(() -> read(directory)).isZero();
	}

	private static Process start(Path directory, String... command) throws IOException {
		return Children.start(new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile())));
	}

	private String log() {
		return read(this.directory);
	}

	private static String read(Path directory) {
		try {
			return Files.readString(directory.resolve("log"));
		}
		catch (IOException ex) {
			return "there is no log: " + ex;
		}
	}

	int port() {
		return this.port;
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		this.process.onExit().join();
	}

}
