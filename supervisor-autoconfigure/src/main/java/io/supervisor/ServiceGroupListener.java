package io.supervisor;

/**
 * Told of every transition of a group and its services: each once, in order, on a daemon
 * thread that belongs to this listener (rule 25). A listener may call any method of the
 * group. What it throws is logged and swallowed; how long it takes delays nobody else.
 * <p>
 * One that is behind by more than 10 000 events and ten for each service is not told of
 * all of them any more, since what is kept for it is bounded: see
 * {@link #eventsMissed(long)}.
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
	 * A service says that it runs, but not well, gives another reason for that, or says
	 * that it is well again (rule 28). Of what it says faster than the group can tell,
	 * only the last is told. That it is over with the end of the run is not told here.
	 * @param service the service; {@link ServiceSnapshot#degraded()} is the reason, empty
	 * if it is well again
	 */
	default void serviceDegraded(ServiceSnapshot service) {
	}

	/**
	 * The group went from one state to another.
	 * @param from the state it was in
	 * @param group the group in its new state; {@link GroupSnapshot#reason()} says why
	 */
	default void groupStateChanged(GroupState from, GroupSnapshot group) {
	}

	/**
	 * A service is not in the group any more.
	 * @param service the service as it was last
	 */
	default void serviceRemoved(ServiceSnapshot service) {
	}

	/**
	 * This listener was too far behind, or there was no memory for events: some
	 * transitions of services are left out. What follows goes on with the latest one of
	 * each service, so that the state that a service comes from may be another one than
	 * the listener was told of before. Transitions of the group and removals are never
	 * left out. Told once for each time that the listener falls behind.
	 * @param count how many transitions it is not told of
	 */
	default void eventsMissed(long count) {
	}

}
