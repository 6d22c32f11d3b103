package io.supervisor.endpoint;

import io.supervisor.CancellationCause;
import org.jspecify.annotations.Nullable;

/**
 * Why a run was cancelled.
 *
 * @param kind what happened
 * @param service the service that it happened to, if it was another one
 * @param description the same as a clause
 */
public record CancellationDescriptor(CancellationCause.Kind kind, @Nullable String service, String description) {

	static CancellationDescriptor of(CancellationCause cause) {
		return new CancellationDescriptor(cause.kind(), cause.service(), cause.describe());
	}

}
