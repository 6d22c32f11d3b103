package io.supervisor.cluster;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

import io.supervisor.RunGate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets, extends and gives back the leases of one replica. Everything but
 * {@link #tell(News)} belongs to one thread, which calls {@link #round()} again and again
 * and may hang in it: a run ends in time all the same, since its group has the deadline
 * of its lease and needs nobody to tell it so.
 * <p>
 * A round gives back what is not needed any more, takes what is free and wanted, and
 * extends everything held, in this order. Time is looked at before each call of the
 * store, so that a lease ends here before it ends there.
 */
final class LeaseKeeper {

	private static final Logger logger = LoggerFactory.getLogger(LeaseKeeper.class);

	/**
	 * After how many milliseconds a store that failed is asked again at first.
	 */
	private static final long FIRST_RETRY_MILLIS = 100;

	/**
	 * How many milliseconds lie between two polls at least, however often somebody asks.
	 */
	private static final long SHORTEST_POLL_MILLIS = 100;

	private static final int MAX_RETRY_DOUBLINGS = 4;

	/**
	 * How many leases are named in a line of the log.
	 */
	private static final int MAX_LOGGED = 20;

	private static final long NANOS_PER_MILLI = 1_000_000L;

	private final String owner;

	private final LeaseStore store;

	private final LongSupplier clock;

	private final RandomGenerator random;

	private final Duration timeToLive;

	private final long renewEvery;

	private final long pollEvery;

	/**
	 * What the groups want. Any thread appends, the keeper takes.
	 */
	private final Queue<News> news = new ConcurrentLinkedQueue<>();

	private final Map<String, Ticket> tickets = new LinkedHashMap<>();

	private final Map<String, ShardedService> sharded = new LinkedHashMap<>();

	/**
	 * What the store may still have as ours and is to get back.
	 */
	private final Set<String> returning = new LinkedHashSet<>();

	/**
	 * Leases that the store has.
	 */
	private final Set<String> created = new HashSet<>();

	/**
	 * How many leases the store should have as ours.
	 */
	private int expected;

	private long renewAt;

	private long pollAt;

	private long polledAt;

	private int failures;

	private long errors;

	private @Nullable String error;

	LeaseKeeper(String owner, LeaseStore store, Duration timeToLive, Duration pollInterval, LongSupplier clock,
			RandomGenerator random) {
		this.owner = owner;
		this.store = store;
		this.timeToLive = timeToLive;
		this.renewEvery = timeToLive.toNanos() / 3;
		this.pollEvery = pollInterval.toNanos();
		this.clock = clock;
		this.random = random;
		this.renewAt = clock.getAsLong();
		this.pollAt = this.renewAt;
		this.polledAt = this.renewAt - SHORTEST_POLL_MILLIS * NANOS_PER_MILLI;
	}

	/**
	 * A group wants a lease, or does not need it any more. For any thread; returns at
	 * once.
	 */
	void tell(News news) {
		this.news.add(news);
	}

	/**
	 * Do what there is to do.
	 * @return how many nanoseconds until there is more
	 */
	long round() {
		takeNews();
		try {
			giveBack();
			boolean took = false;
			if (isWanting() && isDue(this.pollAt)) {
				this.polledAt = this.clock.getAsLong();
				this.pollAt = this.polledAt + jitter(this.pollEvery);
				took = take();
			}
			if (took || (this.expected != 0 && isDue(this.renewAt))) {
				renew(took);
			}
			if (this.failures > 0) {
				logger.info("The leases of this replica can be renewed again");
				this.failures = 0;
				this.error = null;
			}
			return untilNextRound();
		}
		catch (RuntimeException ex) {
			return failed(ex);
		}
	}

	/**
	 * The store is out of order: ask again soon, but not at once, and let the leases run
	 * out if need be.
	 */
	private long failed(RuntimeException ex) {
		this.errors++;
		this.error = ex.toString();
		if (this.failures == 0) {
			logger.warn("The leases of this replica cannot be renewed now; what needs one ends before it runs out: {}",
					String.valueOf(ex).replaceAll("[\\p{Cntrl}\\s]+", " "));
		}
		else {
			logger.debug("The leases of this replica cannot be renewed yet", ex);
		}
		// what the store has done of it is not known
		this.expected = -1;
		this.renewAt = this.clock.getAsLong();
		this.created.clear();
		int doublings = Math.min(this.failures++, MAX_RETRY_DOUBLINGS);
		return jitter((FIRST_RETRY_MILLIS << doublings) * NANOS_PER_MILLI);
	}

	private void takeNews() {
		for (News news = this.news.poll(); news != null; news = this.news.poll()) {
			if (news.wanted()) {
				want(news);
				long soon = this.polledAt + SHORTEST_POLL_MILLIS * NANOS_PER_MILLI;
				this.pollAt = (soon - this.pollAt < 0) ? soon : this.pollAt;
			}
			else {
				unwant(news);
			}
		}
	}

	private void want(News news) {
		Ticket ticket = new Ticket(news.lease(), news.pass());
		this.tickets.put(news.lease(), ticket);
		if (news.service() != null) {
			this.sharded
				.computeIfAbsent(news.service(),
						(service) -> new ShardedService(service, this.owner, news.shardCount()))
				.add(ticket);
		}
	}

	private void unwant(News news) {
		Ticket ticket = this.tickets.get(news.lease());
		if (ticket == null || ticket.pass != news.pass()) {
			return;
		}
		this.tickets.remove(news.lease());
		if (ticket.held) {
			this.returning.add(news.lease());
		}
		ShardedService service = (news.service() != null) ? this.sharded.get(news.service()) : null;
		if (service != null && service.remove(ticket)) {
			this.sharded.remove(service.name);
			if (service.member) {
				this.returning.add(service.membership);
			}
		}
	}

	private void giveBack() {
		if (!this.returning.isEmpty()) {
			this.store.release(this.owner, this.returning);
			if (this.expected >= 0) {
				this.expected -= this.returning.size();
			}
			this.returning.clear();
		}
	}

	private boolean isWanting() {
		return !this.sharded.isEmpty() || this.tickets.values().stream().anyMatch(Ticket::isWanted);
	}

	/**
	 * Take what is free and wanted.
	 */
	private boolean take() {
		List<String> wanted = new ArrayList<>(freeSingletons());
		boolean took = false;
		for (ShardedService service : this.sharded.values()) {
			took |= join(service);
			if (service.member) {
				wanted.addAll(share(service));
			}
		}
		return (!wanted.isEmpty() && this.store.take(this.owner, wanted, this.timeToLive) > 0) || took;
	}

	/**
	 * Let the other replicas know that this one takes its part in a service.
	 */
	private boolean join(ShardedService service) {
		if (service.member) {
			return false;
		}
		this.store.purge(service.memberships);
		this.store.create(List.of(service.membership));
		service.member = this.store.take(this.owner, List.of(service.membership), this.timeToLive) > 0;
		// in doubt, it may be there since an earlier attempt
		this.expected = -1;
		this.renewAt = this.clock.getAsLong();
		return service.member;
	}

	private void create(Collection<String> names) {
		if (!this.created.containsAll(names)) {
			this.store.create(names);
			this.created.addAll(names);
		}
	}

	private List<String> freeSingletons() {
		List<Ticket> wanted = this.tickets.values()
			.stream()
			.filter((ticket) -> ticket.isWanted() && ticket.service == null)
			.toList();
		if (wanted.isEmpty()) {
			return List.of();
		}
		List<String> names = wanted.stream().map((ticket) -> ticket.lease).toList();
		create(names);
		Map<String, LeaseStore.Holding> holdings = this.store.read(names);
		Instant now = Instant.now();
		List<String> free = new ArrayList<>();
		for (Ticket ticket : wanted) {
			LeaseStore.Holding holding = holdings.get(ticket.lease);
			if (holding == null || holding.owner().equals(this.owner)) {
				free.add(ticket.lease);
				ticket.heldBy(null, null);
			}
			else if (holding.remaining() == null) {
				free.add(ticket.lease);
				ticket.heldBy(holding.owner(), null);
			}
			else {
				ticket.heldBy(holding.owner(), now.plus(holding.remaining()).truncatedTo(ChronoUnit.SECONDS));
			}
		}
		return free;
	}

	/**
	 * What this replica should take of a service's shards; hands over what it has too
	 * many.
	 */
	private Collection<String> share(ShardedService service) {
		create(service.leases());
		LeaseStore.Census replicas = this.store.census(service.memberships, service.membership);
		int surplus = service.held() - share(service.shardCount, Math.max(1, replicas.held()), replicas.before());
		if (surplus >= 0) {
			service.handOver(surplus);
			if (!service.allHeld) {
				service.showHolders(this.store.free(service.prefix, 1).isEmpty());
			}
			return List.of();
		}
		// several replicas look for the same few: each tries others first
		List<String> free = new ArrayList<>(this.store.free(service.prefix, -4 * surplus));
		service.showHolders(free.isEmpty());
		free.retainAll(service.wanted());
		Collections.shuffle(free, new Random(this.random.nextLong()));
		return free.subList(0, Math.min(free.size(), -surplus));
	}

	/**
	 * How many of some shards are a replica's: they differ by at most one, and none gets
	 * more when there is one replica more.
	 */
	static int share(int shards, int replicas, int rank) {
		return shards / replicas + ((rank < shards % replicas) ? 1 : 0);
	}

	/**
	 * Extend all that this replica holds, and find out what that is where it is in doubt.
	 */
	private void renew(boolean inDoubt) {
		long before = this.clock.getAsLong();
		int count = this.store.renew(this.owner, this.timeToLive);
		this.renewAt = before + jitter(this.renewEvery);
		long validUntil = before + this.timeToLive.toNanos();
		if (!inDoubt && count == this.expected) {
			this.tickets.values()
				.stream()
				.filter((ticket) -> ticket.held)
				.forEach((ticket) -> ticket.pass.extended(validUntil));
			return;
		}
		Map<String, Long> held = new HashMap<>(this.store.held(this.owner));
		this.expected = held.size();
		List<String> got = new ArrayList<>();
		List<String> lost = new ArrayList<>();
		for (Ticket ticket : this.tickets.values()) {
			boolean had = ticket.isUsed();
			Long token = held.remove(ticket.lease);
			if (token == null) {
				ticket.lost();
			}
			else {
				ticket.have(token, validUntil);
			}
			if (had != ticket.isUsed()) {
				(had ? lost : got).add(ticket.lease);
			}
		}
		log("This replica has got {}: {}", got);
		log("This replica has lost {}: {}", lost);
		for (ShardedService service : this.sharded.values()) {
			service.member = held.remove(service.membership) != null;
		}
		this.returning.addAll(held.keySet());
	}

	private static void log(String message, List<String> leases) {
		if (!leases.isEmpty()) {
			String shown = leases.stream().limit(MAX_LOGGED).collect(Collectors.joining(", "));
			String count = (leases.size() == 1) ? "1 lease" : leases.size() + " leases";
			logger.info(message, count, (leases.size() > MAX_LOGGED) ? shown + ", ..." : shown);
		}
	}

	private long untilNextRound() {
		if (!this.news.isEmpty() || !this.returning.isEmpty()) {
			return 0;
		}
		long now = this.clock.getAsLong();
		long until = Long.MAX_VALUE;
		if (isWanting()) {
			until = this.pollAt - now;
		}
		if (this.expected != 0) {
			until = Math.min(until, this.renewAt - now);
		}
		return Math.max(0, until);
	}

	private boolean isDue(long at) {
		return at - this.clock.getAsLong() <= 0;
	}

	/**
	 * Up to a fifth less, so that many replicas do not ask all at once.
	 */
	private long jitter(long nanos) {
		return (long) (nanos * (1 - this.random.nextDouble() / 5));
	}

	/**
	 * How things stand after a round.
	 */
	LeaseStatus status() {
		int held = (int) this.tickets.values().stream().filter(Ticket::isUsed).count();
		return new LeaseStatus(held, this.errors, Duration.ZERO, this.error);
	}

	/**
	 * Whether the store has back what is not needed any more.
	 */
	boolean hasGivenBack() {
		return this.news.isEmpty() && this.returning.isEmpty();
	}

	/**
	 * Whether nothing of this replica is left in the store, as far as is known.
	 */
	boolean isIdle() {
		return hasGivenBack() && this.tickets.isEmpty();
	}

	/**
	 * What a group wants of a lease.
	 *
	 * @param lease its name
	 * @param pass whom to tell
	 * @param wanted whether it is wanted, or not needed any more
	 * @param service the prefix of the leases of all shards, for a shard
	 * @param shardCount how many there are
	 */
	record News(String lease, RunGate.Pass pass, boolean wanted, @Nullable String service, int shardCount) {

	}

	/**
	 * A lease that is wanted or held.
	 */
	private static final class Ticket {

		private final String lease;

		private final RunGate.Pass pass;

		private @Nullable ShardedService service;

		private boolean held;

		private long token;

		private boolean handedOver;

		/**
		 * Whether its run ends because it was lost: the next one has a ticket of its own.
		 */
		private boolean over;

		private @Nullable String holder;

		private @Nullable Instant until;

		Ticket(String lease, RunGate.Pass pass) {
			this.lease = lease;
			this.pass = pass;
		}

		/**
		 * Whether a run may go on with it.
		 */
		boolean isUsed() {
			return this.held && !this.over;
		}

		boolean isWanted() {
			return !this.held && !this.over;
		}

		void heldBy(@Nullable String holder, @Nullable Instant until) {
			if (!Objects.equals(this.holder, holder) || !Objects.equals(this.until, until)) {
				this.holder = holder;
				this.until = until;
				this.pass.heldBy(holder, until);
			}
		}

		void have(long token, long validUntil) {
			if (this.over) {
				this.held = true;
			}
			else if (!this.held) {
				this.held = true;
				this.token = token;
				this.pass.granted(token, validUntil);
			}
			else if (this.token == token) {
				this.pass.extended(validUntil);
			}
			else {
				// somebody else had it in between
				this.token = token;
				this.over = true;
				this.pass.revoked();
			}
		}

		void lost() {
			if (this.held) {
				this.held = false;
				this.over = true;
				this.pass.revoked();
			}
		}

	}

	/**
	 * A service that the replicas share, and this one's part in it.
	 */
	private static final class ShardedService {

		private final String name;

		/**
		 * How the names of its leases begin.
		 */
		private final String prefix;

		/**
		 * How the names of the leases begin that replicas hold on their own being there.
		 */
		private final String memberships;

		private final String membership;

		private final int shardCount;

		private final Map<String, Ticket> tickets = new LinkedHashMap<>();

		private boolean member;

		private boolean allHeld;

		ShardedService(String name, String owner, int shardCount) {
			this.name = name;
			this.prefix = name + "#";
			this.memberships = name + "@";
			this.membership = this.memberships + owner;
			this.shardCount = shardCount;
		}

		void add(Ticket ticket) {
			ticket.service = this;
			this.allHeld = false;
			this.tickets.put(ticket.lease, ticket);
		}

		/**
		 * A ticket is not needed any more.
		 * @return whether it was the last
		 */
		boolean remove(Ticket ticket) {
			this.tickets.remove(ticket.lease, ticket);
			return this.tickets.isEmpty();
		}

		Collection<String> leases() {
			return this.tickets.keySet();
		}

		int held() {
			return (int) this.tickets.values().stream().filter(ShardedService::stays).count();
		}

		Set<String> wanted() {
			Set<String> wanted = new HashSet<>();
			this.tickets.values().stream().filter(Ticket::isWanted).forEach((ticket) -> wanted.add(ticket.lease));
			return wanted;
		}

		void handOver(int count) {
			this.tickets.values().stream().filter(ShardedService::stays).limit(count).toList().forEach((ticket) -> {
				ticket.handedOver = true;
				ticket.pass.handOver();
			});
		}

		private static boolean stays(Ticket ticket) {
			return ticket.isUsed() && !ticket.handedOver;
		}

		/**
		 * Who has which shard is of interest to nobody but those who depend on all of
		 * them.
		 */
		void showHolders(boolean allHeld) {
			this.allHeld = allHeld;
			String holder = allHeld ? "another replica" : null;
			this.tickets.values().stream().filter(Ticket::isWanted).forEach((ticket) -> ticket.heldBy(holder, null));
		}

	}

}
