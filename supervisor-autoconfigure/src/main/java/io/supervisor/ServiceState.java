package io.supervisor;

/**
 * The state of a service in its group, in the order of its life (design §6).
 * <table>
 * <caption>States, meaning and transitions</caption>
 * <tr>
 * <th>State</th>
 * <th>Meaning</th>
 * <th>Goes to, because</th>
 * </tr>
 * <tr>
 * <td>{@link #NEW}</td>
 * <td>not started since the group exists</td>
 * <td>WAITING: the group starts; STOPPED: the group stops first</td>
 * </tr>
 * <tr>
 * <td>{@link #WAITING}</td>
 * <td>may start as soon as what it waits for is there: a dependency, the end of an older
 * run, a lease</td>
 * <td>STARTING: nothing is missing any more; STOPPED: no run to end; FAILED: what it
 * waits for has failed for good, or its older run has not ended in time</td>
 * </tr>
 * <tr>
 * <td>{@link #STARTING}</td>
 * <td>handed to the executor, not ready yet</td>
 * <td>RUNNING: ready; COMPLETED, FAILED, BACKOFF: the run ended by itself, or did not
 * begin; STOPPING: it was cancelled, or not ready in time; STOPPED: cancelled before it
 * began</td>
 * </tr>
 * <tr>
 * <td>{@link #RUNNING}</td>
 * <td>ready, at work</td>
 * <td>COMPLETED, FAILED, BACKOFF: the run ended by itself; STOPPING: it was
 * cancelled</td>
 * </tr>
 * <tr>
 * <td>{@link #BACKOFF}</td>
 * <td>its run has ended, the next attempt is due at a known time</td>
 * <td>WAITING: the time is over; STOPPED: no run to end</td>
 * </tr>
 * <tr>
 * <td>{@link #STOPPING}</td>
 * <td>cancelled, its thread has not ended</td>
 * <td>STOPPED, FAILED, BACKOFF, WAITING: its thread has ended; STUCK: it did not end in
 * time</td>
 * </tr>
 * <tr>
 * <td>{@link #STUCK}</td>
 * <td>cancelled, interrupted and not ended in time; quarantined: not waited for, never
 * doubled</td>
 * <td>STOPPED, FAILED, BACKOFF, WAITING: its thread has ended after all; WAITING: the
 * group runs again</td>
 * </tr>
 * <tr>
 * <td>{@link #STOPPED}, {@link #COMPLETED}, {@link #FAILED}</td>
 * <td>ended: after a cancel, by returning, for good by a failure</td>
 * <td>WAITING: a command, a restart scope, or the group's next run</td>
 * </tr>
 * </table>
 */
public enum ServiceState {

	/**
	 * Not started since the group exists.
	 */
	NEW,

	/**
	 * May start as soon as what it waits for is there.
	 */
	WAITING,

	/**
	 * Handed to the executor, not ready yet.
	 */
	STARTING,

	/**
	 * Ready, at work.
	 */
	RUNNING,

	/**
	 * Its run has ended, the next attempt is due at a known time.
	 */
	BACKOFF,

	/**
	 * Cancelled; its thread has not ended.
	 */
	STOPPING,

	/**
	 * Cancelled, interrupted, and not ended in time.
	 */
	STUCK,

	/**
	 * Ended after it was cancelled.
	 */
	STOPPED,

	/**
	 * Returned before it was cancelled.
	 */
	COMPLETED,

	/**
	 * Failed for good.
	 */
	FAILED;

	/**
	 * Whether a service may go from this state to another one.
	 * @param next the other state
	 * @return {@code true} if the table above has the transition
	 */
	public boolean canMoveTo(ServiceState next) {
		return switch (this) {
			case NEW -> next == WAITING || next == STOPPED;
			case WAITING -> next == STARTING || next == STOPPED || next == FAILED;
			case STARTING -> next == RUNNING || next == COMPLETED || next == FAILED || next == BACKOFF
					|| next == STOPPING || next == STOPPED;
			case RUNNING -> next == COMPLETED || next == FAILED || next == BACKOFF || next == STOPPING;
			case BACKOFF -> next == WAITING || next == STOPPED;
			case STOPPING -> next == STUCK || next == STOPPED || next == FAILED || next == BACKOFF || next == WAITING;
			case STUCK -> next == STOPPED || next == FAILED || next == BACKOFF || next == WAITING;
			case STOPPED, COMPLETED, FAILED -> next == WAITING;
		};
	}

	/**
	 * Whether the group has handed a run to the executor that it still waits for. A
	 * {@link #STUCK} one is not waited for.
	 * @return {@code true} for {@link #STARTING}, {@link #RUNNING} and {@link #STOPPING}
	 */
	public boolean isLive() {
		return this == STARTING || this == RUNNING || this == STOPPING;
	}

	/**
	 * Whether nothing more happens to the service unless something outside asks for it.
	 * @return {@code true} for {@link #STOPPED}, {@link #COMPLETED} and {@link #FAILED}
	 */
	public boolean isTerminal() {
		return this == STOPPED || this == COMPLETED || this == FAILED;
	}

}
