package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.supervisor.Lease;
import io.supervisor.Placement;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import io.supervisor.cluster.JdbcLeaseStore;
import io.supervisor.cluster.LeaseStore;
import io.supervisor.cluster.ShedLockLeaseStore;
import io.supervisor.health.GroupHealthIndicator;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.provider.inmemory.InMemoryLockProvider;
import net.javacrumbs.shedlock.support.KeepAliveLockProvider;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Services that one replica runs or that all share, with leases in a real database. Each
 * context is a replica.
 */
class SupervisorClusterAutoConfigurationTests {

	private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";

	private final ApplicationContextRunner withoutDatabase = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(SupervisorClusterAutoConfiguration.class, SupervisorAutoConfiguration.class))
		.withPropertyValues("supervisor.cluster.time-to-live=6s", "supervisor.cluster.poll-interval=100ms");

	private final ApplicationContextRunner runner = this.withoutDatabase.withBean(DataSource.class,
			() -> new DriverManagerDataSource(this.url));

	private final ApplicationContextRunner singleton = this.runner.withUserConfiguration(Single.class)
		.withPropertyValues("supervisor.services.job.cluster=singleton");

	@Test
	void oneReplicaRunsASingletonAndTheOtherSaysWhich() {
		this.singleton.withPropertyValues("supervisor.cluster.replica=left").run((left) -> {
			awaitState(left, "job", ServiceState.RUNNING);
			this.singleton.run((right) -> {
				Awaitility.await()
					.until(() -> snapshot(right, "job").lease().map(Lease::holder).orElse("").startsWith("left/"));
				assertThat(snapshot(right, "job").state()).isEqualTo(ServiceState.WAITING);
				assertThat(snapshot(left, "job").lease().orElseThrow().held()).isTrue();
			});
		});
	}

	@Test
	void stopHandsOverAtOnceWithAGreaterToken() {
		this.singleton.run((right) -> {
			awaitState(right, "job", ServiceState.RUNNING);
			long first = token(right, "job");
			this.singleton.run((left) -> {
				group(right).stop("job").get();
				awaitState(left, "job", ServiceState.RUNNING);
				assertThat(token(left, "job")).isGreaterThan(first);
			});
		});
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void replicasShareShardsAndTheLastOneHasAll(CapturedOutput output) {
		ApplicationContextRunner sharded = this.runner.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.shards=5");
		sharded.run((left) -> {
			Awaitility.await().until(() -> running(left).size() == 5);
			sharded.run((right) -> {
				// which of the two has the odd one depends on their names
				Awaitility.await()
					.until(() -> Stream.of(left, right).map((replica) -> running(replica).size()).sorted().toList(),
							List.of(2, 3)::equals);
				assertThat(running(left)).doesNotContainAnyElementsOf(running(right));
				assertThat(output)
					.containsPattern("INFO .*'job#\\d' is cancelled: it is handed over to another replica");
			});
			Awaitility.await().until(() -> running(left).size() == 5);
		});
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void logSaysWhatThisReplicaHas(CapturedOutput output) {
		this.singleton.run((context) -> awaitState(context, "job", ServiceState.RUNNING));
		assertThat(output).contains("This replica has got 1 lease: application/job");
	}

	@Test
	void shardKnowsWhichItIs() {
		Sharded.seen.clear();
		this.runner.withUserConfiguration(Sharded.class)
			.run((context) -> Awaitility.await().until(() -> Sharded.seen.equals(Set.of("0/3", "1/3", "2/3"))));
	}

	@Test
	void dependentNeedsTheServiceSomewhere() {
		this.runner.withUserConfiguration(Dependent.class)
			.withPropertyValues("supervisor.services.job.cluster=singleton")
			.run((left) -> {
				awaitState(left, "dependent", ServiceState.RUNNING);
				this.runner.withUserConfiguration(Dependent.class)
					.withPropertyValues("supervisor.services.job.cluster=singleton")
					.run((right) -> {
						awaitState(right, "dependent", ServiceState.RUNNING);
						assertThat(snapshot(right, "job").state()).isEqualTo(ServiceState.WAITING);
					});
			});
	}

	@Test
	void withoutAPlacementThereIsNoTrace() {
		this.runner.withUserConfiguration(Single.class).run((context) -> {
			awaitState(context, "job", ServiceState.RUNNING);
			assertThat(new JdbcTemplate(context.getBean(DataSource.class)).queryForObject(
					"SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'SUPERVISOR_LEASE'",
					Integer.class))
				.isZero();
			assertThat(context.getSourceApplicationContext().getBeanFactory().containsSingleton("supervisorCluster"))
				.isFalse();
		});
	}

	@Test
	void tableHasTheConfiguredName() {
		this.singleton.withPropertyValues("supervisor.cluster.jdbc.table-name=my_lease").run((context) -> {
			awaitState(context, "job", ServiceState.RUNNING);
			assertThat(new JdbcTemplate(context.getBean(DataSource.class))
				.queryForObject("SELECT token FROM my_lease WHERE name = 'application/job'", Long.class)).isOne();
		});
	}

	@Test
	void withoutAnEngineTheStartFailsWithTheCure() {
		new ApplicationContextRunner().withClassLoader(new FilteredClassLoader(JdbcTemplate.class, LockProvider.class))
			.withConfiguration(
					AutoConfigurations.of(SupervisorClusterAutoConfiguration.class, SupervisorAutoConfiguration.class))
			.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.cluster=singleton")
			.run((context) -> assertAnalysis(context, "The service 'job' is to be shared", "spring-boot-starter-jdbc"));
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void lockProviderKeepsTheLeasesWhereThereIsNoDatabase(CapturedOutput output) {
		LockProvider locks = new InMemoryLockProvider();
		ApplicationContextRunner replica = this.withoutDatabase.withBean(LockProvider.class, () -> locks)
			.withUserConfiguration(Dependent.class)
			.withPropertyValues("supervisor.services.job.cluster=singleton");
		replica.run((left) -> {
			awaitState(left, "job", ServiceState.RUNNING);
			assertThat(left).hasSingleBean(ShedLockLeaseStore.class);
			assertThat(output)
				.contains("Leases are kept by ShedLock, InMemoryLockProvider: no fencing tokens, no shards");
			replica.run((right) -> {
				awaitState(right, "dependent", ServiceState.RUNNING);
				assertThat(snapshot(right, "job").waitingFor()).hasValue("its lease, which another replica holds");
				group(left).stop("job").get();
				awaitState(right, "job", ServiceState.RUNNING);
			});
		});
	}

	/**
	 * Connections to a Redis stop in a phase of their own, while the keeper of the leases
	 * is about to use them.
	 */
	@Test
	void leasesAreGivenBackBeforeConnectionsStop() {
		Connections connections = new Connections();
		this.withoutDatabase.withBean(Connections.class, () -> connections)
			.withBean(LockProvider.class, () -> new SlowToUnlock(connections))
			.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.cluster=singleton")
			.run((context) -> {
				awaitState(context, "job", ServiceState.RUNNING);
				context.getSourceApplicationContext().stop();
				assertThat(connections.stopped.getCount()).isZero();
				assertThat(connections.usedInTime).isTrue();
			});
	}

	@Test
	void metersAndHealthSayWhatThisReplicaHasAndWhetherTheStoreAnswers() {
		FailingProvider locks = new FailingProvider();
		this.withoutDatabase
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					SupervisorMetricsAutoConfiguration.class, SupervisorHealthAutoConfiguration.class))
			.withBean(LockProvider.class, () -> locks)
			.withBean(PrometheusMeterRegistry.class, () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
			.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.cluster=singleton")
			.run((context) -> {
				PrometheusMeterRegistry registry = context.getBean(PrometheusMeterRegistry.class);
				GroupHealthIndicator health = context.getBean(GroupHealthIndicator.class);
				awaitState(context, "job", ServiceState.RUNNING);
				Awaitility.await()
					.untilAsserted(() -> assertThat(registry.scrape()).contains("\nsupervisor_leases_held 1.0\n",
							"\nsupervisor_leases_errors_total 0.0\n", "\nsupervisor_leases_unanswered_seconds 0.0\n"));
				assertThat(health.health().getDetails()).containsEntry("leases", Map.of("held", 1));
				locks.fail = true;
				group(context).restart("job").get();
				Awaitility.await()
					.untilAsserted(() -> assertThat(registry.scrape()).contains("\nsupervisor_leases_held 0.0\n")
						.doesNotContain("\nsupervisor_leases_errors_total 0.0\n",
								"\nsupervisor_leases_unanswered_seconds 0.0\n"));
				assertThat(health.health().getStatus()).isEqualTo(Status.UP);
				assertThat(health.health().getDetails().get("leases")).asInstanceOf(InstanceOfAssertFactories.MAP)
					.containsEntry("error", "java.lang.IllegalStateException: no connection")
					.containsKey("unanswered");
				locks.fail = false;
				Awaitility.await()
					.untilAsserted(() -> assertThat(registry.scrape()).contains("\nsupervisor_leases_held 1.0\n",
							"\nsupervisor_leases_unanswered_seconds 0.0\n"));
			});
	}

	@Test
	void withoutAPlacementThereAreNoMetersAndNoDetails() {
		this.runner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					SupervisorMetricsAutoConfiguration.class, SupervisorHealthAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.withUserConfiguration(Single.class)
			.run((context) -> {
				assertThat(context.getBean(SimpleMeterRegistry.class).getMeters())
					.noneMatch((meter) -> meter.getId().getName().startsWith("supervisor.leases"))
					.isNotEmpty();
				assertThat(context.getBean(GroupHealthIndicator.class).health().getDetails())
					.doesNotContainKey("leases");
			});
	}

	@Test
	void databaseGoesBeforeALockProvider() {
		this.singleton.withBean(LockProvider.class, InMemoryLockProvider::new)
			.run((context) -> assertThat(context).hasSingleBean(LeaseStore.class).hasSingleBean(JdbcLeaseStore.class));
	}

	@Test
	void lockProviderGoesBeforeTheDatabaseIfItIsToBeTheEngine() {
		this.singleton.withBean(LockProvider.class, InMemoryLockProvider::new)
			.withPropertyValues("supervisor.cluster.engine=shedlock")
			.run((context) -> assertThat(context).hasSingleBean(LeaseStore.class)
				.hasSingleBean(ShedLockLeaseStore.class));
	}

	@Test
	void leaseStoreBeanGoesBeforeEverything() {
		LeaseStore store = new ShedLockLeaseStore(new InMemoryLockProvider());
		this.singleton.withBean("myStore", LeaseStore.class, () -> store)
			.withBean(LockProvider.class, InMemoryLockProvider::new)
			.withPropertyValues("supervisor.cluster.engine=jdbc")
			.run((context) -> assertThat(context).getBean(LeaseStore.class).isSameAs(store));
	}

	@Test
	void engineThatIsNotThereFailsTheStartWithTheCure() {
		this.singleton.withPropertyValues("supervisor.cluster.engine=shedlock")
			.run((context) -> assertAnalysis(context, "there is nothing that keeps their leases",
					"leave 'supervisor.cluster.engine' out"));
	}

	@Test
	void lockProviderHasNoShards() {
		this.withoutDatabase.withBean(LockProvider.class, InMemoryLockProvider::new)
			.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.shards=3")
			.run((context) -> assertAnalysis(context,
					"'job' cannot have shards: the replicas could not share them evenly, since what keeps their leases cannot list them (ShedLock, InMemoryLockProvider).",
					"supervisor.cluster.engine=jdbc"));
	}

	@Test
	void lockProviderWhoseLocksCannotBeExtendedFailsTheStart() {
		LockProvider keepAlive = new KeepAliveLockProvider(new InMemoryLockProvider(),
				mock(ScheduledExecutorService.class));
		this.withoutDatabase.withBean(LockProvider.class, () -> keepAlive)
			.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.cluster=singleton")
			.run((context) -> assertAnalysis(context, "its locks cannot be extended", "ExtensibleLockProvider"));
	}

	@Test
	void lockProviderGivesNoFencingToken() {
		this.withoutDatabase.withBean(LockProvider.class, InMemoryLockProvider::new)
			.withUserConfiguration(Guarded.class)
			.run((context) -> {
				awaitState(context, "job", ServiceState.FAILED);
				assertThat(snapshot(context, "job").lastFailure().orElseThrow().description())
					.contains("'job' has no fencing token: what keeps its lease cannot give any");
			});
	}

	@Test
	void leaseMustOutliveTheEndOfARun() {
		this.singleton.withPropertyValues("supervisor.services.job.grace-period=4s")
			.run((context) -> assertAnalysis(context, "'job' may take PT4.1S to end",
					"supervisor.cluster.time-to-live"));
	}

	@Test
	void singletonCannotHaveShards() {
		this.singleton.withPropertyValues("supervisor.services.job.shards=2")
			.run((context) -> assertAnalysis(context, "cannot be together with 'cluster'", "Leave out one of them"));
	}

	@Test
	void noShardsAreRefused() {
		this.runner.withUserConfiguration(Single.class)
			.withPropertyValues("supervisor.services.job.shards=0")
			.run((context) -> assertAnalysis(context, "'0' of 'supervisor.services.job.shards'", "Leave it out"));
	}

	private static void assertAnalysis(AssertableApplicationContext context, String description, String action) {
		Throwable failure = context.getStartupFailure();
		while (failure != null && !(failure instanceof InvalidSupervisorConfigurationException)) {
			failure = failure.getCause();
		}
		assertThat(failure).isInstanceOfSatisfying(InvalidSupervisorConfigurationException.class, (analyzed) -> {
			assertThat(analyzed.analysis().getDescription()).contains(description);
			assertThat(analyzed.analysis().getAction()).contains(action);
		});
	}

	private static Set<String> running(AssertableApplicationContext context) {
		return group(context).services()
			.stream()
			.filter((service) -> service.state() == ServiceState.RUNNING)
			.map(ServiceSnapshot::name)
			.collect(Collectors.toSet());
	}

	private static void awaitState(AssertableApplicationContext context, String name, ServiceState state)
			throws InterruptedException {
		assertThat(group(context).awaitState(name, state::equals, Duration.ofSeconds(30))).isTrue();
	}

	private static long token(AssertableApplicationContext context, String name) {
		Long token = snapshot(context, name).lease().orElseThrow().token();
		return (token != null) ? token : 0;
	}

	private static ServiceSnapshot snapshot(AssertableApplicationContext context, String name) {
		return group(context).service(name).orElseThrow();
	}

	private static ServiceGroup group(AssertableApplicationContext context) {
		return context.getBean(ServiceGroup.class);
	}

	private static ServiceDefinition job() {
		return definition((context) -> context.awaitCancellation()).build();
	}

	private static ServiceDefinition.Builder definition(Service service) {
		return ServiceDefinition.builder("job", service)
			.policy(ServicePolicy.builder()
				.gracePeriod(Duration.ofSeconds(1))
				.interruptPeriod(Duration.ofMillis(100))
				.build());
	}

	@Configuration(proxyBeanMethods = false)
	static class Single {

		@Bean
		ServiceDefinition job() {
			return SupervisorClusterAutoConfigurationTests.job();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Guarded {

		@Bean
		ServiceDefinition job() {
			return definition(ServiceContext::fencingToken).placement(Placement.SINGLETON).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Sharded {

		private static final Set<String> seen = ConcurrentHashMap.newKeySet();

		@Bean
		ServiceDefinition job() {
			return definition((context) -> {
				seen.add(context.shard() + "/" + context.shardCount());
				context.awaitCancellation();
			}).placement(Placement.shards(3)).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Dependent {

		@Bean
		ServiceDefinition job() {
			return SupervisorClusterAutoConfigurationTests.job();
		}

		@Bean
		ServiceDefinition dependent() {
			return ServiceDefinition.builder("dependent", (context) -> context.awaitCancellation())
				.dependsOn("job")
				.build();
		}

	}

	/**
	 * Locks in memory that cannot be reached at times.
	 */
	private static final class FailingProvider implements ExtensibleLockProvider {

		private final LockProvider locks = new InMemoryLockProvider();

		private volatile boolean fail;

		@Override
		public Optional<SimpleLock> lock(LockConfiguration configuration) {
			if (this.fail) {
				throw new IllegalStateException("no connection");
			}
			return this.locks.lock(configuration);
		}

	}

	/**
	 * Stop with the context.
	 */
	static class Connections implements SmartLifecycle {

		private final CountDownLatch stopped = new CountDownLatch(1);

		private volatile boolean usedInTime;

		@Override
		public void start() {
			// as if they were there
		}

		@Override
		public void stop() {
			this.stopped.countDown();
		}

		@Override
		public boolean isRunning() {
			return this.stopped.getCount() > 0;
		}

		@Override
		public int getPhase() {
			return 0;
		}

	}

	/**
	 * Gives connections the time to stop before a lock is given back.
	 */
	private record SlowToUnlock(Connections connections) implements ExtensibleLockProvider {

		@Override
		public Optional<SimpleLock> lock(LockConfiguration configuration) {
			return Optional.of(new SimpleLock() {

				@Override
				public void unlock() {
					try {
						boolean late = SlowToUnlock.this.connections.stopped.await(200, TimeUnit.MILLISECONDS);
						SlowToUnlock.this.connections.usedInTime = !late;
					}
					catch (InterruptedException ex) {
						throw new IllegalStateException(ex);
					}
				}

				@Override
				public Optional<SimpleLock> extend(Duration lockAtMostFor, Duration lockAtLeastFor) {
					return Optional.of(this);
				}

			});
		}

	}

}
