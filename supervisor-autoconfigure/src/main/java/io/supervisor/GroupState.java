package io.supervisor;

/**
 * The state of a group, in the order of its life (design §6). A finished group can run
 * again: the three terminal states lead to {@link #STARTING} (rule 21).
 */
public enum GroupState {

	/**
	 * Never run.
	 */
	NEW,

	/**
	 * Running, with services that are not ready yet.
	 */
	STARTING,

	/**
	 * Each service is ready, completed, isolated after a failure, or stopped by hand.
	 */
	RUNNING,

	/**
	 * Every service was asked to end; some have not.
	 */
	STOPPING,

	/**
	 * Ended because it was asked to.
	 */
	STOPPED,

	/**
	 * Ended by itself, without a failure of a critical service.
	 */
	COMPLETED,

	/**
	 * Ended because of a failure.
	 */
	FAILED;

	/**
	 * Whether a group may go from this state to another one.
	 * @param next the other state
	 * @return {@code true} if there is such a transition
	 */
	public boolean canMoveTo(GroupState next) {
		return switch (this) {
			case NEW, STOPPED, COMPLETED, FAILED -> next == STARTING;
			case STARTING -> next == RUNNING || next == STOPPING;
			case RUNNING -> next == STOPPING || next == COMPLETED;
			case STOPPING -> next == STOPPED || next == COMPLETED || next == FAILED;
		};
	}

	/**
	 * Whether the group has ended.
	 * @return {@code true} for {@link #STOPPED}, {@link #COMPLETED} and {@link #FAILED}
	 */
	public boolean isTerminal() {
		return this == STOPPED || this == COMPLETED || this == FAILED;
	}

	/**
	 * Whether the group has begun and not ended.
	 * @return {@code true} for {@link #STARTING}, {@link #RUNNING} and {@link #STOPPING}
	 */
	public boolean isLive() {
		return this == STARTING || this == RUNNING || this == STOPPING;
	}

}
