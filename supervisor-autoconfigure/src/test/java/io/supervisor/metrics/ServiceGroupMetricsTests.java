package io.supervisor.metrics;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.supervisor.GroupState;
import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

class ServiceGroupMetricsTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final Scripted scripted = new Scripted();

	private @Nullable ServiceGroup group;

	@AfterEach
	void stop() throws InterruptedException {
		if (this.group != null) {
			this.group.stop();
			assertThat(this.group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		}
	}

	@Test
	void countsServicesByState() throws Exception {
		start(ServiceGroup.builder("test").service("feed", this.scripted).service("once", (context) -> {
		}));
		await().untilAsserted(() -> {
			assertThat(services("running")).isOne();
			assertThat(services("completed")).isOne();
			assertThat(services("failed")).isZero();
		});
	}

	@Test
	void tellsWhetherAServiceIsUpAndForHowLong() throws Exception {
		ServiceGroup group = start(ServiceGroup.builder("test").service("feed", this.scripted));
		assertThat(gauge("supervisor.service.up", "feed")).isOne();
		await().untilAsserted(() -> assertThat(gauge("supervisor.service.uptime", "feed")).isPositive());
		group.stop("feed").get();
		assertThat(gauge("supervisor.service.up", "feed")).isZero();
		assertThat(gauge("supervisor.service.uptime", "feed")).isZero();
	}

	@Test
	void countsFailuresByExceptionAndRestarts() throws Exception {
		start(ServiceGroup.builder("test").service(restarting("feed")));
		this.scripted.fail(new IOException("gone"));
		await().untilAsserted(() -> assertThat(restarts("feed")).isOne());
		this.scripted.fail(new IOException("gone again"));
		await().untilAsserted(() -> assertThat(restarts("feed")).isEqualTo(2));
		this.scripted.fail(new IllegalStateException("odd") {
		});
		await().untilAsserted(() -> assertThat(restarts("feed")).isEqualTo(3));
		await().untilAsserted(() -> {
			assertThat(failures("feed", "IOException")).isEqualTo(2);
			assertThat(failures("feed", "IllegalStateException")).isOne();
		});
	}

	@Test
	void completionWithARestartIsNoFailure() throws Exception {
		start(ServiceGroup.builder("test").service(restarting("feed")));
		this.scripted.fail(new IOException("gone"));
		await().untilAsserted(() -> assertThat(restarts("feed")).isOne());
		this.scripted.complete();
		await().untilAsserted(() -> assertThat(restarts("feed")).isEqualTo(2));
		await().untilAsserted(() -> assertThat(failures("feed", "IOException")).isOne());
	}

	@Test
	void missedHeartbeatIsOneFailure() throws Exception {
		ServicePolicy policy = ServicePolicy.builder()
			.critical(false)
			.heartbeatTimeout(Duration.ofMillis(20))
			.restart(RestartPolicy.onFailure())
			.build();
		start(ServiceGroup.builder("test")
			.service(ServiceDefinition.builder("feed", this.scripted).policy(policy).build()));
		await().untilAsserted(() -> assertThat(services("backoff")).isOne());
		await().untilAsserted(() -> assertThat(failures("feed", "TimeoutException")).isOne());
	}

	@Test
	void whatAStoppedServiceThrowsIsNoFailure() throws Exception {
		Service rude = (context) -> {
			context.awaitCancellation();
			throw new IllegalStateException("while stopping");
		};
		ServiceGroup group = start(ServiceGroup.builder("test").service("rude", rude));
		group.stop("rude").get();
		await().untilAsserted(() -> assertThat(timers("supervisor.service.stop.duration", "rude")).isOne());
		assertThat(this.registry.find("supervisor.service.failures").counters()).isEmpty();
	}

	@Test
	void timesStartAndStop() throws Exception {
		Service slow = Service.announcing((context) -> {
			context.ready();
			context.awaitCancellation();
		});
		ServiceGroup group = start(ServiceGroup.builder("test").service("slow", slow));
		await().untilAsserted(() -> assertThat(timers("supervisor.service.start.duration", "slow")).isOne());
		group.restart("slow").get();
		await().untilAsserted(() -> {
			assertThat(timers("supervisor.service.start.duration", "slow")).isEqualTo(2);
			assertThat(timers("supervisor.service.stop.duration", "slow")).isOne();
		});
	}

	@Test
	void namesServicesOfNestedGroupsByTheirPath() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service(restarting("feed")).build();
		start(ServiceGroup.builder("test").service("links", inner));
		assertThat(gauge("supervisor.service.up", "links")).isOne();
		assertThat(gauge("supervisor.service.up", "links/feed")).isOne();
		assertThat(services("running")).isEqualTo(2);
		this.scripted.fail(new IOException("gone"));
		await().untilAsserted(() -> assertThat(failures("links/feed", "IOException")).isOne());
	}

	@Test
	void followsServicesThatComeAndGo() throws Exception {
		ServiceGroup group = start(ServiceGroup.builder("test").service("feed", this.scripted));
		group.add(ServiceDefinition.of("late", ServiceContext::awaitCancellation)).get();
		await().untilAsserted(() -> assertThat(gauge("supervisor.service.up", "late")).isOne());
		await().untilAsserted(() -> assertThat(timers("supervisor.service.start.duration", "late")).isOne());
		group.remove("late").get();
		await().untilAsserted(() -> assertThat(services("running")).isOne());
		await().untilAsserted(() -> assertThat(this.registry.getMeters())
			.noneMatch((meter) -> "late".equals(meter.getId().getTag("service"))));
	}

	@Test
	void forgetsAGroupThatWasRemoved() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("feed", this.scripted).build();
		ServiceGroup group = start(ServiceGroup.builder("test").service("links", inner));
		group.remove("links").get();
		await().untilAsserted(() -> assertThat(services("running")).isZero());
		assertThat(this.registry.find("supervisor.service.up").gauges()).isEmpty();
		inner.start();
		try {
			assertThat(inner.awaitReady(Duration.ofSeconds(10))).isTrue();
			assertThat(services("running")).isZero();
			assertThat(this.registry.find("supervisor.service.up").gauges()).isEmpty();
		}
		finally {
			inner.stop();
			assertThat(inner.awaitTermination(Duration.ofSeconds(10))).isTrue();
		}
	}

	/**
	 * Each time left a listener with a thread of its own.
	 */
	@Test
	void leavesNoListenerWithAGroupThatWasRemoved() throws Exception {
		ServiceGroup nested = ServiceGroup.builder("nested").service("a", ServiceContext::awaitCancellation).build();
		ServiceGroup group = start(ServiceGroup.builder("test").service("feed", this.scripted));
		for (int i = 0; i < 20; i++) {
			group.add(ServiceDefinition.builder("tenant" + i, nested).build()).get();
			await().until(() -> nested.snapshot().state() == GroupState.RUNNING);
			String added = "tenant" + i + "/a";
			await().until(() -> this.registry.find("supervisor.service.up").tag("service", added).gauge() != null);
			group.remove("tenant" + i).get();
			await().until(() -> nested.snapshot().state() == GroupState.STOPPED);
			services("running");
		}
		long before = listenerThreads();
		nested.start();
		assertThat(nested.awaitReady(Duration.ofSeconds(10))).isTrue();
		assertThat(listenerThreads() - before).as("besides the log's").isLessThanOrEqualTo(2);
		nested.stop();
		assertThat(nested.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	private static long listenerThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("supervisor-listener"))
			.count();
	}

	@Test
	void keepsNothingOfGroupsThatWentOrOfTheirMeters() throws Exception {
		ServiceGroup group = start(ServiceGroup.builder("test").service("feed", this.scripted));
		services("running");
		int meters = this.registry.getMeters().size();
		List<WeakReference<ServiceGroup>> gone = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			ServiceGroup nested = ServiceGroup.builder("nested" + i)
				.service("a", ServiceContext::awaitCancellation)
				.build();
			gone.add(new WeakReference<>(nested));
			group.add(ServiceDefinition.builder("tenant" + i, nested).build()).get();
			await().until(() -> services("running") == 3);
			group.remove("tenant" + i).get();
			await().until(() -> services("running") == 1);
		}
		await().untilAsserted(() -> assertThat(this.registry.getMeters()).hasSize(meters));
		await().untilAsserted(() -> {
			System.gc();
			assertThat(gone).filteredOn((reference) -> reference.get() != null).hasSizeLessThanOrEqualTo(1);
		});
	}

	@Test
	void knowsServicesThatWereAddedBeforeTheStart() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").build();
		new ServiceGroupMetrics(group).bindTo(this.registry);
		group.add(ServiceDefinition.of("feed", this.scripted)).get();
		assertThat(services("new")).isOne();
		assertThat(gauge("supervisor.service.up", "feed")).isZero();
	}

	@Test
	void servicesBeyondTheLimitHaveNoMeters() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test")
			.service("a", this.scripted)
			.service("b", ServiceContext::awaitCancellation)
			.build();
		new ServiceGroupMetrics(group, 1).bindTo(this.registry);
		assertThat(this.registry.find("supervisor.service.up").gauges()).hasSize(1);
		assertThat(services("new")).isEqualTo(2);
		group.remove("a").get();
		await().untilAsserted(() -> assertThat(services("new")).isOne());
		assertThat(gauge("supervisor.service.up", "b")).isZero();
	}

	@Test
	void noneHasMetersWhenTheLimitIsZero() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("feed", this.scripted).build();
		ServiceGroup group = ServiceGroup.builder("test").service("links", inner).build();
		new ServiceGroupMetrics(group, 0).bindTo(this.registry);
		assertThat(services("new")).isEqualTo(2);
		assertThat(this.registry.getMeters()).extracting((meter) -> meter.getId().getName())
			.containsOnly("supervisor.services");
	}

	@Test
	void exceptionsBeyondTheLimitAreOther() throws Exception {
		ServiceMeters meters = new ServiceMeters(this.registry, "feed", ServiceGroup.builder("test").build(), "feed");
		for (int i = 0; i < 2 * ServiceMeters.MAX_EXCEPTIONS; i++) {
			meters.failures("Exception" + i).increment();
		}
		assertThat(this.registry.find("supervisor.service.failures").counters())
			.hasSize(ServiceMeters.MAX_EXCEPTIONS + 1);
		assertThat(failures("feed", "other")).isEqualTo(ServiceMeters.MAX_EXCEPTIONS);
	}

	@Test
	void everyMeterIsDescribed() throws Exception {
		start(ServiceGroup.builder("test").service(restarting("feed")));
		this.scripted.fail(new IOException("gone"));
		await().untilAsserted(() -> assertThat(failures("feed", "IOException")).isOne());
		assertThat(this.registry.getMeters()).hasSize(10 + 7)
			.allSatisfy((meter) -> assertThat(meter.getId().getDescription()).isNotBlank());
		assertThat(this.registry.getMeters()).filteredOn((meter) -> meter.getId().getBaseUnit() == null)
			.extracting(Meter::getId)
			.extracting(Meter.Id::getName)
			.containsOnly("supervisor.service.up", "supervisor.service.degraded");
	}

	@Test
	void negativeLimitIsRefused() {
		ServiceGroup group = ServiceGroup.builder("test").build();
		assertThatIllegalArgumentException().isThrownBy(() -> new ServiceGroupMetrics(group, -1))
			.withMessageContaining("'maxServices'")
			.withMessageContaining("-1");
	}

	private ServiceDefinition restarting(String name) {
		RestartPolicy restart = RestartPolicy.always().toBuilder().delay(Duration.ZERO).build();
		return ServiceDefinition.builder(name, this.scripted)
			.policy(ServicePolicy.builder().restart(restart).build())
			.build();
	}

	private ServiceGroup start(ServiceGroup.Builder builder) throws InterruptedException {
		ServiceGroup group = builder.build();
		this.group = group;
		new ServiceGroupMetrics(group).bindTo(this.registry);
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		return group;
	}

	private double services(String state) {
		return this.registry.get("supervisor.services").tag("state", state).gauge().value();
	}

	/**
	 * What a listener's thread makes may come late, so that it is not missed but waited
	 * for, as the following are.
	 */
	private double gauge(String name, String service) {
		Gauge gauge = this.registry.find(name).tag("service", service).gauge();
		return (gauge != null) ? gauge.value() : Double.NaN;
	}

	private double restarts(String service) {
		FunctionCounter restarts = this.registry.find("supervisor.service.restarts")
			.tag("service", service)
			.functionCounter();
		return (restarts != null) ? restarts.count() : 0;
	}

	private double failures(String service, String exception) {
		Counter failures = this.registry.find("supervisor.service.failures")
			.tag("service", service)
			.tag("exception", exception)
			.counter();
		return (failures != null) ? failures.count() : 0;
	}

	private long timers(String name, String service) {
		Timer timer = this.registry.find(name).tag("service", service).timer();
		return (timer != null) ? timer.count() : 0;
	}

	/**
	 * Does what it is told, once it is told.
	 */
	static final class Scripted implements Service {

		private final BlockingQueue<Callable<?>> script = new LinkedBlockingQueue<>();

		@Override
		public void run(ServiceContext context) throws Exception {
			context.interruptibly(() -> this.script.poll(1, TimeUnit.HOURS)).call();
		}

		void fail(Exception exception) {
			this.script.add(() -> {
				throw exception;
			});
		}

		void complete() {
			this.script.add(() -> "completed");
		}

	}

}
