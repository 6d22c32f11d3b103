package io.supervisor.lifecycle;

import java.util.Optional;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;

import org.springframework.context.ApplicationEvent;

/**
 * Published when the group went from one state to another: every transition once, in
 * order, on a thread that holds up nothing but other such events.
 */
public final class ServiceGroupStateChangedEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final GroupState previousState;

	ServiceGroupStateChangedEvent(GroupState previousState, GroupSnapshot group) {
		super(group);
		this.previousState = previousState;
	}

	/**
	 * The group in its new state.
	 * @return the snapshot
	 */
	public GroupSnapshot getGroup() {
		return (GroupSnapshot) getSource();
	}

	/**
	 * The state that the group was in.
	 * @return the state before
	 */
	public GroupState getPreviousState() {
		return this.previousState;
	}

	/**
	 * Why the group is in its new state, as a clause.
	 * @return the reason; empty where the state says it all
	 */
	public Optional<String> getReason() {
		return getGroup().reason();
	}

	@Override
	public String toString() {
		return "ServiceGroupStateChangedEvent[previousState=" + this.previousState + ", group=" + getGroup() + "]";
	}

}
