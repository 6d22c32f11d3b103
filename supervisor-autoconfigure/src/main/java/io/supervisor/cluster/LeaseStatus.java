package io.supervisor.cluster;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What a replica has of leases, and whether what keeps them answers.
 *
 * @param held how many this replica holds, for runs
 * @param errors how many calls of the store have failed since the start
 * @param unanswered for how long the store has been asked without an answer: the calls
 * fail, or one hangs; zero if it has answered the latest one
 * @param error the latest failure, if no call has succeeded since
 */
public record LeaseStatus(int held, long errors, Duration unanswered, @Nullable String error) {

}
