package io.supervisor.lifecycle;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.diagnostics.FailureAnalyzedException;

/**
 * Fails the start of an application whose services did not become ready.
 */
final class ServiceGroupNotReadyException extends FailureAnalyzedException implements ExitCodeGenerator {

	private static final long serialVersionUID = 1L;

	private final int exitCode;

	ServiceGroupNotReadyException(String description, String action, @Nullable Throwable cause, int exitCode) {
		super(description, action);
		if (cause != null) {
			initCause(cause);
		}
		this.exitCode = exitCode;
	}

	@Override
	public int getExitCode() {
		return this.exitCode;
	}

}
