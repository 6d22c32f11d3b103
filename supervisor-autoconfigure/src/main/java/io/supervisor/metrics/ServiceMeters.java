package io.supervisor.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.supervisor.CancellationCause;
import io.supervisor.ServiceFailure;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one service. What counts and measures is only accessed by the thread of
 * the listener, of which there is one at a time.
 */
final class ServiceMeters {

	/**
	 * Exceptions come from anywhere and may be made up at run time, series are for ever.
	 */
	static final int MAX_EXCEPTIONS = 20;

	private final MeterRegistry registry;

	private final String tag;

	private final List<Meter> meters = new ArrayList<>();

	private final Map<String, Counter> failures = new ConcurrentHashMap<>();

	private final Timer startDuration;

	private final Timer stopDuration;

	private @Nullable Instant startingSince;

	private @Nullable Instant stoppingSince;

	private @Nullable ServiceFailure counted;

	/**
	 * Create the meters.
	 * @param registry where they are
	 * @param tag the name of the service in the tree
	 * @param group the group that it is a member of
	 * @param name its name in there
	 */
	ServiceMeters(MeterRegistry registry, String tag, ServiceGroup group, String name) {
		this.registry = registry;
		this.tag = tag;
		add(Gauge.builder("supervisor.service.up", group, read(name, (service) -> service.ready() ? 1 : 0))
			.description("Whether the service is ready and at work: 1 if so, otherwise 0")
			.tag("service", tag)
			.register(registry));
		add(Gauge
			.builder("supervisor.service.degraded", group,
					read(name, (service) -> service.degraded().isPresent() ? 1 : 0))
			.description("Whether the service says that it runs, but not well: 1 if so, otherwise 0")
			.tag("service", tag)
			.register(registry));
		add(TimeGauge
			.builder("supervisor.service.uptime", group, TimeUnit.MILLISECONDS,
					read(name, (service) -> uptime(service, registry.config().clock().wallTime())))
			.description("Time since the service became ready; 0 if it is not")
			.tag("service", tag)
			.register(registry));
		add(FunctionCounter.builder("supervisor.service.restarts", group, read(name, ServiceSnapshot::restarts))
			.description("Runs that followed a run which had ended by itself")
			.baseUnit("restarts")
			.tag("service", tag)
			.register(registry));
		this.startDuration = add(Timer.builder("supervisor.service.start.duration")
			.description("Time from the start of a run until the service was ready")
			.tag("service", tag)
			.register(registry));
		this.stopDuration = add(Timer.builder("supervisor.service.stop.duration")
			.description("Time from the cancel of a run until its thread had ended")
			.tag("service", tag)
			.register(registry));
	}

	private <T extends Meter> T add(T meter) {
		this.meters.add(meter);
		return meter;
	}

	private static ToDoubleFunction<ServiceGroup> read(String name, ToDoubleFunction<ServiceSnapshot> value) {
		return (group) -> group.service(name).map(value::applyAsDouble).orElse(Double.NaN);
	}

	private static double uptime(ServiceSnapshot service, long now) {
		return service.ready() ? Math.max(0, now - service.since().toEpochMilli()) : 0;
	}

	void stateChanged(ServiceState from, ServiceSnapshot service) {
		countFailure(from, service);
		measureStart(service);
		measureStop(service);
	}

	/**
	 * One failure per run, however many states it shows in. What a run throws after the
	 * group cancelled it is none.
	 */
	private void countFailure(ServiceState from, ServiceSnapshot service) {
		ServiceFailure failure = service.lastFailure().orElse(null);
		if (failure == null || failure.attempt() != service.attempt() || failure.equals(this.counted)) {
			return;
		}
		boolean failed = switch (service.state()) {
			case STOPPING -> isFailure(service.cancellationCause().orElse(null));
			case BACKOFF, FAILED -> (from != ServiceState.STOPPING && from != ServiceState.STUCK)
					|| this.counted == null || this.counted.attempt() != service.attempt();
			default -> false;
		};
		if (failed) {
			this.counted = failure;
			failures(exception(failure.cause())).increment();
		}
	}

	private static boolean isFailure(@Nullable CancellationCause cause) {
		return cause != null && (cause.kind() == CancellationCause.Kind.HEARTBEAT_MISSED
				|| cause.kind() == CancellationCause.Kind.START_TIMEOUT);
	}

	private static String exception(Throwable cause) {
		Class<?> type = cause.getClass();
		while (type.isAnonymousClass()) {
			type = type.getSuperclass();
		}
		return type.getSimpleName();
	}

	Counter failures(String exception) {
		String name = (this.failures.size() < MAX_EXCEPTIONS || this.failures.containsKey(exception)) ? exception
				: "other";
		return this.failures.computeIfAbsent(name,
				(key) -> Counter.builder("supervisor.service.failures")
					.description("Runs that failed, by the simple name of what they threw")
					.baseUnit("failures")
					.tag("service", this.tag)
					.tag("exception", key)
					.register(this.registry));
	}

	private void measureStart(ServiceSnapshot service) {
		if (service.state() == ServiceState.RUNNING && this.startingSince != null) {
			this.startDuration.record(Duration.between(this.startingSince, service.since()));
		}
		boolean starting = service.state() == ServiceState.STARTING;
		this.startingSince = starting ? service.since() : null;
	}

	/**
	 * A stuck service goes on stopping. One that starts anew in the group's next run has
	 * left its old thread behind.
	 */
	private void measureStop(ServiceSnapshot service) {
		if (service.state() == ServiceState.STOPPING) {
			this.stoppingSince = service.since();
		}
		else if (service.state() != ServiceState.STUCK) {
			if (this.stoppingSince != null) {
				this.stopDuration.record(Duration.between(this.stoppingSince, service.since()));
			}
			this.stoppingSince = null;
		}
	}

	/**
	 * For any thread; nothing is counted or measured any more.
	 */
	void remove() {
		this.meters.forEach(this.registry::remove);
		this.failures.values().forEach(this.registry::remove);
	}

}
