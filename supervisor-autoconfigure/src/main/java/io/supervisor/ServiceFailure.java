package io.supervisor;

import java.time.Instant;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * One failure of one service. Immutable; the text of the throwable is taken once, when
 * this object is made, on the thread that failed.
 */
public final class ServiceFailure {

	private final String service;

	private final int attempt;

	private final Throwable cause;

	private final Instant at;

	private final String text;

	/**
	 * What there is to say beside the cause, such as how often it came in a row.
	 */
	private final @Nullable String remark;

	private final boolean logged;

	/**
	 * Create a failure.
	 * @param service the name of the service, or {@code supervisor} for a defect of the
	 * group itself (rule 26)
	 * @param attempt the number of the run that failed; 0 if none had begun
	 * @param cause what was thrown
	 * @param at when
	 */
	public ServiceFailure(String service, int attempt, Throwable cause, Instant at) {
		this(service, attempt, cause, at, Throwables.describe(cause), null, false);
	}

	private ServiceFailure(String service, int attempt, Throwable cause, Instant at, String text,
			@Nullable String remark, boolean logged) {
		this.service = Objects.requireNonNull(service, "'service' must not be null");
		this.attempt = attempt;
		this.cause = Objects.requireNonNull(cause, "'cause' must not be null");
		this.at = Objects.requireNonNull(at, "'at' must not be null");
		this.text = text;
		this.remark = remark;
		this.logged = logged;
	}

	/**
	 * A failure whose own thread could not describe it, made without calling the
	 * throwable.
	 */
	static ServiceFailure undescribed(String service, int attempt, Throwable cause, Instant at) {
		return new ServiceFailure(service, attempt, cause, at, cause.getClass().getName(), null, false);
	}

	/**
	 * The same failure, known to be in the log at {@code ERROR}.
	 */
	ServiceFailure asLogged() {
		return new ServiceFailure(this.service, this.attempt, this.cause, this.at, this.text, this.remark, true);
	}

	/**
	 * The same failure with a remark, such as how often it came in a row.
	 */
	ServiceFailure withRemark(String remark) {
		return new ServiceFailure(this.service, this.attempt, this.cause, this.at, this.text, remark, false);
	}

	@Nullable String remark() {
		return this.remark;
	}

	boolean logged() {
		return this.logged;
	}

	/**
	 * The name of the service.
	 * @return the name, or {@code supervisor} for a defect of the group itself
	 */
	public String service() {
		return this.service;
	}

	/**
	 * The number of the run that failed.
	 * @return the attempt number; 0 if none had begun
	 */
	public int attempt() {
		return this.attempt;
	}

	/**
	 * What was thrown.
	 * @return the throwable
	 */
	public Throwable cause() {
		return this.cause;
	}

	/**
	 * When the failure happened.
	 * @return the instant
	 */
	public Instant at() {
		return this.at;
	}

	/**
	 * The class and message of the {@linkplain #cause() cause}, as they were when it was
	 * thrown, with a remark on the restarts where there were any. Never calls the
	 * throwable.
	 * @return the description, such as
	 * {@code java.net.ConnectException: Connection refused}
	 */
	public String description() {
		return (this.remark != null) ? this.text + " (" + this.remark + ")" : this.text;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof ServiceFailure that && this.service.equals(that.service) && this.attempt == that.attempt
				&& this.cause == that.cause && this.at.equals(that.at);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.service, this.attempt, this.at);
	}

	@Override
	public String toString() {
		return "ServiceFailure[service=" + this.service + ", attempt=" + this.attempt + ", cause=" + description()
				+ ", at=" + this.at + "]";
	}

}
