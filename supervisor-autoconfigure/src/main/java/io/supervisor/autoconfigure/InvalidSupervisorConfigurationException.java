package io.supervisor.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Says what is wrong with the services of an application, or with their properties, and
 * how to mend it.
 */
final class InvalidSupervisorConfigurationException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String action;

	InvalidSupervisorConfigurationException(String description, String action) {
		super(description);
		this.action = action;
	}

	InvalidSupervisorConfigurationException(String description, String action, Throwable cause) {
		super(description, cause);
		this.action = action;
	}

	/**
	 * Refuse a negative number. Not where it is bound, where the analysis would be that
	 * of any failure of a binding.
	 */
	static void throwIfNegative(String property, int value) {
		if (value < 0) {
			throw new InvalidSupervisorConfigurationException(
					"The value '" + value + "' of '" + property + "' must not be negative.",
					"Set it to 0 for none at all.");
		}
	}

	FailureAnalysis analysis() {
		return new FailureAnalysis(getMessage(), this.action, this);
	}

	/**
	 * Spring Boot 4.0 has no exception that brings its analysis along. First, since
	 * others know what is wrong with the cause only.
	 */
	@Order(Ordered.HIGHEST_PRECEDENCE)
	static final class Analyzer extends AbstractFailureAnalyzer<InvalidSupervisorConfigurationException> {

		@Override
		protected FailureAnalysis analyze(Throwable rootFailure, InvalidSupervisorConfigurationException cause) {
			return cause.analysis();
		}

	}

}
