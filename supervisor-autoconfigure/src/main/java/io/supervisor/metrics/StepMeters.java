package io.supervisor.metrics;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.supervisor.ServiceContext;
import io.supervisor.StepObserver;
import org.jspecify.annotations.Nullable;

/**
 * Measures the {@linkplain ServiceContext#step(String, Callable) steps} of services: each
 * is one observation, child of the one that the thread is in, if it is in any; or, where
 * there is no registry for observations, one recording of a timer. A run of a service is
 * none of both, so that one which never ends is no trace that never ends.
 */
public final class StepMeters implements StepObserver {

	private static final String NAME = "supervisor.step";

	private final Supplier<@Nullable ObservationRegistry> observations;

	private final Supplier<@Nullable MeterRegistry> meters;

	/**
	 * Create an observer.
	 * @param observations gives the registry for observations, or {@code null} if there
	 * is none; asked for each step
	 * @param meters gives the registry for meters, or {@code null}; asked if there is
	 * none for observations
	 */
	public StepMeters(Supplier<@Nullable ObservationRegistry> observations, Supplier<@Nullable MeterRegistry> meters) {
		this.observations = observations;
		this.meters = meters;
	}

	@Override
	public <T> T observe(ServiceContext context, String step, Callable<T> work) throws Exception {
		ObservationRegistry observations = this.observations.get();
		if (observations != null) {
			return observe(observations, context, step, work);
		}
		MeterRegistry meters = this.meters.get();
		return (meters != null) ? time(meters, context, step, work) : work.call();
	}

	private static <T> T observe(ObservationRegistry registry, ServiceContext context, String step, Callable<T> work)
			throws Exception {
		if (registry.isNoop()) {
			return work.call();
		}
		String service = context.serviceName();
		return Observation.createNotStarted(NAME, registry)
			.contextualName(service + " " + step)
			.lowCardinalityKeyValue("service", service)
			.lowCardinalityKeyValue("step", step)
			.highCardinalityKeyValue("attempt", Integer.toString(context.attempt()))
			.<T, Exception>observeChecked(work::call);
	}

	/**
	 * With the name of what was thrown, as an observation has.
	 */
	private static <T> T time(MeterRegistry registry, ServiceContext context, String step, Callable<T> work)
			throws Exception {
		Timer.Sample sample = Timer.start(registry);
		String error = "none";
		try {
			return work.call();
		}
		catch (Throwable ex) {
			error = ex.getClass().getSimpleName();
			throw ex;
		}
		finally {
			sample.stop(registry.timer(NAME, "error", error, "service", context.serviceName(), "step", step));
		}
	}

	/**
	 * The service has gone: so do the meters of its steps, whoever has made them.
	 */
	static void remove(MeterRegistry registry, String service) {
		for (String name : List.of(NAME, NAME + ".active")) {
			for (Meter meter : registry.find(name).tag("service", service).meters()) {
				registry.remove(meter);
			}
		}
	}

}
