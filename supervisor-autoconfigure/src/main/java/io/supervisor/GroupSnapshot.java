package io.supervisor;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A group at one moment: one consistent, immutable record (rule 24). Reading and keeping
 * it costs the same whatever the number of services is.
 *
 * @param name the name of the group
 * @param state its state
 * @param since when it entered that state
 * @param counts how many services are in each state; states without one are absent
 * @param failures the failures of this run of the group, in order: those that failed it,
 * and of those that were isolated and the secondary ones the first and the latest of each
 * service (rule 27); {@link #failureCount()} counts the others too
 * @param cancellationCause why the group stops or has stopped; {@code null} if it does
 * not or has ended by itself
 */
public record GroupSnapshot(String name, GroupState state, Instant since, Map<ServiceState, Integer> counts,
		List<ServiceFailure> failures, @Nullable CancellationCause cancellationCause) {

	public GroupSnapshot {
		Objects.requireNonNull(name, "'name' must not be null");
		Objects.requireNonNull(state, "'state' must not be null");
		Objects.requireNonNull(since, "'since' must not be null");
		Objects.requireNonNull(counts, "'counts' must not be null");
		Objects.requireNonNull(failures, "'failures' must not be null");
	}

	/**
	 * How many services are in a state.
	 * @param state the state
	 * @return their number
	 */
	public int count(ServiceState state) {
		return (this.counts instanceof StateCounts stateCounts) ? stateCounts.of(state)
				: this.counts.getOrDefault(state, 0);
	}

	/**
	 * How many services the group has.
	 * @return their number
	 */
	public int size() {
		int size = 0;
		for (int count : this.counts.values()) {
			size += count;
		}
		return size;
	}

	/**
	 * How many failures there were in this run of the group, also those between the first
	 * and the latest of a service, which are not kept.
	 * @return their number
	 */
	public int failureCount() {
		int count = this.failures.size();
		if (this.failures instanceof FailureList.View view) {
			for (int i = 0; i < view.size(); i++) {
				count += view.leftOutBefore(i);
			}
		}
		return count;
	}

	/**
	 * How many failures of one service there were in this run of the group, also those
	 * that are not kept.
	 * @param service its name
	 * @return their number
	 */
	public int failureCount(String service) {
		int count = 0;
		for (int i = 0; i < this.failures.size(); i++) {
			if (this.failures.get(i).service().equals(service)) {
				count += 1 + ((this.failures instanceof FailureList.View view) ? view.leftOutBefore(i) : 0);
			}
		}
		return count;
	}

	/**
	 * Whether the group has failed or stops because of a failure.
	 * @return {@code true} from the failure on
	 */
	public boolean failed() {
		return this.state == GroupState.FAILED || (this.cancellationCause != null
				&& this.cancellationCause.kind() == CancellationCause.Kind.GROUP_FAILURE);
	}

	/**
	 * Why the group is in its state, as a clause.
	 * @return the reason; empty where the state says it all
	 */
	public Optional<String> reason() {
		return Optional.ofNullable(this.cancellationCause).map(CancellationCause::describe);
	}

}
