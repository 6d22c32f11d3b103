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

}
