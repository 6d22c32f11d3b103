package io.supervisor.demo.failure;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which service is to fail, and when.
 *
 * @param service bean name of the service
 * @param after how long each run of the service lasts before it fails
 * @param times number of runs that fail; every run if not set
 */
record FailureProperties(String service, @DefaultValue("20s") Duration after, @Nullable Integer times) {

	FailureProperties {
		if (after.isNegative()) {
			throw new IllegalArgumentException(
					"'demo.fail.after' must be zero or longer, but is '%s'".formatted(after));
		}
		if (times != null && times < 1) {
			throw new IllegalArgumentException("'demo.fail.times' must be 1 or more, but is '%s'".formatted(times));
		}
	}

}
