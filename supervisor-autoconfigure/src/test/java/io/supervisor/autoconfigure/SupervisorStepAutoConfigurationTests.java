package io.supervisor.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.StepObserver;
import io.supervisor.metrics.StepMeters;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class SupervisorStepAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(SupervisorStepAutoConfiguration.class, SupervisorAutoConfiguration.class))
		.withBean("worker", Service.class, () -> (context) -> context.step("work", () -> "done"));

	@Test
	void whenThereIsARegistryForObservationsAStepIsOne() {
		CountDownLatch observed = new CountDownLatch(1);
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(new ObservationHandler<>() {

			@Override
			public void onStop(Observation.Context context) {
				if (context.getName().equals("supervisor.step")) {
					observed.countDown();
				}
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		this.contextRunner.withBean(ObservationRegistry.class, () -> observations)
			.run((context) -> assertThat(observed.await(30, TimeUnit.SECONDS)).isTrue());
	}

	@Test
	void whenThereIsARegistryForMetersOnlyAStepIsTimed() {
		MeterRegistry meters = new SimpleMeterRegistry();
		this.contextRunner.withBean(MeterRegistry.class, () -> meters)
			.run((context) -> await().untilAsserted(
					() -> assertThat(meters.find("supervisor.step").tags("service", "worker", "step", "work").timer())
						.isNotNull()));
	}

	@Test
	void whenThereIsNoRegistryAStepIsDone() {
		this.contextRunner.run(SupervisorStepAutoConfigurationTests::assertCompletes);
	}

	@Test
	void whenThereIsNoMicrometerAStepIsDone() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("io.micrometer")).run((context) -> {
			assertThat(context).doesNotHaveBean(StepObserver.class);
			assertCompletes(context);
		});
	}

	@Test
	void observerOfTheApplicationIsTaken() {
		CountDownLatch observed = new CountDownLatch(1);
		StepObserver own = new StepObserver() {

			@Override
			public <T> T observe(ServiceContext context, String step, Callable<T> work) throws Exception {
				observed.countDown();
				return work.call();
			}

		};
		this.contextRunner.withBean(StepObserver.class, () -> own).run((context) -> {
			assertThat(context).doesNotHaveBean(StepMeters.class);
			assertThat(observed.await(30, TimeUnit.SECONDS)).isTrue();
		});
	}

	private static void assertCompletes(ApplicationContext context) throws InterruptedException {
		assertThat(context.getBean(ServiceGroup.class).awaitTermination(Duration.ofSeconds(30))).isTrue();
		assertThat(context.getBean(ServiceGroup.class).failure()).isEmpty();
	}

}
