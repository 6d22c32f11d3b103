package io.supervisor.cluster;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

import io.supervisor.RunGate;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;

/**
 * Leases as locks of ShedLock, for applications that have a Redis, a MongoDB or the like,
 * but no database. Good for singletons; it promises less than {@link JdbcLeaseStore}:
 * <ul>
 * <li>There are no fencing tokens: nothing refuses what a paused process writes late.
 * <li>Locks cannot be listed: there are no shards, and nobody is told who holds a lease
 * or until when.
 * <li>Each lease is extended on its own.
 * <li>That only one holds a lease is as true as the provider and what is behind it make
 * it.
 * </ul>
 * Knows only the locks that it took itself: each replica has its own, and the names of
 * owners have no meaning.
 */
public final class ShedLockLeaseStore implements LeaseStore {

	/**
	 * How much longer a lock lives than its lease: some providers count whole seconds,
	 * and many extend or delete what is there, whoever it belongs to. So a call that was
	 * sent in time must find the lock still there.
	 */
	private static final Duration MARGIN = Duration.ofSeconds(1);

	private static final Holding SOMEBODY = new Holding("another replica", null);

	private final LockProvider provider;

	private final LongSupplier clock;

	private final Map<String, Held> held = new LinkedHashMap<>();

	/**
	 * What somebody else had when we wanted to take it.
	 */
	private final Set<String> refused = new HashSet<>();

	/**
	 * Leases as the locks of a provider.
	 * @param provider the provider; its locks can be extended
	 * @throws IllegalArgumentException if they cannot
	 */
	public ShedLockLeaseStore(LockProvider provider) {
		this(provider, System::nanoTime);
	}

	ShedLockLeaseStore(LockProvider provider, LongSupplier clock) {
		if (!(provider instanceof ExtensibleLockProvider)) {
			throw new IllegalArgumentException("Leases cannot be kept by %s: its locks cannot be extended"
				.formatted(provider.getClass().getName()));
		}
		this.provider = provider;
		this.clock = clock;
	}

	@Override
	public void create(Collection<String> names) {
		// a lock is there once somebody has it
	}

	@Override
	public int take(String owner, Collection<String> names, Duration timeToLive) {
		int taken = 0;
		for (String name : names) {
			if (!this.held.containsKey(name) && take(name, timeToLive)) {
				taken++;
			}
		}
		return taken;
	}

	private boolean take(String name, Duration timeToLive) {
		long before = this.clock.getAsLong();
		Optional<SimpleLock> lock = this.provider
			.lock(new LockConfiguration(ClockProvider.now(), name, timeToLive.plus(MARGIN), Duration.ZERO));
		if (lock.isEmpty()) {
			this.refused.add(name);
			return false;
		}
		this.refused.remove(name);
		this.held.put(name, new Held(lock.get(), before + timeToLive.toNanos()));
		return true;
	}

	@Override
	public int renew(String owner, Duration timeToLive) {
		for (Iterator<Map.Entry<String, Held>> all = this.held.entrySet().iterator(); all.hasNext();) {
			Map.Entry<String, Held> entry = all.next();
			long before = this.clock.getAsLong();
			Optional<SimpleLock> extended = isOver(entry.getValue()) ? Optional.empty()
					: entry.getValue().lock.extend(timeToLive.plus(MARGIN), Duration.ZERO);
			if (extended.isPresent()) {
				entry.setValue(new Held(extended.get(), before + timeToLive.toNanos()));
			}
			else {
				all.remove();
			}
		}
		return this.held.size();
	}

	/**
	 * Whether a lock may be somebody else's by now: what we did to it might be done to
	 * theirs.
	 */
	private boolean isOver(Held held) {
		return held.validUntil - this.clock.getAsLong() <= 0;
	}

	@Override
	public Map<String, Long> held(String owner) {
		Map<String, Long> tokens = new HashMap<>();
		this.held.keySet().forEach((name) -> tokens.put(name, RunGate.NO_TOKEN));
		return tokens;
	}

	@Override
	public void release(String owner, Collection<String> names) {
		for (String name : names) {
			Held held = this.held.get(name);
			if (held != null && !isOver(held)) {
				held.lock.unlock();
			}
			this.held.remove(name);
		}
	}

	@Override
	public Map<String, Holding> read(Collection<String> names) {
		Map<String, Holding> holdings = new HashMap<>();
		names.stream().filter(this.refused::contains).forEach((name) -> holdings.put(name, SOMEBODY));
		return holdings;
	}

	@Override
	public boolean lists() {
		return false;
	}

	@Override
	public List<String> free(String prefix, int limit) {
		throw new UnsupportedOperationException("Locks cannot be listed");
	}

	@Override
	public Census census(String prefix, String name) {
		throw new UnsupportedOperationException("Locks cannot be listed");
	}

	@Override
	public void purge(String prefix) {
		throw new UnsupportedOperationException("Locks cannot be listed");
	}

	@Override
	public String toString() {
		return "ShedLock, " + this.provider.getClass().getSimpleName();
	}

	/**
	 * A lock that we have, and until when it is surely ours.
	 */
	private record Held(SimpleLock lock, long validUntil) {

	}

}
