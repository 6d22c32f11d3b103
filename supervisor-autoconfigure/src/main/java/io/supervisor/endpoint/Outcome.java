package io.supervisor.endpoint;

/**
 * What came of a command.
 *
 * @param kind whether it was carried out
 * @param reason why it was not; empty if it was
 */
record Outcome(Kind kind, String reason) {

	static final Outcome DONE = new Outcome(Kind.DONE, "");

	static final Outcome UNDER_WAY = new Outcome(Kind.UNDER_WAY, "");

	static Outcome unknown(String path) {
		return new Outcome(Kind.UNKNOWN, "There is no service '" + path + "'");
	}

	static Outcome refused(String reason) {
		return new Outcome(Kind.REFUSED, reason);
	}

	boolean isAccepted() {
		return this.kind == Kind.DONE || this.kind == Kind.UNDER_WAY;
	}

	enum Kind {

		/**
		 * Carried out.
		 */
		DONE(200),

		/**
		 * Accepted, and not done when the time for the answer was over.
		 */
		UNDER_WAY(202),

		/**
		 * No such service.
		 */
		UNKNOWN(404),

		/**
		 * Not possible in the present state.
		 */
		REFUSED(409);

		private final int status;

		Kind(int status) {
			this.status = status;
		}

		int status() {
			return this.status;
		}

	}

}
