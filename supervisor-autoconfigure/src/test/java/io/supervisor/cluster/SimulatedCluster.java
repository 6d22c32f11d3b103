package io.supervisor.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;

import io.supervisor.RunGate;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.QueryTimeoutException;

/**
 * Many replicas, one store and a judge on simulated time. The keepers are the real ones;
 * a run is simulated as the core promises it: it begins if there is time to end it, is
 * cancelled by the deadline of its lease at the latest, and ends at a random moment
 * within its time to end.
 */
final class SimulatedCluster {

	static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);

	static final Duration POLL = Duration.ofSeconds(1);

	static final Duration TIME_TO_END = Duration.ofSeconds(15);

	private static final long SKEW = Duration.ofDays(365).toNanos();

	private final SplittableRandom random;

	private final PriorityQueue<Event> events = new PriorityQueue<>();

	private final MemoryLeaseStore rows = new MemoryLeaseStore(() -> this.now);

	private final Map<String, Replica> replicas = new TreeMap<>();

	/**
	 * The runs that live, by lease, with those of paused processes.
	 */
	private final Map<String, Set<Run>> live = new HashMap<>();

	private final Map<String, Long> tokens = new HashMap<>();

	private final Map<String, Long> freeSince = new HashMap<>();

	private long now = 1;

	private long sequence;

	private int started;

	private long statements;

	private long worstGap;

	private int handedOver;

	/**
	 * Who ran it last, by lease.
	 */
	private final Map<String, String> holders = new HashMap<>();

	private int moved;

	private boolean storeFails;

	private int shards;

	SimulatedCluster(long seed) {
		this.random = new SplittableRandom(seed);
	}

	/**
	 * One more replica.
	 * @param singletons names of leases
	 * @param shards number of shards of the one sharded service
	 */
	Replica join(Collection<String> singletons, int shards) {
		Replica replica = new Replica(String.format(Locale.ROOT, "replica-%05d", ++this.started));
		this.replicas.put(replica.name, replica);
		this.shards = shards;
		singletons.forEach((lease) -> replica.request(lease, null, 1));
		for (int i = 0; i < shards; i++) {
			replica.request("app/crawler#" + i, "app/crawler", shards);
		}
		at(this.now, replica, replica::round);
		return replica;
	}

	Collection<Replica> replicas() {
		return this.replicas.values();
	}

	Replica pick() {
		List<Replica> all = new ArrayList<>(this.replicas.values());
		return all.get(this.random.nextInt(all.size()));
	}

	void failStore(boolean fails) {
		this.storeFails = fails;
	}

	void advance(Duration duration) {
		long end = this.now + duration.toNanos();
		while (!this.events.isEmpty() && this.events.peek().at <= end) {
			Event event = this.events.poll();
			this.now = Math.max(this.now, event.at);
			if (event.replica.dead) {
				continue;
			}
			if (event.replica.pausedUntil > this.now) {
				event.at = event.replica.pausedUntil;
				this.events.add(event);
				continue;
			}
			event.action.run();
		}
		this.now = end;
	}

	private void at(long at, Replica replica, Runnable action) {
		this.events.add(new Event(at, this.sequence++, replica, action));
	}

	/**
	 * How many shards there are.
	 */
	int shards() {
		return this.shards;
	}

	/**
	 * How many runs there are of leases that begin so.
	 */
	long running(String prefix) {
		return this.live.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().startsWith(prefix))
			.mapToLong((entry) -> entry.getValue().size())
			.sum();
	}

	/**
	 * Number of statements since the last call.
	 */
	long statements() {
		long statements = this.statements;
		this.statements = 0;
		return statements;
	}

	/**
	 * Longest time that a lease was without a run since the last call.
	 */
	Duration worstGap() {
		Duration gap = Duration.ofNanos(this.worstGap);
		this.worstGap = 0;
		return gap;
	}

	int handedOver() {
		int handedOver = this.handedOver;
		this.handedOver = 0;
		return handedOver;
	}

	/**
	 * How often a lease was taken by another replica than the one before, since the last
	 * call.
	 */
	int moved() {
		int moved = this.moved;
		this.moved = 0;
		return moved;
	}

	private static final class Event implements Comparable<Event> {

		private long at;

		private final long sequence;

		private final Replica replica;

		private final Runnable action;

		Event(long at, long sequence, Replica replica, Runnable action) {
			this.at = at;
			this.sequence = sequence;
			this.replica = replica;
			this.action = action;
		}

		@Override
		public int compareTo(Event other) {
			int order = Long.compare(this.at, other.at);
			return (order != 0) ? order : Long.compare(this.sequence, other.sequence);
		}

	}

	/**
	 * One process.
	 */
	final class Replica {

		private final String name;

		private final LeaseKeeper keeper;

		private final Set<Run> runs = new LinkedHashSet<>();

		/**
		 * What its clock is ahead of that of the simulation: clocks of different
		 * processes have nothing in common.
		 */
		private final long skew;

		/**
		 * When the call began that hangs, or -1.
		 */
		private long hangingSince = -1;

		private long hangsUntil;

		private long pausedUntil;

		private boolean dead;

		private boolean failing;

		private boolean paused;

		private boolean scheduled;

		Replica(String name) {
			this.name = name;
			this.skew = SimulatedCluster.this.random.nextLong(-SKEW, SKEW);
			LongSupplier clock = () -> this.skew
					+ ((this.hangingSince >= 0) ? this.hangingSince : SimulatedCluster.this.now);
			this.keeper = new LeaseKeeper(name, new CountingStore(this), TIME_TO_LIVE, POLL, clock,
					SimulatedCluster.this.random.split());
		}

		boolean holds(String lease) {
			return this.runs.stream().anyMatch((run) -> run.lease.equals(lease));
		}

		int shards() {
			return (int) this.runs.stream().filter((run) -> run.service != null).count();
		}

		/**
		 * Everything of it is gone at once.
		 */
		void kill() {
			this.dead = true;
			List.copyOf(this.runs).forEach((run) -> run.end(false));
			SimulatedCluster.this.replicas.remove(this.name);
		}

		/**
		 * Nothing of it runs for a while, and it notices nothing.
		 */
		void pause(Duration duration) {
			this.pausedUntil = SimulatedCluster.this.now + duration.toNanos();
			this.paused = true;
		}

		/**
		 * Its next call of the store begins now and comes back late.
		 */
		void hang(Duration duration) {
			this.hangingSince = SimulatedCluster.this.now;
			this.hangsUntil = SimulatedCluster.this.now + duration.toNanos();
		}

		void fail(boolean failing) {
			this.failing = failing;
		}

		/**
		 * It gives everything back, in the time that its runs take to end, and is gone.
		 */
		void stop() {
			SimulatedCluster.this.replicas.remove(this.name);
			for (Run run : List.copyOf(this.runs)) {
				run.stopping = true;
				run.cancel(TIME_TO_END.toNanos());
			}
			this.keeperWaiting().forEach((run) -> tell(run, false));
			wake();
		}

		private List<Run> keeperWaiting() {
			List<Run> waiting = List.copyOf(this.waiting.values());
			this.waiting.clear();
			return waiting;
		}

		private final Map<String, Run> waiting = new LinkedHashMap<>();

		private void request(String lease, @Nullable String service, int shardCount) {
			Run run = new Run(this, lease, service, shardCount);
			this.waiting.put(lease, run);
			tell(run, true);
		}

		private void tell(Run run, boolean wanted) {
			this.keeper.tell(new LeaseKeeper.News(run.lease, run, wanted, run.service, run.shardCount));
		}

		private void wake() {
			if (!this.scheduled) {
				this.scheduled = true;
				at(SimulatedCluster.this.now, this, this::round);
			}
		}

		private int generation;

		private void round() {
			int generation = ++this.generation;
			this.scheduled = false;
			if (this.hangsUntil > SimulatedCluster.this.now) {
				this.scheduled = true;
				at(this.hangsUntil, this, this::round);
				return;
			}
			long nanos = this.keeper.round();
			this.hangingSince = -1;
			if (nanos != Long.MAX_VALUE) {
				at(SimulatedCluster.this.now + Math.max(nanos, 1), this, () -> {
					if (generation == this.generation) {
						round();
					}
				});
			}
		}

	}

	/**
	 * A pass and the run that it lets in.
	 */
	private final class Run implements RunGate.Pass {

		private final Replica replica;

		private final String lease;

		private final @Nullable String service;

		private final int shardCount;

		private boolean running;

		private boolean cancelled;

		private boolean ended;

		private boolean stopping;

		private boolean overlapForgiven;

		private long validUntil;

		private long token = -1;

		Run(Replica replica, String lease, @Nullable String service, int shardCount) {
			this.replica = replica;
			this.lease = lease;
			this.service = service;
			this.shardCount = shardCount;
		}

		@Override
		public String service() {
			return this.lease;
		}

		@Override
		public void granted(long token, long validUntil) {
			if (!this.ended) {
				this.token = token;
				valid(validUntil - this.replica.skew);
			}
		}

		@Override
		public void extended(long validUntil) {
			long until = validUntil - this.replica.skew;
			if (!this.ended && until > this.validUntil) {
				valid(until);
			}
		}

		private void valid(long validUntil) {
			this.validUntil = validUntil;
			long cancelAt = validUntil - TIME_TO_END.toNanos();
			if (!this.running && !this.cancelled && cancelAt > SimulatedCluster.this.now) {
				begin();
			}
			if (this.running) {
				at(cancelAt, this.replica, () -> {
					if (this.validUntil == validUntil) {
						cancel(Math.max(0, validUntil - SimulatedCluster.this.now));
					}
				});
			}
		}

		private void begin() {
			this.running = true;
			this.replica.waiting.remove(this.lease, this);
			this.replica.runs.add(this);
			Set<Run> others = SimulatedCluster.this.live.computeIfAbsent(this.lease, (any) -> new LinkedHashSet<>());
			for (Run other : others) {
				if (!other.overlapForgiven && !other.replica.paused) {
					throw new AssertionError("'%s' runs on %s and on %s at %s".formatted(this.lease, other.replica.name,
							this.replica.name, Duration.ofNanos(SimulatedCluster.this.now)));
				}
				other.overlapForgiven = true;
			}
			others.add(this);
			if (!this.replica.name.equals(SimulatedCluster.this.holders.put(this.lease, this.replica.name))) {
				SimulatedCluster.this.moved++;
			}
			Long last = SimulatedCluster.this.tokens.put(this.lease, this.token);
			if (last != null && last >= this.token) {
				throw new AssertionError("'%s': token %s after %s".formatted(this.lease, this.token, last));
			}
			Long since = SimulatedCluster.this.freeSince.remove(this.lease);
			if (since != null) {
				SimulatedCluster.this.worstGap = Math.max(SimulatedCluster.this.worstGap,
						SimulatedCluster.this.now - since);
			}
		}

		private void cancel(long within) {
			if (this.running && !this.cancelled) {
				this.cancelled = true;
				at(SimulatedCluster.this.now + ((within > 0) ? SimulatedCluster.this.random.nextLong(within) : 0),
						this.replica, () -> end(true));
			}
		}

		private void end(boolean again) {
			if (this.ended) {
				return;
			}
			this.ended = true;
			this.replica.runs.remove(this);
			Set<Run> runs = SimulatedCluster.this.live.get(this.lease);
			runs.remove(this);
			if (runs.isEmpty()) {
				SimulatedCluster.this.freeSince.put(this.lease, SimulatedCluster.this.now);
			}
			if (again) {
				this.replica.tell(this, false);
				if (!this.stopping) {
					this.replica.request(this.lease, this.service, this.shardCount);
				}
				this.replica.wake();
			}
		}

		@Override
		public void revoked() {
			leave(Duration.ofSeconds(5));
		}

		@Override
		public void handOver() {
			SimulatedCluster.this.handedOver++;
			leave(TIME_TO_END);
		}

		private void leave(Duration within) {
			if (this.running) {
				cancel(within.toNanos());
			}
			else if (!this.ended) {
				this.ended = true;
				this.replica.tell(this, false);
				this.replica.request(this.lease, this.service, this.shardCount);
				this.replica.wake();
			}
		}

		@Override
		public void heldBy(@Nullable String holder, @Nullable Instant until) {
		}

	}

	/**
	 * Counts statements, and fails if told so.
	 */
	private final class CountingStore implements LeaseStore {

		private final Replica replica;

		CountingStore(Replica replica) {
			this.replica = replica;
		}

		private MemoryLeaseStore store() {
			SimulatedCluster.this.statements++;
			if (SimulatedCluster.this.storeFails || this.replica.failing) {
				throw new QueryTimeoutException("simulated");
			}
			return SimulatedCluster.this.rows;
		}

		@Override
		public void create(Collection<String> names) {
			store().create(names);
		}

		@Override
		public int take(String owner, Collection<String> names, Duration timeToLive) {
			return store().take(owner, names, timeToLive);
		}

		@Override
		public int renew(String owner, Duration timeToLive) {
			return store().renew(owner, timeToLive);
		}

		@Override
		public Map<String, Long> held(String owner) {
			return store().held(owner);
		}

		@Override
		public void release(String owner, Collection<String> names) {
			store().release(owner, names);
		}

		@Override
		public Map<String, Holding> read(Collection<String> names) {
			return store().read(names);
		}

		@Override
		public List<String> free(String prefix, int limit) {
			return store().free(prefix, limit);
		}

		@Override
		public Census census(String prefix, String name) {
			return store().census(prefix, name);
		}

		@Override
		public void purge(String prefix) {
			store().purge(prefix);
		}

	}

}
