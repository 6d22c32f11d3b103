package io.supervisor.metrics;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.supervisor.Service;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Steps of services as observations and timers (rule 29), in real groups.
 */
class StepMetersTests {

	private final List<Observation.Context> observed = new ArrayList<>();

	@Test
	void stepIsOneObservationChildOfTheCurrentOne() throws Exception {
		ObservationRegistry observations = recording();
		List<@Nullable Observation> current = new ArrayList<>();
		run(new StepMeters(() -> observations, () -> null), (context) -> {
			Observation around = Observation.start("around", observations);
			try (Observation.Scope scope = around.openScope()) {
				assertThat(context.<String>step("parse", () -> {
					current.add(observations.getCurrentObservation());
					return context.step("read", () -> "done");
				})).isEqualTo("done");
				current.add(observations.getCurrentObservation());
			}
			around.stop();
			current.add(observations.getCurrentObservation());
		});
		assertThat(this.observed).extracting(Observation.Context::getName)
			.containsExactly("supervisor.step", "supervisor.step", "around");
		Observation.Context read = this.observed.get(0);
		Observation.Context parse = this.observed.get(1);
		assertThat(parse.getContextualName()).isEqualTo("feed parse");
		assertThat(parse.getLowCardinalityKeyValue("service").getValue()).isEqualTo("feed");
		assertThat(parse.getLowCardinalityKeyValue("step").getValue()).isEqualTo("parse");
		assertThat(parse.getHighCardinalityKeyValue("attempt").getValue()).isEqualTo("1");
		assertThat(read.getParentObservation().getContextView()).isSameAs(parse);
		assertThat(parse.getParentObservation().getContextView()).isSameAs(this.observed.get(2));
		assertThat(current.get(0).getContext()).isSameAs(parse);
		assertThat(current.get(1).getContext()).isSameAs(this.observed.get(2));
		assertThat(current.get(2)).as("after all").isNull();
	}

	@Test
	void stepThatThrowsIsAnObservationWithTheErrorAndLeavesNoScope() throws Exception {
		ObservationRegistry observations = recording();
		IOException thrown = new IOException("gone");
		List<@Nullable Observation> current = new ArrayList<>();
		run(new StepMeters(() -> observations, () -> null), (context) -> {
			try {
				context.step("parse", failing(thrown));
			}
			catch (IOException ex) {
				current.add(observations.getCurrentObservation());
			}
		});
		assertThat(this.observed).singleElement().extracting(Observation.Context::getError).isSameAs(thrown);
		assertThat(current).hasSize(1).containsOnlyNulls();
	}

	@Test
	void runItselfIsNoObservation() throws Exception {
		ObservationRegistry observations = recording();
		run(new StepMeters(() -> observations, () -> null), (context) -> {
		});
		assertThat(this.observed).isEmpty();
	}

	@Test
	void stepIsTimedWhereThereIsNoRegistryForObservations() throws Exception {
		MeterRegistry meters = new SimpleMeterRegistry();
		run(new StepMeters(() -> null, () -> meters), (context) -> {
			context.step("parse", () -> "");
			context.step("parse", () -> "");
			try {
				context.step("parse", failing(new IOException("gone")));
			}
			catch (IOException ex) {
				// on purpose
			}
		});
		Timer good = meters.get("supervisor.step").tags("service", "feed", "step", "parse", "error", "none").timer();
		assertThat(good.count()).isEqualTo(2);
		assertThat(good.totalTime(TimeUnit.NANOSECONDS)).isPositive();
		assertThat(meters.get("supervisor.step").tag("error", "IOException").timer().count()).isEqualTo(1);
	}

	@Test
	void stepIsDoneWhereThereIsNoRegistry() throws Exception {
		List<String> done = new ArrayList<>();
		run(new StepMeters(() -> null, () -> null), (context) -> done.add(context.step("parse", () -> "done")));
		assertThat(done).containsExactly("done");
	}

	@Test
	void metersOfAServiceGoWithIt() throws Exception {
		MeterRegistry meters = new SimpleMeterRegistry();
		ServiceGroup group = ServiceGroup.builder("test")
			.stepObserver(new StepMeters(() -> null, () -> meters))
			.keepOpen(true)
			.build();
		new ServiceGroupMetrics(group).bindTo(meters);
		group.start();
		int before = meters.getMeters().size();
		for (int i = 0; i < 50; i++) {
			group.add(ServiceDefinition.builder("tenant-" + i, (context) -> context.step("work", () -> ""))
				.removedWhenDone()
				.build());
		}
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(group.snapshot().size() + meters.getMeters().size()).isEqualTo(before));
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	private static Callable<String> failing(IOException thrown) {
		return () -> {
			throw thrown;
		};
	}

	private static void run(StepMeters meters, Service service) {
		ServiceGroup.builder("test").stepObserver(meters).service("feed", service).build().run();
	}

	private ObservationRegistry recording() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new ObservationHandler<>() {

			@Override
			public void onStop(Observation.Context context) {
				StepMetersTests.this.observed.add(context);
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		return registry;
	}

}
