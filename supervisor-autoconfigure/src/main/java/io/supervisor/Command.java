package io.supervisor;

import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.FutureTask;

import org.jspecify.annotations.Nullable;

/**
 * Something that somebody wants of one service.
 */
final class Command extends Signal {

	private final Kind kind;

	private final String name;

	/**
	 * The member to add, for {@link Kind#ADD}: made by the caller, since its service is
	 * asked whether it announces its readiness.
	 */
	private final @Nullable Member member;

	private final Result result = new Result();

	/**
	 * Where its result is told. Only accessed by the owner of the group, as is the
	 * following.
	 */
	private @Nullable Publication publication;

	/**
	 * Whether all is done but for the end of the run.
	 */
	boolean underWay;

	/**
	 * The one before it that waits for the same run. Written by {@link Commands}.
	 */
	@Nullable Command nextPending;

	/**
	 * What whoever waits for it will be told.
	 */
	private boolean answered;

	private @Nullable ServiceSnapshot snapshot;

	private @Nullable Throwable reason;

	/**
	 * The next one to answer. Written by the {@link Publication}.
	 */
	@Nullable Command nextAnswer;

	Command(Kind kind, String name) {
		this.kind = kind;
		this.name = name;
		this.member = null;
	}

	Command(Member member) {
		this.kind = Kind.ADD;
		this.name = member.name();
		this.member = member;
	}

	Kind kind() {
		return this.kind;
	}

	String name() {
		return this.name;
	}

	@Nullable Member member() {
		return this.member;
	}

	Result result() {
		return this.result;
	}

	/**
	 * It is done: whoever waits for that is told once it is published.
	 */
	void carriedOut(Member member) {
		answer(publication().publish(member), null);
	}

	void refuse(String reason) {
		failed(new IllegalStateException("'" + this.name + "' cannot be " + this.kind.participle + ": " + reason));
	}

	void unknown(String group) {
		failed(new NoSuchElementException("There is no service '" + this.name + "' in '" + group + "'"));
	}

	void failed(Throwable reason) {
		answer(null, reason);
	}

	private void answer(@Nullable ServiceSnapshot snapshot, @Nullable Throwable reason) {
		if (!this.answered) {
			this.answered = true;
			this.snapshot = snapshot;
			this.reason = reason;
			publication().answer(this);
		}
	}

	/**
	 * Tell whoever waits for it.
	 */
	void answer() {
		if (this.reason != null) {
			this.result.setException(this.reason);
		}
		else {
			this.result.set(Objects.requireNonNull(this.snapshot, "the command has no answer"));
		}
	}

	private Publication publication() {
		return Objects.requireNonNull(this.publication, "the command was not handled");
	}

	@Override
	void handle(Rules rules) {
		this.publication = rules.group().publication;
		try {
			rules.commands().onCommand(this);
		}
		catch (Throwable ex) {
			failed(ex);
			throw ex;
		}
	}

	@Override
	public String toString() {
		return this.kind + " " + this.name;
	}

	enum Kind {

		START("started"), STOP("stopped"), RESTART("restarted"), ADD("added"), REMOVE("removed");

		private final String participle;

		Kind(String participle) {
			this.participle = participle;
		}

	}

	/**
	 * A future without callbacks: completing it in the loop runs nobody else's code.
	 */
	static final class Result extends FutureTask<ServiceSnapshot> {

		Result() {
			super(() -> {
				throw new AssertionError("a result is set, not computed");
			});
		}

		@Override
		public void set(ServiceSnapshot snapshot) {
			super.set(snapshot);
		}

		@Override
		public void setException(Throwable reason) {
			super.setException(reason);
		}

	}

}
