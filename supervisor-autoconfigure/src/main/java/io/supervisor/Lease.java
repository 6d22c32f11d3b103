package io.supervisor;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What a service with a gate holds of it: the pass for its present or next run, as a
 * record for the snapshots.
 *
 * @param holder who holds the lease: another replica's name while the service waits for
 * it, {@code null} if nobody is known to hold it or if this replica does
 * @param until how long it is held at least, if known; for a lease of this replica when
 * it ends unless it is renewed
 * @param token the fencing token of a lease that this replica holds,
 * {@link RunGate#NO_TOKEN} if it has none; {@code null} if it does not hold it
 */
public record Lease(@Nullable String holder, @Nullable Instant until, @Nullable Long token) {

	/**
	 * Whether this replica holds it.
	 * @return {@code true} if the service may run here
	 */
	public boolean held() {
		return this.token != null;
	}

}
