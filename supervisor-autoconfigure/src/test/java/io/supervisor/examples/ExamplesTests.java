package io.supervisor.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.supervisor.GroupState;
import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Each service that README and docs show runs twice, and ends when it is asked to.
 */
@Timeout(120)
class ExamplesTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final Duration NO_INTERRUPT = Duration.ofMinutes(10);

	@ParameterizedTest
	@MethodSource
	void exampleRunsTwice(Example example) throws Exception {
		example.requirements.check();
		ServiceGroup group = ServiceGroup.builder("examples")
			.defaults(ServicePolicy.builder().gracePeriod(NO_INTERRUPT).build())
			.service("example", example.service)
			.build();
		group.start();
		awaitRun(group, 1);
		group.restart("example").get(20, TimeUnit.SECONDS);
		awaitRun(group, 2);
		group.stop();
		assertThat(group.awaitTermination(TIMEOUT)).isTrue();
		assertThat(group.failure()).isEmpty();
		assertThat(group.service("example").orElseThrow().state()).isIn(ServiceState.STOPPED, ServiceState.COMPLETED);
	}

	static Stream<Example> exampleRunsTwice() {
		Adapters adapters = new Adapters();
		return Stream.of(new Example("price feed", new PriceFeed()), new Example("crawler", new Crawler()),
				new Example("tailer", adapters.tailer(new Adapters.Tailer())),
				new Example("tenant", new Tenants.TenantFeed("a")),
				new Example("Kafka consumer", new Orders(ExamplesTests::kafkaConsumer)),
				new Example("gRPC", adapters.grpc(new Adapters.PriceService()), () -> requireFree(9090)));
	}

	@Test
	void plainGroupRunsItsServices() throws InterruptedException {
		CountDownLatch runs = new CountDownLatch(2);
		Service service = (context) -> runs.countDown();
		PlainMain.start(service, service);
		assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void tenantComesAndLeavesWhenItIsDone() throws Exception {
		ServiceGroup group = ServiceGroup.builder("tenants").keepOpen(true).build();
		group.start();
		Tenants.add(group, "a").get(20, TimeUnit.SECONDS);
		assertThat(group.awaitState("tenant-a", (state) -> state == ServiceState.RUNNING, TIMEOUT)).isTrue();
		group.stop("tenant-a").get(20, TimeUnit.SECONDS);
		await().untilAsserted(() -> assertThat(group.services()).isEmpty());
		assertThat(group.snapshot().state()).isEqualTo(GroupState.RUNNING);
		group.stop();
		assertThat(group.awaitTermination(TIMEOUT)).isTrue();
	}

	private static void awaitRun(ServiceGroup group, int attempt) throws InterruptedException {
		assertThat(group.awaitState("example", (state) -> state == ServiceState.RUNNING, TIMEOUT)).isTrue();
		assertThat(group.service("example").orElseThrow().attempt()).isEqualTo(attempt);
	}

	/**
	 * A real one, with nobody on the other side.
	 */
	private static Consumer<String, String> kafkaConsumer() {
		return new KafkaConsumer<>(Map.of("bootstrap.servers", "127.0.0.1:1", "group.id", "orders"),
				new StringDeserializer(), new StringDeserializer());
	}

	private static void requireFree(int port) {
		try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByAddress(new byte[4]))) {
			assertThat(List.of(socket.getLocalPort())).containsExactly(port);
		}
		catch (IOException ex) {
			throw new TestAbortedException("NOT tested: somebody has port " + port + " on this machine", ex);
		}
	}

	private record Example(String name, Service service, Requirements requirements) {

		Example(String name, Service service) {
			this(name, service, () -> {
			});
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

	private interface Requirements {

		void check();

	}

}
