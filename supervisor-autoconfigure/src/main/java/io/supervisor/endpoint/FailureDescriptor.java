package io.supervisor.endpoint;

import java.time.Instant;

import io.supervisor.ServiceFailure;
import org.jspecify.annotations.Nullable;

/**
 * A failure.
 *
 * @param service the name of the service
 * @param attempt the number of the run that failed
 * @param at when
 * @param exception the class that was thrown, for those who may see details
 * @param message its message, for those who may see details
 */
public record FailureDescriptor(String service, int attempt, Instant at, @Nullable String exception,
		@Nullable String message) {

	static FailureDescriptor of(ServiceFailure failure, boolean details) {
		return new FailureDescriptor(failure.service(), failure.attempt(), failure.at(),
				details ? failure.cause().getClass().getName() : null, details ? message(failure) : null);
	}

	/**
	 * The text was taken when the failure happened; the throwable itself is not asked
	 * again.
	 */
	private static @Nullable String message(ServiceFailure failure) {
		String type = failure.cause().getClass().getName();
		String text = failure.description();
		if (!text.startsWith(type)) {
			return text;
		}
		String rest = text.substring(type.length());
		rest = rest.startsWith(": ") ? rest.substring(2) : rest.strip();
		return rest.isEmpty() ? null : rest;
	}

}
