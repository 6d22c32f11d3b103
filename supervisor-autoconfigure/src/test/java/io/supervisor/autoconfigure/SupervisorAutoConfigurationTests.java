package io.supervisor.autoconfigure;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.supervisor.GroupState;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupListener;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import io.supervisor.lifecycle.ServiceDegradedEvent;
import io.supervisor.lifecycle.ServiceGroupLifecycle;
import io.supervisor.lifecycle.ServiceGroupStateChangedEvent;
import io.supervisor.lifecycle.ServiceStateChangedEvent;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.task.SimpleAsyncTaskExecutorCustomizer;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.mock;

@ExtendWith(OutputCaptureExtension.class)
class SupervisorAutoConfigurationTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final ApplicationContextRunner contextRunner = Services.contextRunner();

	@Test
	void servicesRunWhileTheContextDoes() {
		RecordingService service = new RecordingService();
		this.contextRunner.withBean("recording", Service.class, () -> service).run((context) -> {
			ServiceGroup group = Services.group(context);
			assertThat(group.awaitReady(TIMEOUT)).isTrue();
			context.getSourceApplicationContext().close();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
			assertThat(service.take()).containsEntry("thread", "supervisor-recording")
				.containsEntry("supervisor.service", "recording")
				.containsEntry("supervisor.attempt", "1");
		});
	}

	@Test
	void groupRunsOnThreadThatKeepsTheJvmAlive() {
		this.contextRunner.withBean("steady", Service.class, Services::steady).run((context) -> {
			assertThat(Services.group(context).awaitReady(TIMEOUT)).isTrue();
			assertThat(Thread.getAllStackTraces().keySet()).anySatisfy(
					(thread) -> assertThat(thread.getName().equals("supervisor") && !thread.isDaemon()).isTrue());
		});
	}

	@Test
	void executorHasThreadForEveryServiceWhateverTheLimitForOtherTasksIs() {
		ApplicationContextRunner runner = this.contextRunner.withPropertyValues(
				"spring.task.execution.simple.concurrency-limit=1",
				"spring.task.execution.simple.reject-tasks-when-limit-reached=true");
		for (int i = 0; i < 20; i++) {
			runner = runner.withBean("service" + i, Service.class, Services::steady);
		}
		runner.run((context) -> assertThat(Services.group(context).awaitReady(TIMEOUT)).isTrue());
	}

	@Test
	void executorLeavesTheOneOfTheApplicationInPlace() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasBean("supervisorTaskExecutor").hasBean("applicationTaskExecutor");
			assertThat(context.getBean(AsyncTaskExecutor.class)).isSameAs(context.getBean("applicationTaskExecutor"));
		});
	}

	@Test
	void executorWhenThereIsNoTaskExecutionStillHasThreads() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SupervisorAutoConfiguration.class))
			.withBean("steady", Service.class, Services::steady)
			.run((context) -> assertThat(Services.group(context).awaitReady(TIMEOUT)).isTrue());
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void executorWhenVirtualThreadsAreEnabledHasVirtualThreads() {
		RecordingService service = new RecordingService();
		this.contextRunner.withPropertyValues("spring.threads.virtual.enabled=true")
			.withBean("recording", Service.class, () -> service)
			.run((context) -> {
				assertThat(service.take()).containsEntry("virtual", "true")
					.containsEntry("thread", "supervisor-recording");
				assertThat(Services.group(context).awaitReady(TIMEOUT)).isTrue();
			});
	}

	@Test
	void executorHonoursTaskDecorators() {
		RecordingService service = new RecordingService();
		this.contextRunner.withBean("recording", Service.class, () -> service)
			.withBean(TaskDecorator.class, () -> (task) -> () -> {
				MDC.put("decorated", "true");
				task.run();
			})
			.run((context) -> assertThat(service.take()).containsEntry("decorated", "true"));
	}

	/**
	 * It was said that there were too few threads; what was thrown was nowhere to be
	 * seen.
	 */
	@Test
	void executorWhoseTaskDecoratorThrowsIsNamedAsTheReason(CapturedOutput output) {
		this.contextRunner.withBean("steady", Service.class, Services::steady)
			.withBean(TaskDecorator.class, () -> (task) -> {
				throw new IllegalStateException("no context");
			})
			.run((context) -> {
				ServiceGroup group = Services.group(context);
				assertThat(group.awaitTermination(TIMEOUT)).isTrue();
				assertThat(group.failure().orElseThrow())
					.hasMessageEndingWith("could not start it: java.lang.IllegalStateException: no context");
				Awaitility.await().atMost(TIMEOUT).until(() -> output.getAll().contains("'steady' is given up"));
				assertThat(output).contains("'steady' was not started: java.lang.IllegalStateException: no context")
					.doesNotContain("as many threads");
			});
	}

	@Test
	void executorIsTakenForOneThatBlocksOnceTheApplicationHasAPartInIt() {
		this.contextRunner.run((context) -> assertThat(executor(context).mayBlock()).isFalse());
		this.contextRunner.withBean(TaskDecorator.class, () -> (task) -> task)
			.run((context) -> assertThat(executor(context).mayBlock()).isTrue());
		this.contextRunner
			.withBean(SimpleAsyncTaskExecutorCustomizer.class, () -> (executor) -> executor.setConcurrencyLimit(2))
			.run((context) -> assertThat(executor(context).mayBlock()).isTrue());
		this.contextRunner
			.withBean(SimpleAsyncTaskExecutorCustomizer.class,
					() -> (executor) -> executor.setThreadFactory(Thread::new))
			.run((context) -> assertThat(executor(context).mayBlock()).isTrue());
	}

	private static SupervisorTaskExecutor executor(AssertableApplicationContext context) {
		return context.getBean("supervisorTaskExecutor", SupervisorTaskExecutor.class);
	}

	@Test
	void executorWhenUserHasOneOfThatNameIsTheirs() {
		this.contextRunner.withUserConfiguration(OwnExecutor.class)
			.withBean("steady", Service.class, Services::steady)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(SimpleAsyncTaskExecutor.class);
				assertThat(Services.group(context).awaitReady(TIMEOUT)).isTrue();
			});
	}

	@Test
	void executorWithFewerThreadsThanServicesIsNamedAsTheReason() {
		this.contextRunner.withUserConfiguration(OwnExecutor.class)
			.withPropertyValues("supervisor.start-timeout=200ms")
			.withBean("first", Service.class, Services::steady)
			.withBean("second", Service.class, Services::steady)
			.run((context) -> {
				ServiceGroup group = Services.group(context);
				assertThat(group.awaitTermination(TIMEOUT)).isTrue();
				assertThat(group.failure().orElseThrow()).hasMessageContaining("as many threads as there are services");
			});
	}

	/**
	 * The group hung in it: all were STARTING for ever, and the context did not close.
	 */
	@Test
	void executorThatBlocksAtItsLimitIsNamedAsTheReason() {
		this.contextRunner.withUserConfiguration(LimitedExecutor.class)
			.withPropertyValues("supervisor.start-timeout=1s")
			.withBean("first", Service.class, Services::steady)
			.withBean("second", Service.class, Services::steady)
			.withBean("third", Service.class, Services::steady)
			.run((context) -> {
				ServiceGroup group = Services.group(context);
				assertThat(group.awaitTermination(TIMEOUT)).isTrue();
				assertThat(group.failure().orElseThrow()).hasMessageStartingWith("third: ")
					.hasMessageContaining("as many threads as there are services");
			});
	}

	@Test
	void executorThatBlocksAtItsLimitDoesNotHoldUpTheStop() {
		this.contextRunner.withUserConfiguration(LimitedExecutor.class)
			.withPropertyValues("supervisor.start-timeout=1d")
			.withBean("first", Service.class, Services::steady)
			.withBean("second", Service.class, Services::steady)
			.withBean("third", Service.class, Services::steady)
			.run((context) -> {
				ServiceGroup group = Services.group(context);
				assertThat(group.awaitState("second", (state) -> state == ServiceState.RUNNING, TIMEOUT)).isTrue();
				group.stop();
				assertThat(group.awaitTermination(TIMEOUT)).isTrue();
				assertThat(group.snapshot().count(ServiceState.STOPPED)).isEqualTo(3);
			});
	}

	@Test
	void serviceThatCannotSayWhetherItAnnouncesItsReadinessIsNamed() {
		this.contextRunner.withBean("crawler", Service.class, () -> new Service() {

			@Override
			public void run(ServiceContext context) {
			}

			@Override
			public boolean announcesReadiness() {
				throw new IllegalStateException("no database");
			}

		})
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("'crawler'")
				.hasStackTraceContaining("announcesReadiness")
				.hasRootCauseMessage("no database"));
	}

	@Test
	void periodsThatAreLongerThanTheShutdownTimeoutAreSaidAtTheStart(CapturedOutput output) {
		this.contextRunner.withPropertyValues("supervisor.shutdown-timeout=5s")
			.withBean("crawler", Service.class, Services::steady)
			.run((context) -> assertThat(output.toString().lines())
				.anyMatch((line) -> line.contains("WARN") && line.contains("supervisor.shutdown-timeout")
						&& line.contains("grace-period") && line.contains("crawler")));
	}

	@Test
	void periodsThatFitIntoTheShutdownTimeoutAreNotSaid(CapturedOutput output) {
		this.contextRunner
			.withPropertyValues("supervisor.shutdown-timeout=6s", "supervisor.services.crawler.grace-period=1s")
			.withBean("crawler", Service.class, Services::steady)
			.run((context) -> assertThat(output).doesNotContain("supervisor.shutdown-timeout"));
	}

	/**
	 * One whose classes are above the library sees them on every thread that calls it,
	 * whatever the thread has that makes the group or starts it.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void threadsThatCallTheApplicationHaveItsClassLoader(boolean virtual) {
		ClassLoader library = getClass().getClassLoader();
		ClassLoader application = new URLClassLoader(new URL[0], library);
		Map<String, ClassLoader> seen = new ConcurrentHashMap<>();
		Consumer<String> see = (who) -> seen.put(who, Thread.currentThread().getContextClassLoader());
		Service service = (context) -> {
			see.accept("service");
			CountDownLatch called = new CountDownLatch(1);
			context.onCancel(() -> {
				see.accept("action");
				called.countDown();
			});
			context.awaitCancellation();
			called.await();
		};
		ServiceGroupListener listener = new ServiceGroupListener() {

			@Override
			public void serviceStateChanged(ServiceState from, ServiceSnapshot snapshot) {
				see.accept("listener");
			}

		};
		this.contextRunner.withClassLoader(application)
			.withInitializer((context) -> Thread.currentThread().setContextClassLoader(library))
			.withBean("recording", Service.class, () -> service)
			.withBean(ServiceGroupBuilderCustomizer.class, () -> (group) -> group.listener(listener))
			.withInitializer((context) -> context.addApplicationListener((event) -> {
				if (event instanceof ServiceStateChangedEvent) {
					see.accept("event");
				}
			}))
			.withPropertyValues("spring.threads.virtual.enabled=" + virtual)
			.run((context) -> {
				ServiceGroup group = Services.group(context);
				assertThat(group.awaitReady(TIMEOUT)).isTrue();
				group.stop("recording").get();
				Awaitility.await().atMost(TIMEOUT).until(() -> seen.size() == 4);
				assertThat(seen).containsOnlyKeys("service", "action", "listener", "event")
					.allSatisfy((who, classLoader) -> assertThat(classLoader).isSameAs(application));
			});
	}

	@Test
	void threadsOfServicesHaveTheClassLoaderOfTheContext() {
		RecordingService service = new RecordingService();
		this.contextRunner.withBean("recording", Service.class, () -> service)
			.withPropertyValues("supervisor.auto-startup=false")
			.run((context) -> {
				ClassLoader before = Thread.currentThread().getContextClassLoader();
				Thread.currentThread().setContextClassLoader(new ClassLoader() {
				});
				try {
					Services.group(context).start();
				}
				finally {
					Thread.currentThread().setContextClassLoader(before);
				}
				assertThat(service.take()).containsEntry("classLoader", String.valueOf(context.getClassLoader()));
			});
	}

	@Test
	void phaseIsAfterTheWebServerUnlessConfigured() {
		this.contextRunner.run((context) -> assertThat(context.getBean(ServiceGroupLifecycle.class).getPhase())
			.isEqualTo(Integer.MAX_VALUE - 100));
		this.contextRunner.withPropertyValues("supervisor.phase=7")
			.run((context) -> assertThat(context.getBean(ServiceGroupLifecycle.class).getPhase()).isEqualTo(7));
	}

	@Test
	void contextWaitsForTheStopOfItsPhaseLongerThanTheGroupTakes() {
		this.contextRunner.withPropertyValues("supervisor.shutdown-timeout=40s", "supervisor.phase=7")
			.run((context) -> assertThat(phaseTimeouts(context.getBean(DefaultLifecycleProcessor.class)))
				.containsEntry(7, 45_000L));
		this.contextRunner
			.withPropertyValues("supervisor.shutdown-timeout=40s", "spring.lifecycle.timeout-per-shutdown-phase=60s")
			.run((context) -> assertThat(phaseTimeouts(context.getBean(DefaultLifecycleProcessor.class))).isEmpty());
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SupervisorAutoConfiguration.class))
			.withPropertyValues("supervisor.phase=7")
			.run((context) -> assertThat(phaseTimeouts(context.getBean(DefaultLifecycleProcessor.class)))
				.containsEntry(7, 30_000L));
	}

	@SuppressWarnings("unchecked")
	private static Map<Integer, Long> phaseTimeouts(DefaultLifecycleProcessor processor) {
		Object timeouts = ReflectionTestUtils.getField(processor, "timeoutsForShutdownPhases");
		assertThat(timeouts).isNotNull();
		return (Map<Integer, Long>) timeouts;
	}

	@Test
	void eventsArePublishedInOrder() {
		this.contextRunner.withUserConfiguration(Events.class).withBean("worker", Service.class, () -> (context) -> {
		}).run((context) -> {
			Events events = context.getBean(Events.class);
			List<String> all = new ArrayList<>();
			for (int i = 0; i < 7; i++) {
				all.add(events.take());
			}
			assertThat(all).containsSubsequence("worker NEW->WAITING", "worker WAITING->STARTING",
					"worker STARTING->RUNNING", "worker RUNNING->COMPLETED", "supervisor RUNNING->COMPLETED");
			assertThat(all).containsSubsequence("supervisor NEW->STARTING", "supervisor STARTING->RUNNING",
					"supervisor RUNNING->COMPLETED");
		});
	}

	@Test
	void eventTellsThatAServiceIsNotWell() {
		BlockingQueue<ServiceDegradedEvent> events = new LinkedBlockingQueue<>();
		this.contextRunner.withInitializer(
				(context) -> context.addApplicationListener((ApplicationListener<ServiceDegradedEvent>) events::add))
			.withBean("worker", Service.class, () -> (context) -> {
				context.degraded("no partition");
				context.awaitCancellation();
			})
			.run((context) -> {
				ServiceDegradedEvent event = events.poll(30, TimeUnit.SECONDS);
				assertThat(event).isNotNull();
				assertThat(event.getService().name()).isEqualTo("worker");
				assertThat(event.getReason()).contains("no partition");
			});
	}

	@Test
	void startUpLineListsServicesPoliciesAndMode(CapturedOutput output) {
		this.contextRunner.withBean("crawler", Service.class, Services::steady)
			.withBean("frontEnd", Service.class, Services::steady)
			.withPropertyValues("supervisor.services.crawler.restart.policy=on-failure")
			.run((context) -> assertThat(output).contains(
					"Supervising 2 services: crawler (restart on failure, 5 in a row), frontEnd; a failure of the group is reported (no exit under a test framework)"));
	}

	@Test
	void startUpLineWhenWebApplicationSaysSo(CapturedOutput output) {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(SupervisorAutoConfiguration.class))
			.run((context) -> assertThat(output).contains("a failure of the group is reported (web application)"));
	}

	@Test
	void startUpLineWhenAutoStartupIsOffSaysSo(CapturedOutput output) {
		this.contextRunner.withPropertyValues("supervisor.auto-startup=false", "supervisor.on-group-failure=report")
			.run((context) -> assertThat(output).contains(
					"Supervising no services: there is no bean of type io.supervisor.Service; not started by itself; a failure of the group is reported (as configured)"));
	}

	@Test
	void serviceThatIsMockedCompletesAtOnce() {
		this.contextRunner.withBean("mocked", Service.class, () -> mock(Service.class))
			.run((context) -> assertThat(
					Services.group(context).awaitState("mocked", (state) -> state == ServiceState.COMPLETED, TIMEOUT))
				.isTrue());
	}

	/**
	 * Tells what it saw on its thread.
	 */
	static class RecordingService implements Service {

		private final BlockingQueue<Map<String, String>> seen = new LinkedBlockingQueue<>();

		@Override
		public void run(ServiceContext context) throws Exception {
			Map<String, String> seen = new ConcurrentHashMap<>(MDC.getCopyOfContextMap());
			seen.put("thread", Thread.currentThread().getName());
			seen.put("virtual", String.valueOf(Thread.currentThread().toString().startsWith("VirtualThread")));
			seen.put("classLoader", String.valueOf(Thread.currentThread().getContextClassLoader()));
			this.seen.add(seen);
			context.awaitCancellation();
		}

		Map<String, String> take() throws InterruptedException {
			Map<String, String> seen = this.seen.poll(30, TimeUnit.SECONDS);
			assertThat(seen).isNotNull();
			return seen;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnExecutor {

		@Bean
		Executor supervisorTaskExecutor() {
			return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(10));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LimitedExecutor {

		@Bean
		Executor supervisorTaskExecutor() {
			SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("limited-");
			executor.setConcurrencyLimit(2);
			executor.setDaemon(true);
			return executor;
		}

	}

	static class Events implements ApplicationListener<ServiceStateChangedEvent> {

		private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

		@Override
		public void onApplicationEvent(ServiceStateChangedEvent event) {
			this.events.add("%s %s->%s".formatted(event.getService().name(), event.getPreviousState(),
					event.getService().state()));
		}

		@EventListener
		void groupStateChanged(ServiceGroupStateChangedEvent event) {
			this.events.add(
					"%s %s->%s".formatted(event.getGroup().name(), event.getPreviousState(), event.getGroup().state()));
		}

		String take() throws InterruptedException {
			return String.valueOf(this.events.poll(30, TimeUnit.SECONDS));
		}

	}

}
