package io.supervisor.endpoint;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A transition.
 *
 * @param at when
 * @param service the service, as {@code group/service} inside a nested group; absent for
 * the group at the top
 * @param group whether it is a group that changed its state
 * @param from the state before
 * @param to the state after
 * @param attempt the number of the run, for a service
 * @param reason why; what a service threw only for those who may see details
 */
public record TransitionDescriptor(Instant at, @Nullable String service, boolean group, String from, String to,
		@Nullable Integer attempt, @Nullable String reason) {

	static TransitionDescriptor of(Transition transition, boolean details) {
		return new TransitionDescriptor(transition.at(), transition.path().isEmpty() ? null : transition.path(),
				transition.group(), transition.from(), transition.to(), transition.attempt(),
				(details || !transition.secret()) ? transition.reason() : null);
	}

}
