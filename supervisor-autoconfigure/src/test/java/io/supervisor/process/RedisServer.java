package io.supervisor.process;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;

import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A real Redis without persistence, if there is one on this machine.
 */
final class RedisServer implements Closeable {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private final Path program = Programs.require("redis-server", "redis-server");

	private final Path directory;

	private final int port;

	private Process process;

	RedisServer(Path directory) {
		this.directory = directory;
		try (ServerSocket free = new ServerSocket(0)) {
			this.port = free.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start();
	}

	private void start() {
		try {
			this.process = Children.start(new ProcessBuilder(this.program.toString(), "--bind", "127.0.0.1", "--port",
					Integer.toString(this.port), "--save", "", "--appendonly", "no", "--dir", this.directory.toString())
				.redirectErrorStream(true)
				.redirectOutput(this.directory.resolve("redis.log").toFile()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Awaitility.await().atMost(TIMEOUT).ignoreExceptionsInstanceOf(JedisException.class).until(() -> {
			try (Jedis jedis = connect()) {
				return "PONG".equals(jedis.ping());
			}
		});
	}

	int port() {
		return this.port;
	}

	Jedis connect() {
		return new Jedis(InetAddress.getLoopbackAddress().getHostAddress(), this.port);
	}

	/**
	 * It comes back empty.
	 */
	void restart() {
		close();
		start();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		this.process.onExit().join();
	}

}
