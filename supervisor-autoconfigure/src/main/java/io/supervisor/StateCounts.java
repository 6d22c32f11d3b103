package io.supervisor;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * How many services are in each state, as a map that is cheap to make: it is made at
 * every transition and rarely read.
 */
final class StateCounts extends AbstractMap<ServiceState, Integer> {

	private static final ServiceState[] STATES = ServiceState.values();

	private final int[] counts;

	StateCounts(int[] counts) {
		this.counts = counts.clone();
	}

	int of(ServiceState state) {
		return this.counts[state.ordinal()];
	}

	@Override
	public @Nullable Integer get(@Nullable Object key) {
		return (key instanceof ServiceState state && of(state) > 0) ? of(state) : null;
	}

	@Override
	public boolean containsKey(@Nullable Object key) {
		return get(key) != null;
	}

	@Override
	public Set<Map.Entry<ServiceState, Integer>> entrySet() {
		Map<ServiceState, Integer> present = new EnumMap<>(ServiceState.class);
		for (ServiceState state : STATES) {
			if (of(state) > 0) {
				present.put(state, of(state));
			}
		}
		return Collections.unmodifiableMap(present).entrySet();
	}

}
