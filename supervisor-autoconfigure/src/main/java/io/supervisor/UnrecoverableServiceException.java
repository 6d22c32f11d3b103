package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a service to say that another attempt would not help: its failure is final at
 * once, whatever its restart policy (rule 15). Counts anywhere in the cause chain.
 */
public class UnrecoverableServiceException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception with a message.
	 * @param message what is wrong and who can mend it
	 */
	public UnrecoverableServiceException(String message) {
		super(message);
	}

	/**
	 * Create an exception with a message and a cause.
	 * @param message what is wrong and who can mend it
	 * @param cause what happened
	 */
	public UnrecoverableServiceException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
