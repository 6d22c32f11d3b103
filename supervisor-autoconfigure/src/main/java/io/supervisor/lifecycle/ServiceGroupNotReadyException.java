package io.supervisor.lifecycle;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Fails the start of an application whose services did not become ready.
 */
final class ServiceGroupNotReadyException extends RuntimeException implements ExitCodeGenerator {

	private static final long serialVersionUID = 1L;

	private final String action;

	private final int exitCode;

	ServiceGroupNotReadyException(String description, String action, @Nullable Throwable cause, int exitCode) {
		super(description, cause);
		this.action = action;
		this.exitCode = exitCode;
	}

	@Override
	public int getExitCode() {
		return this.exitCode;
	}

	FailureAnalysis analysis() {
		return new FailureAnalysis(getMessage(), this.action, this);
	}

	/**
	 * First, since others know what is wrong with one of the services only.
	 */
	@Order(Ordered.HIGHEST_PRECEDENCE)
	static final class Analyzer extends AbstractFailureAnalyzer<ServiceGroupNotReadyException> {

		@Override
		protected FailureAnalysis analyze(Throwable rootFailure, ServiceGroupNotReadyException cause) {
			return cause.analysis();
		}

	}

}
