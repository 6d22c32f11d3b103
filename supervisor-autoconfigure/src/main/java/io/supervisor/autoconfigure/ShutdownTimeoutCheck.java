package io.supervisor.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.convert.DurationStyle;

/**
 * Says at the start which services a stop of the group will not leave all of their time.
 */
final class ShutdownTimeoutCheck {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorAutoConfiguration.class);

	private static final int MAX_NAMES = 5;

	private static final Duration CENTURY = Duration.ofDays(36_525);

	private final Duration shutdownTimeout;

	ShutdownTimeoutCheck(Duration shutdownTimeout) {
		this.shutdownTimeout = shutdownTimeout;
	}

	void check(ServiceGroup group) {
		if (this.shutdownTimeout.compareTo(CENTURY) > 0) {
			return;
		}
		List<ServiceDefinition> shortened = new ArrayList<>();
		for (ServiceSnapshot service : group.services()) {
			if (isShortened(service.definition())) {
				shortened.add(service.definition());
			}
		}
		if (!shortened.isEmpty()) {
			logger.warn(
					"{}: grace period and interrupt period together are longer than 'supervisor.shutdown-timeout' ({}), so that a stop of the group shortens them; raise that, or lower 'supervisor.services.<name>.grace-period' or 'supervisor.defaults.grace-period'",
					describe(shortened), describe(this.shutdownTimeout));
		}
	}

	/**
	 * A nested group has no grace period to lower: it ends inside what there is.
	 */
	private boolean isShortened(ServiceDefinition definition) {
		return definition.group().isEmpty()
				&& definition.timeToEnd().map((time) -> time.compareTo(this.shutdownTimeout) > 0).orElse(true);
	}

	private static String describe(List<ServiceDefinition> definitions) {
		StringBuilder text = new StringBuilder();
		for (ServiceDefinition definition : definitions.subList(0, Math.min(MAX_NAMES, definitions.size()))) {
			text.append(text.isEmpty() ? "'" : ", '")
				.append(definition.name())
				.append("' (")
				.append(definition.timeToEnd().map(ShutdownTimeoutCheck::describe).orElse("no limit"))
				.append(')');
		}
		return (definitions.size() > MAX_NAMES)
				? text.append(", ... and ").append(definitions.size() - MAX_NAMES).append(" more").toString()
				: text.toString();
	}

	private static String describe(Duration duration) {
		return DurationStyle.SIMPLE.print(duration, (duration.getNano() == 0) ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
	}

}
