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
	 * Running, with critical services that are not ready yet.
	 */
	STARTING,

	/**
	 * Each critical service is ready, completed, stopped by hand, or waits for a lease or
	 * for one that was stopped by hand. Once it is so, the group stays in this state
	 * until it stops or ends, and those that are not critical do not matter (rule 3).
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
