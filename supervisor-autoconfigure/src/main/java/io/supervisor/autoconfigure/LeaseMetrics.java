package io.supervisor.autoconfigure;

import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.supervisor.cluster.Cluster;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Meters of the leases of this replica; none where no service needs a lease.
 */
final class LeaseMetrics implements MeterBinder {

	private final ConfigurableListableBeanFactory beanFactory;

	LeaseMetrics(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Cluster cluster = ClusterLifecycle.used(this.beanFactory);
		if (cluster == null) {
			return;
		}
		Gauge.builder("supervisor.leases.held", cluster, (leases) -> leases.status().held())
			.description("Number of leases that this replica holds")
			.register(registry);
		FunctionCounter.builder("supervisor.leases.errors", cluster, (leases) -> leases.status().errors())
			.description("Calls of what keeps the leases that have failed")
			.register(registry);
		TimeGauge
			.builder("supervisor.leases.unanswered", cluster, TimeUnit.MILLISECONDS,
					(leases) -> leases.status().unanswered().toMillis())
			.description("Time for which what keeps the leases has not answered; 0 if it has")
			.register(registry);
	}

}
