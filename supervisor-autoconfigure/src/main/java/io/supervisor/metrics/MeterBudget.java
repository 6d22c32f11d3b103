package io.supervisor.metrics;

import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many services of a tree may have meters of their own.
 */
final class MeterBudget {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroupMetrics.class);

	private final int max;

	private final AtomicInteger used = new AtomicInteger();

	MeterBudget(int max) {
		this.max = max;
	}

	boolean take() {
		int before = this.used.getAndUpdate((used) -> Math.min(used + 1, this.max + 1));
		if (before == this.max && this.max > 0) {
			logger.warn("Only {} services have meters of their own: each costs the monitoring several series. "
					+ "'supervisor.metrics.max-services' sets another number", this.max);
		}
		return before < this.max;
	}

	void giveBack() {
		this.used.getAndUpdate((used) -> Math.min(used, this.max) - 1);
	}

}
