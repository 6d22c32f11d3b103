package io.supervisor.lifecycle;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.supervisor.GroupState;
import io.supervisor.Service;
import io.supervisor.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The example of the README for a blocking server, as gRPC's is one: such a server starts
 * once in its life, and a service runs again.
 */
@Timeout(60)
class ServerAsServiceTests {

	private final int port = freePort();

	@Test
	void serverThatIsMadeForEachRunRunsAgain() throws Exception {
		Service grpc = (context) -> {
			Server server = new Server(this.port).start();
			context.onCancel(server::shutdown);
			try {
				server.awaitTermination();
			}
			finally {
				server.shutdownNow();
			}
		};
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("grpc", grpc)).start()) {
			hosted.awaitReady();
			hosted.group().restart("grpc").get();
			awaitAttempt(hosted, 2);
			// as the context of a test that waits for its next one
			hosted.context().pause();
			assertThat(hosted.group().snapshot().state()).isEqualTo(GroupState.STOPPED);
			hosted.context().restart();
			hosted.awaitReady();
			awaitAttempt(hosted, 3);
		}
	}

	/**
	 * What the example was.
	 */
	@Test
	void serverThatIsOneBeanFailsInItsSecondRun() throws Exception {
		Server server = new Server(this.port);
		Service grpc = (context) -> {
			server.start();
			context.onCancel(server::shutdown);
			server.awaitTermination();
		};
		try (HostedGroup hosted = new HostedGroup((group) -> group.service("grpc", grpc)).start()) {
			hosted.awaitReady();
			hosted.context().pause();
			hosted.context().restart();
			hosted.awaitTermination();
			assertThat(hosted.group().failure().orElseThrow()).hasMessageContaining("Already started");
		}
	}

	private static void awaitAttempt(HostedGroup hosted, int attempt) throws InterruptedException {
		assertThat(hosted.group().awaitState("grpc", ServiceState.RUNNING::equals, Duration.ofSeconds(30))).isTrue();
		assertThat(hosted.group().service("grpc").orElseThrow().attempt()).isEqualTo(attempt);
		assertThat(hosted.group().snapshot().failed()).isFalse();
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Behaves as {@code io.grpc.Server}.
	 */
	private static final class Server {

		private final int port;

		private final CountDownLatch terminated = new CountDownLatch(1);

		private ServerSocket socket;

		Server(int port) {
			this.port = port;
		}

		synchronized Server start() throws IOException {
			if (this.socket != null) {
				throw new IllegalStateException("Already started");
			}
			this.socket = new ServerSocket(this.port, 1, InetAddress.getLoopbackAddress());
			return this;
		}

		synchronized void shutdown() {
			try {
				this.socket.close();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
			this.terminated.countDown();
		}

		void shutdownNow() {
			shutdown();
		}

		void awaitTermination() throws InterruptedException {
			this.terminated.await();
		}

	}

}
