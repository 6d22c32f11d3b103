package io.supervisor;

/**
 * Told of every transition of a group and its services: each once, in order, on a daemon
 * thread that belongs to this listener (rule 25). A listener may call any method of the
 * group. What it throws is logged and swallowed; how long it takes delays nobody else.
 */
public interface ServiceGroupListener {

	/**
	 * A service went from one state to another.
	 * @param from the state it was in
	 * @param service the service in its new state; {@link ServiceSnapshot#reason()} says
	 * why
	 */
	default void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
	}

	/**
	 * The group went from one state to another.
	 * @param from the state it was in
	 * @param group the group in its new state; {@link GroupSnapshot#reason()} says why
	 */
	default void groupStateChanged(GroupState from, GroupSnapshot group) {
	}

}
