package io.supervisor.endpoint;

import java.time.Instant;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

/**
 * One transition of a service or a group.
 *
 * @param at when
 * @param path the service, or the service that a nested group is; empty for the group at
 * the top
 * @param group whether it is a transition of a group
 * @param from the state before
 * @param to the state after
 * @param attempt the number of the run, for a service
 * @param reason why, if the states do not say it all
 * @param secret whether the reason has something in it that a service threw
 */
record Transition(Instant at, String path, boolean group, String from, String to, @Nullable Integer attempt,
		@Nullable String reason, boolean secret) {

	static Transition of(String path, ServiceState from, ServiceSnapshot service) {
		boolean failure = service.state() == ServiceState.BACKOFF || service.state() == ServiceState.FAILED;
		return new Transition(service.since(), path, false, from.name(), service.state().name(), service.attempt(),
				service.reason().orElse(null), failure);
	}

	static Transition of(String path, GroupState from, GroupSnapshot group) {
		return new Transition(group.since(), path, true, from.name(), group.state().name(), null,
				group.reason().orElse(null), false);
	}

}
