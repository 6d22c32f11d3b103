package io.supervisor;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The loop: the sole owner of a group's state.
 * <p>
 * It takes {@linkplain Signal signals} and waits no longer than until the nearest
 * {@linkplain Deadline deadline}; what follows from either is decided by the
 * {@linkplain Supervision rules}, which change the state of members by
 * {@link #transition}. When some signals are handled, the group's snapshot is published
 * and the listeners are told. Work that concerns all members, such as starting or
 * cancelling them, goes in slices, with a look at the signals between two of them.
 * <p>
 * No foreign code runs here but {@link Executor#execute} and {@link Thread#interrupt}.
 * While the group does not run, the owner is whichever thread posts a signal, see
 * {@link SignalQueue}. Unless stated otherwise, fields are only accessed by the owner,
 * those that are not private by the rules as well.
 */
final class GroupLoop {

	/**
	 * How many members or signals are handled between two looks at the queue.
	 */
	private static final int SLICE = 256;

	/**
	 * How often the queue is looked at before the thread parks. Waking a thread takes
	 * longer than most services take to answer.
	 */
	private static final int SPINS = 1000;

	/**
	 * How long the end of a run of the group waits for the listeners (rule 25).
	 */
	private static final long ONE_SECOND = 1_000_000_000L;

	/**
	 * How long a loop that is busy lets the listeners wait.
	 */
	private static final long ONE_MILLISECOND = 1_000_000L;

	private static final Member[] NO_MEMBERS = {};

	final String name;

	final Timing timing;

	private final Supervision supervision;

	private final SignalQueue queue;

	private final Listeners listeners;

	/**
	 * Whether somebody listens besides the log, which only wants some transitions.
	 */
	private boolean hasListeners;

	final Waiters waiters;

	final WakeUps wakeUps = new WakeUps(this);

	/**
	 * Whether there is a run of the group, or somebody about to begin one. Any thread, by
	 * CAS; cleared by the owner.
	 */
	private final AtomicBoolean claimed = new AtomicBoolean();

	/**
	 * Written by the owner, read by any thread.
	 */
	final MembersByName byName = new MembersByName();

	/**
	 * Each after those that it depends on. Written by the owner, read by any thread; the
	 * array is never changed.
	 */
	volatile Member[] members = NO_MEMBERS;

	/**
	 * Written by the owner, read by any thread.
	 */
	private volatile GroupSnapshot snapshot;

	/**
	 * The failures that make up the group's error so far, and the error once it is
	 * complete. Written by the owner before the snapshot, read by any thread after it.
	 */
	private volatile List<ServiceFailure> publishedErrors = List.of();

	private volatile @Nullable ServiceGroupException error;

	/**
	 * Written by a new owner; a thread that reads itself here is the owner.
	 */
	private @Nullable Thread owner;

	GroupState state = GroupState.NEW;

	private Instant since;

	private final int[] counts = new int[ServiceState.values().length];

	FailureList failures = new FailureList();

	FailureList errors = new FailureList();

	/**
	 * Why the group stops, and how it is to end.
	 */
	@Nullable CancellationCause cause;

	boolean interrupted;

	/**
	 * Whether the run leaves alone what the stop before it did not end. Set by the thread
	 * that has claimed the run, before it is the owner.
	 */
	boolean resuming;

	private Signal.@Nullable Claim handOver;

	/**
	 * What is being done to all members, and the next one.
	 */
	@Nullable Sweep sweep;

	int sweepIndex;

	/**
	 * Members that what they waited for has happened to.
	 */
	private final Deque<Member> woken = new ArrayDeque<>();

	final Deadlines deadlines = new Deadlines();

	final List<StackTaker.Report> stuck = new ArrayList<>();

	private int stacksAwaited;

	/**
	 * Members whose latest transition nobody is told of, to be published with the next
	 * publication: most go through several states at once.
	 */
	private final List<Member> stale = new ArrayList<>();

	/**
	 * What the listeners are to be told with the next publication.
	 */
	private final List<Listeners.Notification> notifications = new ArrayList<>();

	/**
	 * How many events the listeners were not woken for, and since when.
	 */
	private int untold;

	private long untoldSince;

	boolean changed;

	/**
	 * What is to be done once the snapshots are published.
	 */
	private final List<Runnable> afterPublication = new ArrayList<>();

	/**
	 * The present, on both clocks, as of the latest look.
	 */
	long now;

	Instant instant;

	GroupLoop(String name, Executor executor, Timing timing, DoubleSupplier random, long startTimeout,
			long shutdownTimeout, List<ServiceGroupListener> listeners, Collection<ServiceDefinition> definitions) {
		this.name = name;
		this.timing = timing;
		this.supervision = new Supervision(this, executor, random, startTimeout, shutdownTimeout);
		this.queue = new SignalQueue(timing);
		this.waiters = new Waiters(timing);
		this.hasListeners = !listeners.isEmpty();
		List<ServiceGroupListener> all = new ArrayList<>(listeners);
		all.add(0, new GroupLog());
		this.listeners = new Listeners(name, timing, all);
		this.instant = timing.instant();
		this.since = this.instant;
		List<Member> members = new ArrayList<>(definitions.size());
		for (ServiceDefinition definition : definitions) {
			members.add(new Member(definition, this.instant));
		}
		this.members = ServiceGraph.connect(members).toArray(NO_MEMBERS);
		for (Member member : this.members) {
			include(member);
		}
		this.snapshot = takeSnapshot();
	}

	/**
	 * There is one more member; those that it depends on are there.
	 */
	void add(Member member) {
		Member[] members = Arrays.copyOf(this.members, this.members.length + 1);
		members[members.length - 1] = member;
		this.members = members;
		include(member);
		this.changed = true;
	}

	/**
	 * There is one member less, which has ended.
	 */
	void remove(Member member) {
		if (this.sweep != null && Arrays.asList(this.members).indexOf(member) < this.sweepIndex) {
			this.sweepIndex--;
		}
		this.members = Arrays.stream(this.members).filter((other) -> other != member).toArray(Member[]::new);
		this.byName.remove(member);
		this.counts[member.state.ordinal()]--;
		this.supervision.excluded(member);
		this.changed = true;
		this.waiters.wake(member.name());
	}

	private void include(Member member) {
		this.byName.add(member);
		this.counts[member.state.ordinal()]++;
		this.supervision.included(member);
	}

	/**
	 * Claim the group's next run.
	 */
	void claim() {
		if (!this.claimed.compareAndSet(false, true)) {
			throw new IllegalStateException(
					"'" + this.name + "' is running already: a group can run again only after it has ended");
		}
	}

	/**
	 * Give up a claim that no run came of.
	 */
	void abandonClaim() {
		this.claimed.set(false);
		this.waiters.wake(null);
		post(new Signal.Abandoned());
	}

	/**
	 * For any thread. Cleared before the snapshot shows the end of the run.
	 */
	boolean isClaimed() {
		return this.claimed.get();
	}

	/**
	 * Claim a run and be its loop until it is over.
	 * @param parent the run that the group is a part of, if any
	 * @param onRunning told once that the group is running
	 */
	void run(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		claim();
		runClaimed(parent, onRunning);
	}

	/**
	 * Let the run that was claimed take up what a stop has ended.
	 */
	void resume() {
		this.resuming = true;
	}

	/**
	 * Be the loop of a run that was claimed.
	 */
	void runClaimed(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		Registration parentCancel = (parent != null) ? stopWith(parent) : null;
		try {
			takeOver(parent, onRunning);
		}
		catch (Throwable ex) {
			if (parentCancel != null) {
				parentCancel.close();
			}
			throw ex;
		}
		while (this.state.isLive()) {
			if (!turn()) {
				await();
			}
		}
		ServiceGroupException error = this.error;
		awaitStacks();
		boolean interrupted = this.interrupted;
		release();
		awaitListeners();
		if (parentCancel != null) {
			parentCancel.close();
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		if (error != null) {
			throw error;
		}
	}

	/**
	 * Own the group and begin its run. Short of memory that may fail: then there is no
	 * run, or one that ends with that error.
	 */
	private void takeOver(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		boolean owning = false;
		try {
			acquire();
			owning = true;
			begin(parent, onRunning);
		}
		catch (Throwable ex) {
			if (owning) {
				onDefect(ex);
				if (this.state.isLive()) {
					return;
				}
			}
			abandonClaim();
			if (owning) {
				release();
			}
			throw ex;
		}
	}

	/**
	 * Stop the run that was claimed with the run that it is a part of.
	 */
	Registration stopWith(ServiceContext parent) {
		try {
			return parent.onCancel(() -> post(
					new Signal.Stop(CancellationCause.parent(parent.cancellationCause().orElse(null)), parent)));
		}
		catch (Throwable ex) {
			abandonClaim();
			throw ex;
		}
	}

	/**
	 * Ask the group to end. For any thread; returns at once.
	 */
	void stop(CancellationCause cause) {
		post(new Signal.Stop(cause, null));
	}

	/**
	 * Tell the owner something; if there is none, be the owner for as long as that takes.
	 * For any thread. Allocates nothing where the group is running.
	 */
	void post(Signal signal) {
		if (this.queue.push(signal)) {
			this.owner = Thread.currentThread();
			release();
		}
	}

	/**
	 * Become the owner, by taking over from whoever is it.
	 */
	void acquire() {
		if (!this.queue.tryAcquire()) {
			Signal.Claim claim = new Signal.Claim(Thread.currentThread());
			if (!this.queue.push(claim)) {
				boolean interrupted = false;
				while (!claim.granted()) {
					this.timing.park(this, Durations.NONE);
					interrupted |= Thread.interrupted();
				}
				if (interrupted) {
					Thread.currentThread().interrupt();
				}
			}
		}
		this.owner = Thread.currentThread();
	}

	/**
	 * Handle what there is to handle for a group that does not run, then cease to be the
	 * owner.
	 */
	void release() {
		while (true) {
			look();
			handleSignals();
			publish();
			tellListeners();
			Signal.Claim claim = this.handOver;
			if (claim != null) {
				this.handOver = null;
				this.owner = null;
				claim.grant();
				this.timing.unpark(claim.claimant);
				return;
			}
			this.owner = null;
			if (this.queue.tryRelease()) {
				return;
			}
		}
	}

	/**
	 * The stacks of stuck threads are to be in the log and in the snapshots when the run
	 * of the group is over.
	 */
	private void awaitStacks() {
		long start = this.timing.nanoTime();
		while (this.stacksAwaited > 0) {
			long left = ONE_SECOND - (this.timing.nanoTime() - start);
			if (left <= 0) {
				return;
			}
			tellListeners();
			if (this.queue.isEmpty()) {
				this.queue.park(left);
				this.interrupted |= Thread.interrupted();
			}
			look();
			handleSignals();
			publish();
		}
	}

	/**
	 * Wait until the listeners have heard of everything so far, or a second is over.
	 */
	void awaitListeners() {
		this.listeners.wake();
		this.listeners.awaitDelivery(this.timing, ONE_SECOND);
	}

	void begin(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		look();
		this.failures = new FailureList();
		this.errors = new FailureList();
		this.publishedErrors = List.of();
		this.error = null;
		this.cause = null;
		this.interrupted = false;
		this.stacksAwaited = 0;
		this.supervision.begin(parent, onRunning);
		publish();
	}

	/**
	 * One turn of the loop: signals, then a slice of what concerns all members, or else
	 * deadlines that are due.
	 * @return whether there is more to do at once
	 */
	boolean turn() {
		try {
			look();
			if (Thread.interrupted()) {
				this.supervision.onInterrupt();
			}
			handleSignals();
			if (hasWork()) {
				work();
			}
			else {
				handleDeadlines();
			}
			this.supervision.advance();
			publish();
			if (this.untold >= SLICE || this.now - this.untoldSince > ONE_MILLISECOND) {
				tellListeners();
			}
		}
		catch (Throwable ex) {
			onDefect(ex);
		}
		return hasWork() || !this.queue.isEmpty() || !this.state.isLive();
	}

	boolean hasSignals() {
		return !this.queue.isEmpty();
	}

	/**
	 * How long the loop may wait.
	 * @return nanoseconds, or {@link Durations#NONE}
	 */
	long untilNextDeadline() {
		Deadline first = this.deadlines.first();
		return (first != null) ? Math.max(0, first.at - this.timing.nanoTime()) : Durations.NONE;
	}

	private void await() {
		for (int i = 0; i < SPINS; i++) {
			if (!this.queue.isEmpty()) {
				return;
			}
			Thread.onSpinWait();
		}
		tellListeners();
		long nanos = untilNextDeadline();
		if (nanos > 0) {
			this.queue.park(nanos);
		}
	}

	private void look() {
		this.now = this.timing.nanoTime();
		this.instant = this.timing.instant();
	}

	private void handleSignals() {
		Signal signal = this.queue.takeAll();
		for (int handled = 1; signal != null; handled++) {
			Signal next = signal.next;
			signal.next = null;
			try {
				signal.handle(this);
			}
			catch (Throwable ex) {
				onDefect(ex);
			}
			if (handled % SLICE == 0) {
				publish();
				look();
			}
			signal = next;
		}
	}

	boolean hasWork() {
		return this.sweep != null || !this.woken.isEmpty();
	}

	private void work() {
		for (int i = 0; i < SLICE && hasWork(); i++) {
			if (!this.woken.isEmpty()) {
				this.supervision.proceed(this.woken.remove());
			}
			else {
				sweepOne();
			}
		}
	}

	/**
	 * Do something to all members: those who depend on others first where that matters.
	 */
	void sweep(Sweep sweep) {
		this.sweep = sweep;
		this.sweepIndex = 0;
	}

	private void sweepOne() {
		Sweep sweep = Objects.requireNonNull(this.sweep);
		Member[] members = this.members;
		int index = this.sweepIndex++;
		if (index < members.length) {
			this.supervision.onSweep(sweep, sweep.member(members, index));
		}
		else {
			this.sweep = null;
			this.supervision.onSwept(sweep);
		}
	}

	/**
	 * Signals go before deadlines.
	 */
	private void handleDeadlines() {
		for (int i = 0; i < SLICE && this.queue.isEmpty() && !hasWork(); i++) {
			Deadline first = this.deadlines.first();
			if (first == null || this.now - first.at < 0) {
				return;
			}
			this.deadlines.cancel(first);
			first.due(this);
		}
	}

	void onClaim(Signal.Claim claim) {
		if (claim.claimant != Thread.currentThread()) {
			this.handOver = claim;
		}
	}

	void onListen(ServiceGroupListener listener) {
		this.listeners.add(listener);
		this.hasListeners = true;
	}

	void transition(Member member, ServiceState next) {
		ServiceState from = member.state;
		if (!from.canMoveTo(next)) {
			throw new IllegalStateException("'%s' cannot go from %s to %s".formatted(member.name(), from, next));
		}
		if (member.pass != null && next != ServiceState.STARTING) {
			this.supervision.leaveGate(member);
		}
		this.counts[from.ordinal()]--;
		this.counts[next.ordinal()]++;
		this.changed = true;
		member.state = next;
		member.moved = true;
		if (next == ServiceState.WAITING) {
			member.relations.lookAtFailedFirst();
		}
		member.waitingFor = (next == ServiceState.WAITING) ? member.describeMissing() : null;
		if (!next.isLive() && next != ServiceState.STUCK) {
			Run run = member.run;
			member.run = null;
			if (run != null && run != member.older) {
				this.supervision.release(run.pass());
			}
		}
		if (next != ServiceState.BACKOFF) {
			member.nextAttempt = null;
		}
		if (this.hasListeners || GroupLog.wants(from, member)) {
			ServiceSnapshot snapshot = publish(member);
			this.notifications.add((listener) -> listener.serviceStateChanged(from, snapshot));
		}
		else if (!member.stale) {
			member.stale = true;
			this.stale.add(member);
		}
		if (next == ServiceState.FAILED) {
			wakeWaitingDependents(member);
		}
		else if (member.isSatisfying() || from == ServiceState.BACKOFF) {
			wakeStartWaiters(member);
		}
		if (member.relations.endWaiters != null && !next.isLive()) {
			Set<Member> waiting = member.relations.endWaiters;
			member.relations.endWaiters = null;
			wake(member, waiting);
		}
	}

	/**
	 * Let everybody see what a member is like now.
	 */
	ServiceSnapshot publish(Member member) {
		member.stale = false;
		ServiceSnapshot snapshot = member.publish(this.instant);
		this.waiters.wake(member.name());
		return snapshot;
	}

	private void publishStale() {
		for (Member member : this.stale) {
			if (member.stale) {
				publish(member);
			}
		}
		this.stale.clear();
	}

	/**
	 * Those that wait for a member to be ready are to look again.
	 */
	void wakeStartWaiters(Member member) {
		if (member.relations.startWaiters != null) {
			Set<Member> waiting = member.relations.startWaiters;
			member.relations.startWaiters = null;
			wake(member, waiting);
		}
	}

	/**
	 * Those that wait for anything, and depend on a member that has failed for good, need
	 * not wait any longer (rule 2).
	 */
	private void wakeWaitingDependents(Member failed) {
		if (failed.relations.dependents.isEmpty()) {
			return;
		}
		failed.relations.startWaiters = null;
		for (Member dependent : failed.relations.dependents) {
			if (dependent.state == ServiceState.WAITING && dependent.older == null) {
				dependent.relations.lookAtFailedFirst();
				dependent.relations.unblock();
				this.woken.add(dependent);
			}
		}
	}

	private void wake(Member member, Set<Member> waiting) {
		for (Member other : waiting) {
			if (other.relations.blockedOn == member) {
				other.relations.unblock();
				this.woken.add(other);
			}
		}
	}

	int count(ServiceState state) {
		return this.counts[state.ordinal()];
	}

	/**
	 * A handler threw: a defect of ours, which must not leave services alone (rule 26).
	 */
	private void onDefect(Throwable ex) {
		try {
			notifyLog((log) -> log.defect(this.name, ex));
			if (this.state.isLive()) {
				ServiceFailure failure = ServiceFailure.undescribed("supervisor", 0, ex, this.instant);
				this.failures.add(failure);
				this.changed = true;
				if (this.state == GroupState.STOPPING) {
					this.errors.add(failure);
				}
				else {
					this.errors.addFirst(failure);
					this.supervision.stopGroup(CancellationCause.groupFailure("supervisor"), GroupState.FAILED);
				}
			}
		}
		catch (Throwable again) {
			// the deadlines of the shutdown, or the next signal, go on from here
		}
	}

	/**
	 * End the run of the group.
	 */
	void end(GroupState outcome) {
		if (outcome == GroupState.FAILED) {
			this.error = new ServiceGroupException(this.errors.view(), this.members.length);
		}
		this.resuming = false;
		this.claimed.set(false);
		moveTo(outcome);
	}

	void moveTo(GroupState next) {
		GroupState from = this.state;
		if (!from.canMoveTo(next)) {
			throw new IllegalStateException("'%s' cannot go from %s to %s".formatted(this.name, from, next));
		}
		this.state = next;
		this.since = this.instant;
		publishStale();
		GroupSnapshot snapshot = publishSnapshot();
		this.notifications.add((listener) -> listener.groupStateChanged(from, snapshot));
		this.waiters.wake(null);
	}

	void notifyLog(Consumer<GroupLog> line) {
		this.notifications.add((listener) -> {
			if (listener instanceof GroupLog log) {
				line.accept(log);
			}
		});
	}

	/**
	 * Publish what has changed, then tell the listeners of it (rules 24 and 25).
	 */
	private void publish() {
		if (!this.stuck.isEmpty()) {
			takeStacks();
		}
		this.wakeUps.perform();
		publishStale();
		if (this.changed) {
			publishSnapshot();
		}
		if (!this.notifications.isEmpty()) {
			for (Listeners.Notification notification : this.notifications) {
				this.listeners.append(notification, !this.state.isLive());
			}
			this.untoldSince = (this.untold == 0) ? this.now : this.untoldSince;
			this.untold += this.notifications.size();
			this.notifications.clear();
		}
		if (!this.afterPublication.isEmpty()) {
			this.afterPublication.forEach(Runnable::run);
			this.afterPublication.clear();
		}
	}

	/**
	 * Wake the listeners. In a storm that is not worth doing for each event: waking a
	 * thread costs more than the event.
	 */
	private void tellListeners() {
		if (this.untold > 0) {
			this.untold = 0;
			this.listeners.wake();
		}
	}

	void afterPublication(Runnable action) {
		this.afterPublication.add(action);
	}

	private GroupSnapshot publishSnapshot() {
		this.changed = false;
		this.publishedErrors = this.errors.view();
		GroupSnapshot snapshot = takeSnapshot();
		this.snapshot = snapshot;
		return snapshot;
	}

	private GroupSnapshot takeSnapshot() {
		return new GroupSnapshot(this.name, this.state, this.since, new StateCounts(this.counts), this.failures.view(),
				this.cause);
	}

	/**
	 * Answer of the thread that takes stacks.
	 */
	void onStackTaken(Run run, List<StackTraceElement> stack) {
		this.stacksAwaited--;
		this.supervision.onStackTaken(run, stack);
	}

	private void takeStacks() {
		List<StackTaker.Report> reports = List.copyOf(this.stuck);
		this.stuck.clear();
		try {
			this.timing.start(GroupThreads.daemon("supervisor-stacks", new StackTaker(this, reports)));
			this.stacksAwaited += reports.size();
		}
		catch (Throwable ex) {
			// no thread to be had: the states say that they are stuck
		}
	}

	/**
	 * For any thread that executes something: whether it is the one that owns the group.
	 */
	boolean isOwnedBy(Thread thread) {
		return this.owner == thread;
	}

	Supervision supervision() {
		return this.supervision;
	}

	Timing timing() {
		return this.timing;
	}

	Waiters waiters() {
		return this.waiters;
	}

	long shutdownTimeout() {
		return this.supervision.shutdownTimeout();
	}

	String name() {
		return this.name;
	}

	GroupSnapshot snapshot() {
		return this.snapshot;
	}

	Member[] members() {
		return this.members;
	}

	@Nullable Member member(String name) {
		return this.byName.get(name);
	}

	@Nullable ServiceGroupException failure() {
		GroupSnapshot snapshot = this.snapshot;
		List<ServiceFailure> errors = this.publishedErrors;
		if (!snapshot.failed() || errors.isEmpty()) {
			return null;
		}
		ServiceGroupException error = this.error;
		return (error != null) ? error : new ServiceGroupException(errors, snapshot.size());
	}

}
