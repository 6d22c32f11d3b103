package io.supervisor.autoconfigure;

import org.springframework.boot.diagnostics.FailureAnalyzedException;

/**
 * Says what is wrong with the services of an application, or with their properties, and
 * how to mend it.
 */
final class InvalidSupervisorConfigurationException extends FailureAnalyzedException {

	private static final long serialVersionUID = 1L;

	InvalidSupervisorConfigurationException(String description, String action) {
		super(description, action);
	}

	InvalidSupervisorConfigurationException(String description, String action, Throwable cause) {
		super(description, action, cause);
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

}
