package io.supervisor.autoconfigure;

import io.supervisor.metrics.ServiceGroupMetrics;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much is measured.
 *
 * @param maxServices Number of services that have meters of their own. Each costs about
 * ten series; 0 leaves only the counts by state.
 */
@ConfigurationProperties("supervisor.metrics")
record SupervisorMetricsProperties(@DefaultValue("" + ServiceGroupMetrics.DEFAULT_MAX_SERVICES) int maxServices) {

}
