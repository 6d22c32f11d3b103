package io.supervisor.cluster;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Leases on simulated time.
 */
class MemoryLeaseStore implements LeaseStore {

	private final LongSupplier clock;

	private final TreeMap<String, Row> rows = new TreeMap<>();

	private final Map<String, Set<Row>> byOwner = new HashMap<>();

	MemoryLeaseStore(LongSupplier clock) {
		this.clock = clock;
	}

	@Override
	public void create(Collection<String> names) {
		names.forEach((name) -> this.rows.computeIfAbsent(name, Row::new));
	}

	@Override
	public int take(String owner, Collection<String> names, Duration timeToLive) {
		int taken = 0;
		for (String name : names) {
			Row row = this.rows.get(name);
			if (row != null && isFree(row)) {
				own(row, owner);
				row.token++;
				row.expiresAt = this.clock.getAsLong() + timeToLive.toNanos();
				taken++;
			}
		}
		return taken;
	}

	private void own(Row row, @Nullable String owner) {
		if (row.owner != null) {
			this.byOwner.get(row.owner).remove(row);
		}
		row.owner = owner;
		if (owner != null) {
			this.byOwner.computeIfAbsent(owner, (any) -> new LinkedHashSet<>()).add(row);
		}
	}

	@Override
	public int renew(String owner, Duration timeToLive) {
		Set<Row> rows = this.byOwner.getOrDefault(owner, Set.of());
		rows.forEach((row) -> row.expiresAt = this.clock.getAsLong() + timeToLive.toNanos());
		return rows.size();
	}

	@Override
	public Map<String, Long> held(String owner) {
		Map<String, Long> held = new LinkedHashMap<>();
		this.byOwner.getOrDefault(owner, Set.of()).forEach((row) -> held.put(row.name, row.token));
		return held;
	}

	@Override
	public void release(String owner, Collection<String> names) {
		for (String name : names) {
			Row row = this.rows.get(name);
			if (row != null && owner.equals(row.owner)) {
				own(row, null);
			}
		}
	}

	@Override
	public Map<String, Holding> read(Collection<String> names) {
		Map<String, Holding> holdings = new HashMap<>();
		for (String name : names) {
			Row row = this.rows.get(name);
			if (row != null && row.owner != null && !isFree(row)) {
				holdings.put(name, new Holding(row.owner, Duration.ofNanos(row.expiresAt - this.clock.getAsLong())));
			}
		}
		return holdings;
	}

	@Override
	public List<String> free(String prefix, int limit) {
		return withPrefix(prefix).stream().filter(this::isFree).limit(limit).map((row) -> row.name).toList();
	}

	@Override
	public Census census(String prefix, String name) {
		int held = 0;
		int before = 0;
		for (Row row : withPrefix(prefix)) {
			if (!isFree(row)) {
				held++;
				before += (row.name.compareTo(name) < 0) ? 1 : 0;
			}
		}
		return new Census(held, before);
	}

	@Override
	public void purge(String prefix) {
		withPrefix(prefix).removeIf((row) -> {
			boolean free = isFree(row);
			if (free) {
				own(row, null);
			}
			return free;
		});
	}

	private Collection<Row> withPrefix(String prefix) {
		return this.rows.subMap(prefix, prefix + Character.MAX_VALUE).values();
	}

	private boolean isFree(Row row) {
		return row.owner == null || row.expiresAt - this.clock.getAsLong() < 0;
	}

	private static final class Row {

		private final String name;

		private @Nullable String owner;

		private long token;

		private long expiresAt;

		Row(String name) {
			this.name = name;
		}

	}

}
