package io.supervisor.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.supervisor.Placement;
import io.supervisor.ServiceDefinition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of an application, as seen from one of them: gives services the gate that
 * their {@linkplain Placement placement} asks for, and keeps their leases on a thread of
 * its own, {@code supervisor-leases}, which exists from the first request on.
 */
public final class Cluster implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Cluster.class);

	/**
	 * How long a lease lives at least: times the time that a run may take to end. What is
	 * left is for renewals that come late.
	 */
	private static final double LEAST_TIME_TO_LIVE = 1.5;

	private static final Duration GIVE_BACK_TIMEOUT = Duration.ofSeconds(5);

	private static final long PAUSE_AFTER_DEFECT_NANOS = 1_000_000_000L;

	private final String name;

	private final String replica;

	private final LeaseStore store;

	private final Duration timeToLive;

	private final LeaseKeeper keeper;

	/**
	 * Started by the first request, under the lock of this object.
	 */
	private volatile @Nullable Thread thread;

	/**
	 * How often a group has told the keeper something.
	 */
	private final AtomicLong told = new AtomicLong();

	/**
	 * How much of that is done, down to the leases given back. Guarded by this object.
	 */
	private long done;

	/**
	 * After the latest round.
	 */
	private volatile LeaseStatus status = new LeaseStatus(0, 0, Duration.ZERO, null);

	/**
	 * When the first round began of those that have not succeeded since, or {@code null}.
	 */
	private volatile @Nullable Long askingSince;

	private volatile boolean closing;

	/**
	 * A view of the cluster for one replica.
	 * @param name of the application: replicas with the same name share their services
	 * @param replica the name of this replica, for people; it is made unique
	 * @param store where the leases are
	 * @param timeToLive how long a lease lives unless it is renewed, which is tried after
	 * a third of that; a run ends before that is over, grace period and all
	 * @param pollInterval how often to look whether a lease is free that this replica
	 * waits for
	 */
	public Cluster(String name, String replica, LeaseStore store, Duration timeToLive, Duration pollInterval) {
		this.name = requireNoSeparator(name);
		this.replica = replica;
		this.store = store;
		this.timeToLive = requirePositive("The time to live of a lease", timeToLive);
		this.keeper = new LeaseKeeper(replica + "/" + UUID.randomUUID().toString().substring(0, 8), store, timeToLive,
				requirePositive("The poll interval", pollInterval), System::nanoTime, new SplittableRandom());
	}

	private static String requireNoSeparator(String name) {
		if (name.isBlank() || name.contains("/")) {
			throw new IllegalArgumentException(
					"The name of a cluster must not be blank or contain '/', but is '" + name + "'");
		}
		return name;
	}

	private static Duration requirePositive(String subject, Duration duration) {
		if (duration.isNegative() || duration.isZero()) {
			throw new IllegalArgumentException(subject + " must be longer than zero, but is " + duration);
		}
		return duration;
	}

	/**
	 * Put services where their placement says: give a singleton its gate, and make as
	 * many services {@code name#0}, {@code name#1} and so on of a sharded one as it has
	 * shards. What depends on a sharded service depends on all of its shards; one that
	 * another replica runs is there for those that depend on it.
	 * @param definitions the services of one group
	 * @return the same services, those in need of a lease with a gate
	 * @throws IllegalArgumentException if a service may take too long to end for the time
	 * that a lease lives
	 * @throws UnsupportedOperationException if a service has shards, and the store
	 * {@linkplain LeaseStore#lists() cannot say} which of them are free
	 */
	public List<ServiceDefinition> place(Collection<ServiceDefinition> definitions) {
		Map<String, List<ServiceDefinition>> placed = new LinkedHashMap<>();
		definitions.forEach((definition) -> placed.put(definition.name(), place(definition)));
		List<ServiceDefinition> all = new ArrayList<>();
		placed.values().forEach((services) -> services.forEach((service) -> all.add(withShards(service, placed))));
		return all;
	}

	private List<ServiceDefinition> place(ServiceDefinition definition) {
		Placement placement = definition.placement();
		if (placement.kind() == Placement.Kind.EVERYWHERE || definition.gate() != null) {
			return List.of(definition);
		}
		requireTimeToEnd(definition);
		String lease = this.name + "/" + definition.name();
		if (placement.kind() == Placement.Kind.SINGLETON) {
			return List.of(definition.toBuilder().gate(new LeaseGate(this::tell, lease, null, 1)).build());
		}
		if (!this.store.lists()) {
			throw new UnsupportedOperationException(
					"'%s' cannot have shards: the replicas could not share them evenly, since what keeps their leases cannot list them (%s)"
						.formatted(definition.name(), this.store));
		}
		List<ServiceDefinition> shards = new ArrayList<>(placement.shardCount());
		for (int i = 0; i < placement.shardCount(); i++) {
			shards.add(definition.toBuilder()
				.name(definition.name() + "#" + i)
				.placement(placement.shard(i))
				.gate(new LeaseGate(this::tell, lease + "#" + i, lease, placement.shardCount()))
				.build());
		}
		return shards;
	}

	private void requireTimeToEnd(ServiceDefinition definition) {
		Duration limit = Duration.ofNanos((long) (this.timeToLive.toNanos() / LEAST_TIME_TO_LIVE));
		Duration timeToEnd = definition.timeToEnd().orElse(null);
		if (timeToEnd == null || timeToEnd.compareTo(limit) > 0) {
			throw new IllegalArgumentException(
					"'%s' may take %s to end (grace period and interrupt period), but must have ended before its lease of %s is over: the lease must live at least %s times as long"
						.formatted(definition.name(), (timeToEnd != null) ? timeToEnd : "for ever", this.timeToLive,
								LEAST_TIME_TO_LIVE));
		}
	}

	private static ServiceDefinition withShards(ServiceDefinition definition,
			Map<String, List<ServiceDefinition>> placed) {
		List<String> dependencies = definition.dependencies()
			.stream()
			.flatMap((name) -> placed.containsKey(name) ? placed.get(name).stream().map(ServiceDefinition::name)
					: Stream.of(name))
			.toList();
		return new ServiceDefinition(definition.name(), definition.service(), definition.policy(), dependencies,
				definition.placement(), definition.gate(), definition.removedWhenDone());
	}

	/**
	 * The name of this replica, as it was given.
	 * @return the name
	 */
	public String replica() {
		return this.replica;
	}

	/**
	 * For any thread.
	 */
	private void tell(LeaseKeeper.News news) {
		this.keeper.tell(news);
		this.told.incrementAndGet();
		Thread thread = this.thread;
		LockSupport.unpark((thread != null) ? thread : start());
	}

	private synchronized Thread start() {
		Thread thread = this.thread;
		if (thread == null) {
			thread = new Thread(this::keep, "supervisor-leases");
			thread.setDaemon(true);
			thread.setContextClassLoader(Cluster.class.getClassLoader());
			this.thread = thread;
			thread.start();
		}
		return thread;
	}

	private void keep() {
		while (!this.closing || !this.keeper.isIdle()) {
			long told = this.told.get();
			long nanos;
			try {
				nanos = round();
				if (this.keeper.hasGivenBack()) {
					done(told);
				}
			}
			catch (Throwable ex) {
				logger.error(
						"A defect of the supervisor itself: please report it. What holds a lease ends unless this passes",
						ex);
				nanos = PAUSE_AFTER_DEFECT_NANOS;
			}
			if (nanos > 0) {
				LockSupport.parkNanos(this, nanos);
			}
			// an interrupt is not for us, and must not make the next park return at once
			Thread.interrupted();
		}
	}

	private long round() {
		if (this.askingSince == null) {
			this.askingSince = System.nanoTime();
		}
		long nanos = this.keeper.round();
		LeaseStatus status = this.keeper.status();
		this.status = status;
		if (status.error() == null) {
			this.askingSince = null;
		}
		return nanos;
	}

	/**
	 * What this replica has of leases, and whether the store answers.
	 * @return as of now; for any thread
	 */
	public LeaseStatus status() {
		LeaseStatus status = this.status;
		Long since = this.askingSince;
		return (since == null) ? status : new LeaseStatus(status.held(), status.errors(),
				Duration.ofNanos(System.nanoTime() - since), status.error());
	}

	private synchronized void done(long told) {
		this.done = told;
		notifyAll();
	}

	/**
	 * Wait until the leases of all runs that have ended were given back, a few seconds at
	 * most: for those that are about to stop what the store needs. Services may go on or
	 * start again.
	 * @return whether they were
	 */
	public synchronized boolean awaitGivenBack() {
		long end = System.nanoTime() + giveBackTimeout().toNanos();
		try {
			for (long left = 1; this.done != this.told.get() && left > 0; left = millisUntil(end)) {
				wait(left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return this.done == this.told.get();
	}

	private static long millisUntil(long end) {
		return TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
	}

	private Duration giveBackTimeout() {
		return (this.timeToLive.compareTo(GIVE_BACK_TIMEOUT) < 0) ? this.timeToLive : GIVE_BACK_TIMEOUT;
	}

	/**
	 * Give back the leases of runs that have ended, so that other replicas need not wait
	 * for them to run out. Waits a few seconds at most; what lives on keeps its lease
	 * until that runs out.
	 */
	@Override
	public void close() {
		this.closing = true;
		Thread thread = this.thread;
		if (thread == null) {
			return;
		}
		LockSupport.unpark(thread);
		try {
			thread.join(giveBackTimeout().toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (thread.isAlive()) {
			logger.warn("Not all leases could be given back: other replicas wait until they run out, at most {}",
					this.timeToLive);
		}
	}

}
