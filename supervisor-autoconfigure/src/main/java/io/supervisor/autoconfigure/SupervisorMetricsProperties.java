package io.supervisor.autoconfigure;

import io.supervisor.metrics.ServiceGroupMetrics;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * How much is measured.
 *
 * @param maxServices Number of services that have meters of their own. Each costs about
 * ten series; 0 leaves only the counts by state.
 */
@ConfigurationProperties("supervisor.metrics")
record SupervisorMetricsProperties(@DefaultValue("" + ServiceGroupMetrics.DEFAULT_MAX_SERVICES) int maxServices) {

	SupervisorMetricsProperties {
		if (maxServices < 0) {
			throw new InvalidConfigurationPropertyValueException("supervisor.metrics.max-services", maxServices,
					"It must not be negative; 0 means none.");
		}
	}

}
