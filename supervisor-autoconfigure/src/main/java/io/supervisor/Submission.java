package io.supervisor;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * A run that is handed to the executor, and what that made of it (rule 5): the signal
 * that the executor has returned.
 */
final class Submission extends Signal {

	private static final String OWN_THREAD = "every service needs a thread of its own";

	private final Run run;

	/**
	 * What the executor threw, with its text, and whether it is new to the log. Written
	 * by the thread that submits before it posts this, as are the following; read by the
	 * owner of the group after it.
	 */
	private @Nullable Throwable refusal;

	private @Nullable String text;

	private boolean newCause;

	private boolean unrecoverable;

	/**
	 * Whether another thread submits in place of the one that was blocked with this.
	 */
	private boolean relieved;

	/**
	 * When the executor was called. Written by the thread that submits before others see
	 * what it is at.
	 */
	long begunAt;

	/**
	 * The next one of the same service, which waits until the executor has returned from
	 * this one. Only accessed by the owner of the group.
	 */
	@Nullable Submission after;

	Submission(Run run) {
		this.run = run;
	}

	Run run() {
		return this.run;
	}

	Member member() {
		return this.run.member();
	}

	/**
	 * Hand the run to the executor, unless it was withdrawn meanwhile.
	 */
	void perform(Executor executor) {
		if (this.run.isWithdrawn()) {
			return;
		}
		this.run.submittedBy(Thread.currentThread());
		try {
			executor.execute(this.run);
		}
		catch (Throwable ex) {
			refuse(ex);
		}
		this.run.submittedBy(null);
	}

	void refuse(Throwable refusal) {
		this.refusal = refusal;
		this.unrecoverable = refusal instanceof VirtualMachineError;
	}

	/**
	 * Read what the executor threw: not in the loop, it is foreign code.
	 */
	void describe() {
		Throwable refusal = this.refusal;
		if (refusal == null) {
			return;
		}
		try {
			this.unrecoverable = Throwables.isUnrecoverable(refusal, member().policy().restart().exclude());
			this.text = Throwables.describe(refusal);
			this.newCause = member().isNewCause(Throwables.signature(refusal));
		}
		catch (Throwable ex) {
			// short of memory: its class has to do
		}
	}

	void relieved() {
		this.relieved = true;
	}

	boolean isRelieved() {
		return this.relieved;
	}

	/**
	 * Whether it has failed.
	 */
	boolean isRefused() {
		return this.refusal != null || this.run.calledBySubmitter();
	}

	boolean isUnrecoverable() {
		return this.unrecoverable;
	}

	/**
	 * Why it has failed.
	 */
	IllegalStateException reason() {
		Throwable refusal = this.refusal;
		if (refusal == null) {
			return new IllegalStateException("The executor called it in the thread that asked; " + OWN_THREAD);
		}
		String thrown = thrown(refusal);
		String message = "The executor could not start it: " + thrown;
		if (refusal instanceof OutOfMemoryError) {
			message = "No thread could be created for it (" + thrown
					+ "): a limit of the process, its user or its container on threads or on memory is reached";
		}
		else if (refusal instanceof RejectedExecutionException) {
			message = "The executor refused to start it (" + thrown + "); " + OWN_THREAD
					+ ", so it must have as many threads as there are services";
		}
		return new IllegalStateException(message, refusal);
	}

	private String thrown(Throwable refusal) {
		return (this.text != null) ? this.text : refusal.getClass().getName();
	}

	/**
	 * For the log.
	 */
	void log(GroupLog log) {
		Throwable refusal = this.refusal;
		if (refusal != null) {
			log.notStarted(member().name(), this.run.attempt(), thrown(refusal), this.newCause ? refusal : null);
		}
	}

	@Override
	void handle(Rules rules) {
		rules.starts().onSubmitted(this);
	}

}
