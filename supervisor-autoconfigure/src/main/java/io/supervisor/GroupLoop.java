package io.supervisor;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The loop: the sole owner of a group's state.
 * <p>
 * It takes {@linkplain Signal signals} and waits no longer than until the nearest
 * {@linkplain Deadline deadline}. Each signal and each deadline has one handler here, in
 * the order of a service's life; a handler changes the state of members by
 * {@link #transition}, which publishes the member's new snapshot. When some handlers have
 * run, the group's snapshot is published and the listeners are told. Work that concerns
 * all members, such as starting or cancelling them, goes in slices, with a look at the
 * signals between two of them.
 * <p>
 * No foreign code runs here but {@link Executor#execute} and {@link Thread#interrupt}.
 * While the group does not run, the owner is whichever thread posts a signal, see
 * {@link SignalQueue}. Unless stated otherwise, fields are only accessed by the owner.
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
	 * How long the end of a run of the group waits for the listeners (rule 25), and how
	 * much earlier than its parent a nested group gives up (rule 18).
	 */
	private static final long ONE_SECOND = 1_000_000_000L;

	private static final Member[] NO_MEMBERS = {};

	private final String name;

	private final Executor executor;

	private final Timing timing;

	private final DoubleSupplier random;

	private final long startTimeout;

	private final long shutdownTimeout;

	private final SignalQueue queue;

	private final Listeners listeners;

	/**
	 * Whether somebody listens besides the log, which only wants some transitions.
	 */
	private boolean hasListeners;

	private final Waiters waiters;

	/**
	 * Whether there is a run of the group, or somebody about to begin one. Any thread, by
	 * CAS; cleared by the owner.
	 */
	private final AtomicBoolean claimed = new AtomicBoolean();

	/**
	 * Written by the owner, read by any thread.
	 */
	private final Map<String, Member> byName = new ConcurrentHashMap<>();

	/**
	 * Each after those that it depends on. Written by the owner, read by any thread; the
	 * array is never changed.
	 */
	private volatile Member[] members = NO_MEMBERS;

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

	private GroupState state = GroupState.NEW;

	private Instant since;

	private final int[] counts = new int[ServiceState.values().length];

	private FailureList failures = new FailureList();

	private FailureList errors = new FailureList();

	/**
	 * Why the group stops, and how it is to end.
	 */
	private @Nullable CancellationCause cause;

	private GroupState outcome = GroupState.COMPLETED;

	/**
	 * Why the group is about to stop, as soon as all that were not ready in time are
	 * known.
	 */
	private @Nullable CancellationCause startFailure;

	/**
	 * When it is over in any case, or {@link Durations#NONE}.
	 */
	private long stopAt;

	/**
	 * The number of the group's run.
	 */
	private int epoch;

	private @Nullable ServiceContext parent;

	private @Nullable Runnable onRunning;

	/**
	 * Why the next run is to return at once.
	 */
	private @Nullable CancellationCause stopRequested;

	private boolean interrupted;

	/**
	 * Whether the run leaves alone what the stop before it did not end. Set by the thread
	 * that has claimed the run, before it is the owner.
	 */
	private boolean resuming;

	private Signal.@Nullable Claim handOver;

	/**
	 * What is being done to all members, and the next one.
	 */
	private @Nullable Sweep sweep;

	private int sweepIndex;

	/**
	 * Members that what they waited for has happened to.
	 */
	private final Deque<Member> woken = new ArrayDeque<>();

	private final Deadlines deadlines = new Deadlines();

	private final Deadline startDeadline = new GroupDeadline(Sweep.START_TIMEOUT);

	private final Deadline forceDeadline = new GroupDeadline(Sweep.FORCE);

	private final Deadline shutdownDeadline = new GroupDeadline(Sweep.GIVE_UP);

	private long longestInterruptPeriod;

	private final List<StackTaker.Report> stuck = new ArrayList<>();

	private int stacksWanted;

	private int stacksAwaited;

	/**
	 * What the listeners are to be told with the next publication.
	 */
	private final List<Listeners.Notification> notifications = new ArrayList<>();

	private boolean changed;

	/**
	 * The present, on both clocks, as of the latest look.
	 */
	private long now;

	private Instant instant;

	GroupLoop(String name, Executor executor, Timing timing, DoubleSupplier random, long startTimeout,
			long shutdownTimeout, List<ServiceGroupListener> listeners, Collection<ServiceDefinition> definitions) {
		this.name = name;
		this.executor = executor;
		this.timing = timing;
		this.random = random;
		this.startTimeout = startTimeout;
		this.shutdownTimeout = shutdownTimeout;
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

	private void include(Member member) {
		this.byName.put(member.name(), member);
		this.counts[member.state.ordinal()]++;
		this.longestInterruptPeriod = Math.max(this.longestInterruptPeriod, member.interruptPeriod);
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
		acquire();
		begin(parent, onRunning);
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

	private Registration stopWith(ServiceContext parent) {
		try {
			return parent.onCancel(() -> stop(CancellationCause.parent(parent.cancellationCause().orElse(null))));
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
		post(new Signal.Stop(cause));
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
		this.listeners.awaitDelivery(this.timing, ONE_SECOND);
	}

	void begin(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		look();
		this.parent = parent;
		this.onRunning = onRunning;
		this.epoch++;
		this.failures = new FailureList();
		this.errors = new FailureList();
		this.publishedErrors = List.of();
		this.error = null;
		this.cause = null;
		this.startFailure = null;
		this.outcome = GroupState.COMPLETED;
		this.interrupted = false;
		this.stacksWanted = 0;
		this.stacksAwaited = 0;
		this.deadlines.set(this.startDeadline, this.now, this.startTimeout);
		sweep(Sweep.START);
		moveTo(GroupState.STARTING);
		if (this.stopRequested != null) {
			stopGroup(this.stopRequested, GroupState.STOPPED);
			this.stopRequested = null;
		}
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
				onInterrupt();
			}
			handleSignals();
			if (hasWork()) {
				work();
			}
			else {
				handleDeadlines();
			}
			advance();
			publish();
		}
		catch (Throwable ex) {
			onDefect(ex);
		}
		return hasWork() || !this.queue.isEmpty() || !this.state.isLive();
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

	private boolean hasWork() {
		return this.sweep != null || !this.woken.isEmpty();
	}

	private void work() {
		for (int i = 0; i < SLICE && hasWork(); i++) {
			if (!this.woken.isEmpty()) {
				proceed(this.woken.remove());
			}
			else {
				sweepOne();
			}
		}
	}

	/**
	 * Do something to all members: those who depend on others first where that matters.
	 */
	private void sweep(Sweep sweep) {
		this.sweep = sweep;
		this.sweepIndex = 0;
	}

	private void sweepOne() {
		Sweep sweep = Objects.requireNonNull(this.sweep);
		Member[] members = this.members;
		int index = this.sweepIndex++;
		if (index >= members.length) {
			this.sweep = null;
			if (this.startFailure != null) {
				stopGroup(this.startFailure, GroupState.FAILED);
			}
			else if (sweep == Sweep.START_TIMEOUT) {
				becomeRunning();
			}
			return;
		}
		switch (sweep) {
			case START -> firstStart(members[index]);
			case START_TIMEOUT -> startTimedOut(members[index]);
			case STOP -> stopWithGroup(members[members.length - 1 - index]);
			case FORCE -> force(members[members.length - 1 - index]);
			case GIVE_UP -> giveUpWaiting(members[members.length - 1 - index]);
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

	private void firstStart(Member member) {
		if (!enlist(member)) {
			return;
		}
		carryOutPending(member);
		if (member.state == ServiceState.WAITING) {
			tryStart(member);
		}
	}

	/**
	 * Bring a member from an earlier run of the group, or from none, into this one.
	 * @return {@code false} if it stays as it is
	 */
	private boolean enlist(Member member) {
		if (member.epoch == this.epoch) {
			return false;
		}
		member.epoch = this.epoch;
		if (this.resuming && member.outlastsStop()) {
			return false;
		}
		member.lastFailure = null;
		member.inARow = 0;
		member.cause = null;
		member.doom = null;
		member.heldBy = null;
		member.scope = null;
		member.blockedOn = null;
		if (member.run != null) {
			member.older = member.run;
		}
		transition(member, ServiceState.WAITING);
		return true;
	}

	/**
	 * Start a member that is waiting, if nothing is missing (rules 2 and 21).
	 */
	private void tryStart(Member member) {
		if (this.state == GroupState.STOPPING) {
			stopUnstarted(member);
			return;
		}
		if (member.older != null) {
			this.deadlines.set(member, this.now, this.startTimeout);
			waitFor(member, "the end of attempt " + member.older.attempt() + ", which is stuck");
			return;
		}
		Member missing = member.firstMissing();
		if (missing == null) {
			start(member);
		}
		else if (missing.state == ServiceState.FAILED) {
			giveUp(member, failure(member, new IllegalStateException(
					"It cannot start: '" + missing.name() + "', which it depends on, has failed", cause(missing))));
		}
		else {
			member.waitForStartOf(missing);
			waitFor(member, "'" + missing.name() + "'");
		}
	}

	private static @Nullable Throwable cause(Member failed) {
		return (failed.lastFailure != null) ? failed.lastFailure.cause() : null;
	}

	private void waitFor(Member member, String what) {
		if (!what.equals(member.waitingFor)) {
			member.waitingFor = what;
			member.publish();
		}
	}

	private void start(Member member) {
		Run run = new Run(this, member, ++member.attempt, this.epoch);
		member.run = run;
		member.wasReady = false;
		member.cause = null;
		if (this.state == GroupState.RUNNING) {
			this.deadlines.set(member, this.now, this.startTimeout);
		}
		transition(member, ServiceState.STARTING);
		@Nullable Throwable refusal = null;
		try {
			this.executor.execute(run);
		}
		catch (Throwable ex) {
			refusal = ex;
		}
		if ((refusal != null || run.calledByLoop()) && run.withdraw()) {
			notStarted(member, refusal);
		}
	}

	private void notStarted(Member member, @Nullable Throwable refusal) {
		String message = (refusal != null)
				? "The executor refused to start it; every service needs a thread of its own, so it must have as many threads as there are services"
				: "The executor called it in the thread that asked; every service needs a thread of its own";
		ServiceExit exit = (refusal instanceof VirtualMachineError) ? ServiceExit.UNRECOVERABLE : ServiceExit.FAILED;
		ended(member, exit, failure(member, new IllegalStateException(message, refusal)));
	}

	void onEntered(Run run) {
		Member member = run.member();
		if (!member.announces()) {
			becomeReady(member, run);
		}
	}

	void onReady(Run run) {
		becomeReady(run.member(), run);
	}

	private void becomeReady(Member member, Run run) {
		if (member.run != run || member.state != ServiceState.STARTING) {
			return;
		}
		member.wasReady = true;
		member.readySince = this.now;
		this.deadlines.cancel(member);
		transition(member, ServiceState.RUNNING);
		if (member.heartbeatTimeout != Durations.NONE) {
			lookAnew(member, run);
		}
	}

	/**
	 * Look for heartbeats twice per timeout; two looks in a row without one are a miss
	 * (rule 23).
	 */
	private void lookForHeartbeat(Member member, Run run) {
		boolean late = this.now - member.at > member.heartbeatTimeout / 2;
		if (late || run.beats() != member.beatsSeen) {
			lookAnew(member, run);
		}
		else if (++member.silentLooks < 2) {
			this.deadlines.set(member, this.now, member.heartbeatTimeout / 2);
		}
		else {
			charge(member, CancellationCause.HEARTBEAT_MISSED,
					"No heartbeat for " + Durations.describe(member.heartbeatTimeout));
		}
	}

	private void lookAnew(Member member, Run run) {
		member.beatsSeen = run.beats();
		member.silentLooks = 0;
		this.deadlines.set(member, this.now, member.heartbeatTimeout / 2);
	}

	/**
	 * Cancel a run for something that counts as its failure; what follows is decided now.
	 */
	private void charge(Member member, CancellationCause cause, String message) {
		ServiceFailure failure = failure(member, new TimeoutException(message));
		RestartDecision decision = decide(member, ServiceExit.FAILED);
		if (decision.kind() == RestartDecision.Kind.RESTART && this.sweep != Sweep.START_TIMEOUT
				&& this.state != GroupState.STOPPING) {
			member.inARow = decision.count();
			member.lastFailure = failure;
			cancel(member, cause, Member.Then.BACKOFF);
			return;
		}
		member.lastFailure = withCount(failure, decision);
		cancel(member, cause, Member.Then.FAILED);
		failForGood(member, member.lastFailure);
	}

	void onEnded(Run run) {
		Member member = run.member();
		if (member.older == run) {
			member.older = null;
			member.stack = null;
			carryOutPending(member);
			if (member.state == ServiceState.WAITING) {
				this.deadlines.cancel(member);
				tryStart(member);
			}
		}
		else if (member.run != run) {
			throw new IllegalStateException("a run ended that nobody knows: " + run);
		}
		else if (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING) {
			endedByItself(member, run);
		}
		else {
			endedAfterCancel(member, run);
		}
	}

	private void endedByItself(Member member, Run run) {
		ServiceFailure failure = run.failure();
		if (failure != null) {
			ended(member, run.unrecoverable() ? ServiceExit.UNRECOVERABLE : ServiceExit.FAILED, failure);
		}
		else if (member.policy().onCompletion() == OnCompletion.STOP_GROUP) {
			this.deadlines.cancel(member);
			transition(member, ServiceState.COMPLETED);
			stopGroup(CancellationCause.SHUTDOWN, GroupState.COMPLETED);
			carryOutPending(member);
		}
		else {
			ended(member, ServiceExit.COMPLETED, null);
		}
	}

	/**
	 * A run ended by itself, or did not begin: restart, accept or give up (rules 10 to
	 * 13, 20).
	 */
	private void ended(Member member, ServiceExit exit, @Nullable ServiceFailure failure) {
		member.doom = null;
		this.deadlines.cancel(member);
		if (failure != null) {
			member.lastFailure = failure;
		}
		if (this.state == GroupState.STOPPING) {
			if (failure != null) {
				addSecondary(failure);
			}
			transition(member, (failure != null) ? ServiceState.FAILED : ServiceState.COMPLETED);
			carryOutPending(member);
			return;
		}
		RestartDecision decision = decide(member, exit);
		switch (decision.kind()) {
			case RESTART -> {
				member.inARow = decision.count();
				backOff(member);
			}
			case COMPLETE -> transition(member, ServiceState.COMPLETED);
			case FAIL,
					BUDGET_SPENT ->
				giveUp(member,
						withCount(
								(failure != null) ? failure
										: failure(member,
												new IllegalStateException("'" + member.name() + "' completed "
														+ decision.count() + " times in a row")),
								(failure != null) ? decision : RestartDecision.noRestart(exit)));
		}
	}

	private RestartDecision decide(Member member, ServiceExit exit) {
		return member.policy()
			.restart()
			.decide(exit, new RestartHistory(member.inARow, member.wasReady, member.readySince), this.now);
	}

	private ServiceFailure withCount(ServiceFailure failure, RestartDecision decision) {
		return (decision.kind() == RestartDecision.Kind.BUDGET_SPENT)
				? failure.withRemark("failed " + decision.count() + " times in a row") : failure;
	}

	private void backOff(Member member) {
		RestartPolicy restart = member.policy().restart();
		long delay = restart.delayNanos(member.inARow, this.random.getAsDouble());
		member.nextAttempt = this.instant.plusNanos(delay);
		member.delayOver = false;
		this.deadlines.set(member, this.now, delay);
		transition(member, ServiceState.BACKOFF);
		if (restart.scope() == RestartPolicy.Scope.DEPENDENTS) {
			stopDependents(member);
		}
	}

	/**
	 * Take along all that depend on a failed service; they wait for it to be started
	 * again (rule 14).
	 */
	private void stopDependents(Member failed) {
		List<Member> scope = new ArrayList<>();
		for (Member dependent : ServiceGraph.transitiveDependents(failed)) {
			switch (dependent.state) {
				case STARTING, RUNNING -> {
					dependent.doom = CancellationCause.dependency(failed.name());
					dependent.heldBy = failed;
					scope.add(dependent);
				}
				case STOPPING -> {
					dependent.heldBy = failed;
					scope.add(dependent);
				}
				case WAITING, BACKOFF -> {
					dependent.heldBy = failed;
				}
				case NEW, STUCK, STOPPED, COMPLETED, FAILED -> {
				}
			}
		}
		failed.scope = scope;
		failed.scopeIndex = 0;
		scope.forEach(this::cancelInOrder);
	}

	private void leaveBackOff(Member member) {
		Member live = firstLiveInScope(member);
		if (live != null) {
			member.delayOver = true;
			member.waitForEndOf(live);
			return;
		}
		member.delayOver = false;
		member.scope = null;
		member.restarts++;
		transition(member, ServiceState.WAITING);
		tryStart(member);
	}

	private @Nullable Member firstLiveInScope(Member member) {
		List<Member> scope = member.scope;
		while (scope != null && member.scopeIndex < scope.size()) {
			Member dependent = scope.get(member.scopeIndex);
			if (dependent.state.isLive()) {
				return dependent;
			}
			member.scopeIndex++;
		}
		return null;
	}

	/**
	 * A failure that is final while the service is not live (rules 6 and 9).
	 */
	private void giveUp(Member member, ServiceFailure failure) {
		member.lastFailure = failure;
		this.deadlines.cancel(member);
		transition(member, ServiceState.FAILED);
		failForGood(member, failure);
	}

	private void failForGood(Member member, ServiceFailure failure) {
		if (this.state == GroupState.STOPPING) {
			addSecondary(failure);
			return;
		}
		this.failures.add(failure);
		if (member.policy().critical()) {
			failGroup(failure);
		}
	}

	private void failGroup(ServiceFailure failure) {
		if (this.startFailure != null) {
			this.errors.add(failure);
			return;
		}
		this.errors.addFirst(failure);
		CancellationCause cause = CancellationCause.groupFailure(failure.service());
		if (this.sweep == Sweep.START_TIMEOUT) {
			// first let the sweep find all that were not ready
			this.startFailure = cause;
		}
		else {
			stopGroup(cause, GroupState.FAILED);
		}
	}

	private void addSecondary(ServiceFailure failure) {
		if (this.state.isLive()) {
			this.failures.add(failure);
			this.errors.add(failure);
			this.changed = true;
		}
	}

	void onActionFailed(Run run, ServiceFailure failure) {
		if (run.epoch() == this.epoch) {
			addSecondary(failure);
		}
	}

	/**
	 * The group's start has taken too long: whatever is not ready fails for good (rule
	 * 3).
	 */
	private void startTimedOut(Member member) {
		String limit = Durations.describe(this.startTimeout);
		switch (member.state) {
			case STARTING -> startTimedOut(member, limit);
			case WAITING -> {
				if (member.older != null) {
					olderRunLivesOn(member);
				}
				else if (!member.isHeldByHand()) {
					giveUp(member, failure(member, new TimeoutException(
							"Not ready within " + limit + ": still waiting for " + member.waitingFor)));
				}
			}
			case BACKOFF -> {
				ServiceFailure last = member.lastFailure;
				transition(member, ServiceState.WAITING);
				giveUp(member, (last != null) ? last.withRemark("not ready within " + limit)
						: failure(member, new TimeoutException("Not ready within " + limit)));
			}
			case STOPPING -> {
				if (member.then.isRestart()) {
					member.then = Member.Then.FAILED;
					member.lastFailure = failure(member, new TimeoutException("Not ready within " + limit));
					failForGood(member, member.lastFailure);
				}
			}
			case NEW, RUNNING, STUCK, STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	private void startTimedOut(Member member, String limit) {
		Run run = Objects.requireNonNull(member.run);
		if (!run.withdraw()) {
			charge(member, CancellationCause.START_TIMEOUT, "Not ready within " + limit);
			return;
		}
		ServiceFailure failure = failure(member, new TimeoutException("The executor did not begin it within " + limit
				+ "; every service needs a thread of its own, so it must have as many threads as there are services"));
		if (this.sweep == Sweep.START_TIMEOUT) {
			giveUp(member, failure);
		}
		else {
			ended(member, ServiceExit.FAILED, failure);
		}
	}

	void onInterrupt() {
		this.interrupted = true;
		if (this.state == GroupState.STOPPING) {
			sweep(Sweep.FORCE);
		}
		else {
			onStop(CancellationCause.SHUTDOWN);
		}
	}

	void onStop(CancellationCause cause) {
		if (this.state.isLive()) {
			stopGroup(cause, GroupState.STOPPED);
		}
		else if (this.state == GroupState.NEW || this.claimed.get()) {
			this.stopRequested = cause;
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

	/**
	 * Begin to stop the whole group, if it does not yet (rule 18).
	 */
	private void stopGroup(CancellationCause cause, GroupState outcome) {
		if (this.state == GroupState.STOPPING) {
			return;
		}
		boolean startFailed = this.startFailure != null;
		this.cause = startFailed ? this.startFailure : cause;
		this.outcome = startFailed ? GroupState.FAILED : outcome;
		long limit = shutdownLimit();
		this.stopAt = plus(this.now, limit);
		this.deadlines.cancel(this.startDeadline);
		this.deadlines.set(this.shutdownDeadline, this.now, limit);
		this.deadlines.set(this.forceDeadline, this.now,
				(limit != Durations.NONE) ? Math.max(0, limit - this.longestInterruptPeriod) : limit);
		sweep(Sweep.STOP);
		moveTo(GroupState.STOPPING);
	}

	/**
	 * A nested group is to be through before its parent gives it up.
	 */
	private long shutdownLimit() {
		if (this.parent instanceof Run run && run.isCancelRequested() && run.giveUpAt() != Durations.NONE) {
			long left = Math.max(0, run.giveUpAt() - this.now - ONE_SECOND);
			return Math.min(this.shutdownTimeout, left);
		}
		return this.shutdownTimeout;
	}

	private void stopWithGroup(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				member.doom = groupCause();
				cancelInOrder(member);
			}
			case STOPPING, STUCK -> stayStopped(member);
			case STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	private void stayStopped(Member member) {
		if (member.then.isRestart()) {
			member.then = Member.Then.STOPPED;
		}
	}

	private CancellationCause groupCause() {
		return Objects.requireNonNull(this.cause);
	}

	private void stopUnstarted(Member member) {
		member.epoch = this.epoch;
		member.cause = (this.state == GroupState.STOPPING) ? groupCause() : CancellationCause.STOPPED;
		this.deadlines.cancel(member);
		transition(member, ServiceState.STOPPED);
	}

	/**
	 * Cancel a member as soon as no live one depends on it.
	 */
	private void cancelInOrder(Member member) {
		if (member.state != ServiceState.STARTING && member.state != ServiceState.RUNNING) {
			return;
		}
		Member dependent = member.firstLiveDependent();
		if (dependent != null) {
			member.waitForEndOf(dependent);
		}
		else {
			cancel(member, Objects.requireNonNull(member.doom),
					(this.state == GroupState.STOPPING) ? Member.Then.STOPPED : Member.Then.WAITING);
		}
	}

	/**
	 * Cancel the run of a member; one that has not begun ends at once (rule 5).
	 */
	private void cancel(Member member, CancellationCause cause, Member.Then then) {
		Run run = Objects.requireNonNull(member.run);
		member.cause = cause;
		member.then = then;
		member.doom = null;
		member.cancelledAt = this.now;
		member.interrupted = false;
		if (run.withdraw()) {
			this.deadlines.cancel(member);
			transition(member, ServiceState.STOPPED);
			if (then == Member.Then.WAITING) {
				transition(member, ServiceState.WAITING);
				tryStart(member);
			}
			carryOutPending(member);
			return;
		}
		run.cancel(cause, giveUpAt(member));
		transition(member, ServiceState.STOPPING);
		if (member.gracePeriod == 0) {
			interrupt(member);
		}
		else {
			this.deadlines.set(member, this.now, member.gracePeriod);
		}
	}

	private long giveUpAt(Member member) {
		long own = plus(plus(this.now, member.gracePeriod), member.interruptPeriod);
		if (this.state != GroupState.STOPPING || this.stopAt == Durations.NONE) {
			return own;
		}
		return (own == Durations.NONE || this.stopAt - own < 0) ? this.stopAt : own;
	}

	private static long plus(long time, long delay) {
		return (time == Durations.NONE || delay == Durations.NONE) ? Durations.NONE : time + delay;
	}

	private void interrupt(Member member) {
		member.interrupted = true;
		Objects.requireNonNull(member.run).interrupt();
		this.deadlines.set(member, this.now, member.interruptPeriod);
	}

	private void force(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				cancel(member, groupCause(), Member.Then.STOPPED);
				if (member.state == ServiceState.STOPPING && !member.interrupted) {
					interrupt(member);
				}
			}
			case STOPPING -> {
				stayStopped(member);
				if (!member.interrupted) {
					interrupt(member);
				}
			}
			case STUCK -> stayStopped(member);
			case STOPPED, COMPLETED, FAILED -> {
			}
		}
	}

	private void giveUpWaiting(Member member) {
		force(member);
		if (member.state == ServiceState.STOPPING) {
			becomeStuck(member);
		}
	}

	private void becomeStuck(Member member) {
		Run run = Objects.requireNonNull(member.run);
		CancellationCause cause = Objects.requireNonNull(member.cause);
		this.deadlines.cancel(member);
		transition(member, ServiceState.STUCK);
		this.stuck.add(new StackTaker.Report(run, cause, this.now - member.cancelledAt,
				this.stacksWanted++ < StackTaker.MAX_STACKS));
		carriedOut(member, Command.Kind.STOP);
		if (!member.then.isRestart() || this.state == GroupState.STOPPING) {
			return;
		}
		ServiceFailure failure = failure(member, new IllegalStateException(
				"It is stuck: it has not ended after it was cancelled because " + cause.describe(), cause(member)));
		member.lastFailure = failure;
		if (member.policy().critical()) {
			member.then = Member.Then.FAILED;
		}
		member.publish();
		failForGood(member, failure);
	}

	void onStackTaken(Run run, List<StackTraceElement> stack) {
		this.stacksAwaited--;
		Member member = run.member();
		if ((member.run == run && member.state == ServiceState.STUCK) || member.older == run) {
			member.stack = stack;
			member.publish();
		}
	}

	/**
	 * A run has ended that was cancelled; what comes then was decided before.
	 */
	private void endedAfterCancel(Member member, Run run) {
		member.stack = null;
		this.deadlines.cancel(member);
		ServiceFailure failure = run.failure();
		if (failure != null) {
			addSecondary(failure);
			if (member.then != Member.Then.FAILED) {
				member.lastFailure = failure;
			}
		}
		switch (member.then) {
			case STOPPED -> transition(member, ServiceState.STOPPED);
			case FAILED -> transition(member, ServiceState.FAILED);
			case BACKOFF -> backOff(member);
			case WAITING -> transition(member, ServiceState.WAITING);
		}
		carryOutPending(member);
		if (member.state == ServiceState.WAITING) {
			tryStart(member);
		}
	}

	void onDue(Member member) {
		switch (member.state) {
			case STARTING -> startTimedOut(member, Durations.describe(this.startTimeout));
			case RUNNING -> lookForHeartbeat(member, Objects.requireNonNull(member.run));
			case BACKOFF -> leaveBackOff(member);
			case WAITING -> olderRunLivesOn(member);
			case STOPPING -> {
				if (member.interrupted) {
					becomeStuck(member);
				}
				else {
					interrupt(member);
					notifyLog((log) -> log.interrupted(member.name(), member.gracePeriod));
				}
			}
			case NEW, STUCK, STOPPED, COMPLETED, FAILED ->
				throw new IllegalStateException("a deadline of " + member + ", which waits for nothing");
		}
	}

	private void olderRunLivesOn(Member member) {
		Run older = Objects.requireNonNull(member.older);
		List<StackTraceElement> stack = (member.stack != null) ? member.stack : List.of();
		IllegalStateException reason = new IllegalStateException(
				"Attempt " + older.attempt() + " from an earlier run of the group is stuck and has not ended within "
						+ Durations.describe(this.startTimeout) + ". Its thread" + StackTaker.describe(stack));
		if (!stack.isEmpty()) {
			reason.setStackTrace(stack.toArray(new StackTraceElement[0]));
		}
		giveUp(member, failure(member, reason));
	}

	void onCommand(Command command) {
		if (command.kind() == Command.Kind.ADD) {
			add(command, Objects.requireNonNull(command.definition()));
			return;
		}
		Member member = this.byName.get(command.name());
		if (member == null) {
			command.unknown(this.name);
		}
		else if (!this.state.isLive() && command.kind() != Command.Kind.REMOVE) {
			command.refuse("'" + this.name + "' is not running");
		}
		else if (this.state == GroupState.STOPPING && command.kind() != Command.Kind.STOP) {
			command.refuse("'" + this.name + "' is stopping");
		}
		else if (command.kind() == Command.Kind.REMOVE && !member.dependents.isEmpty()) {
			command.refuse("'" + member.dependents.get(0).name() + "' depends on it");
		}
		else if (member.state == ServiceState.STOPPING || member.state == ServiceState.STUCK
				|| (command.kind() == Command.Kind.REMOVE && member.older != null)) {
			addPending(member, command);
		}
		else {
			carryOut(member, command);
		}
	}

	/**
	 * Carry out a command on a service that is not about to end.
	 */
	private void carryOut(Member member, Command command) {
		boolean done = switch (command.kind()) {
			case START -> startByHand(member);
			case STOP -> stopByHand(member);
			case RESTART -> restartByHand(member);
			case REMOVE -> remove(member, command);
			case ADD -> throw new IllegalStateException("a service that exists cannot be added");
		};
		if (done) {
			command.carriedOut(member);
		}
		else {
			command.underWay = command.kind() != Command.Kind.REMOVE;
			addPending(member, command);
		}
	}

	private boolean startByHand(Member member) {
		switch (member.state) {
			case BACKOFF -> {
				member.inARow = 0;
				this.deadlines.cancel(member);
				leaveBackOff(member);
			}
			case STOPPED, COMPLETED, FAILED -> {
				if (member.epoch == this.epoch) {
					member.inARow = 0;
					member.cause = null;
					transition(member, ServiceState.WAITING);
					tryStart(member);
				}
			}
			case NEW, WAITING, STARTING, RUNNING, STOPPING, STUCK -> {
			}
		}
		return true;
	}

	private boolean stopByHand(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> stopUnstarted(member);
			case STARTING, RUNNING -> {
				if (this.state != GroupState.STOPPING) {
					cancel(member, CancellationCause.STOPPED, Member.Then.STOPPED);
				}
				return !member.state.isLive();
			}
			case STOPPED, COMPLETED, FAILED -> {
				if (enlist(member)) {
					stopUnstarted(member);
				}
			}
			case STOPPING, STUCK -> {
			}
		}
		return true;
	}

	private boolean restartByHand(Member member) {
		member.inARow = 0;
		if (member.run == null || !member.run.hasBegun()) {
			return startByHand(member);
		}
		cancel(member, CancellationCause.RESTARTED, Member.Then.WAITING);
		return false;
	}

	private void add(Command command, ServiceDefinition definition) {
		if (this.state == GroupState.STOPPING) {
			command.refuse("'" + this.name + "' is stopping");
			return;
		}
		for (String name : this.byName.keySet()) {
			if (Names.canonical(name).equals(Names.canonical(definition.name()))) {
				command.failed(new IllegalArgumentException(
						"There is a service '%s' in '%s' already".formatted(name, this.name)));
				return;
			}
		}
		Member member = new Member(definition, this.instant);
		try {
			ServiceGraph.connect(member, this.byName);
		}
		catch (IllegalArgumentException ex) {
			command.failed(ex);
			return;
		}
		Member[] members = Arrays.copyOf(this.members, this.members.length + 1);
		members[members.length - 1] = member;
		this.members = members;
		include(member);
		this.changed = true;
		if (this.state.isLive()) {
			firstStart(member);
		}
		command.carriedOut(member);
	}

	/**
	 * Remove a member that has ended, or see to it that it ends.
	 */
	private boolean remove(Member member, Command command) {
		if (this.state.isLive() && !stopByHand(member)) {
			return false;
		}
		member.dependencies.forEach((dependency) -> dependency.dependents.remove(member));
		this.byName.remove(member.name());
		if (this.sweep != null && Arrays.asList(this.members).indexOf(member) < this.sweepIndex) {
			this.sweepIndex--;
		}
		this.members = Arrays.stream(this.members).filter((other) -> other != member).toArray(Member[]::new);
		this.counts[member.state.ordinal()]--;
		this.changed = true;
		return true;
	}

	private void addPending(Member member, Command command) {
		if (member.pending == null) {
			member.pending = new ArrayList<>();
		}
		member.pending.add(command);
	}

	/**
	 * The run has ended that commands waited for.
	 */
	private void carryOutPending(Member member) {
		List<Command> pending = member.pending;
		member.pending = null;
		if (pending == null) {
			return;
		}
		for (Command command : pending) {
			if (command.underWay) {
				command.carriedOut(member);
			}
			else {
				onCommand(command);
			}
		}
	}

	/**
	 * A stuck service is as stopped as it will be.
	 */
	private void carriedOut(Member member, Command.Kind kind) {
		if (member.pending != null) {
			member.pending.removeIf((command) -> {
				boolean done = command.underWay && command.kind() == kind;
				if (done) {
					command.carriedOut(member);
				}
				return done;
			});
		}
	}

	/**
	 * What a member waited for has happened.
	 */
	private void proceed(Member member) {
		if (member.state == ServiceState.WAITING) {
			tryStart(member);
		}
		else if (member.doom != null) {
			cancelInOrder(member);
		}
		else if (member.state == ServiceState.BACKOFF && member.delayOver) {
			leaveBackOff(member);
		}
	}

	private void transition(Member member, ServiceState next) {
		ServiceState from = member.state;
		if (!from.canMoveTo(next)) {
			throw new IllegalStateException("'%s' cannot go from %s to %s".formatted(member.name(), from, next));
		}
		this.counts[from.ordinal()]--;
		this.counts[next.ordinal()]++;
		this.changed = true;
		member.state = next;
		member.since = this.instant;
		member.waitingFor = null;
		if (!next.isLive() && next != ServiceState.STUCK) {
			member.run = null;
		}
		if (next != ServiceState.BACKOFF) {
			member.nextAttempt = null;
		}
		ServiceSnapshot snapshot = member.publish();
		if (this.hasListeners || GroupLog.wants(from, member)) {
			this.notifications.add((listener) -> listener.serviceStateChanged(from, snapshot));
		}
		this.waiters.wake(member.name());
		if (member.startWaiters != null
				&& (member.isSatisfying() || next == ServiceState.FAILED || from == ServiceState.BACKOFF)) {
			Set<Member> waiting = member.startWaiters;
			member.startWaiters = null;
			wake(member, waiting);
		}
		if (member.endWaiters != null && !next.isLive()) {
			Set<Member> waiting = member.endWaiters;
			member.endWaiters = null;
			wake(member, waiting);
		}
	}

	private void wake(Member member, Set<Member> waiting) {
		for (Member other : waiting) {
			if (other.blockedOn == member) {
				other.blockedOn = null;
				this.woken.add(other);
			}
		}
	}

	/**
	 * Look whether the group as a whole has got on (rules 3 and 4).
	 */
	private void advance() {
		if (hasWork()) {
			return;
		}
		if (this.state == GroupState.STARTING && isStarted()) {
			becomeRunning();
		}
		if (this.state == GroupState.RUNNING && hasEndedByItself()) {
			finish(GroupState.COMPLETED);
		}
		if (this.state == GroupState.STOPPING && !hasLive()) {
			finish(this.outcome);
		}
	}

	private int count(ServiceState state) {
		return this.counts[state.ordinal()];
	}

	private boolean isStarted() {
		int waiting = count(ServiceState.WAITING);
		int unsettled = count(ServiceState.NEW) + waiting + count(ServiceState.STARTING) + count(ServiceState.BACKOFF)
				+ count(ServiceState.STOPPING);
		if (unsettled == 0) {
			return true;
		}
		return unsettled == waiting && count(ServiceState.STOPPED) > 0 && Arrays.stream(this.members)
			.allMatch((member) -> member.state != ServiceState.WAITING || member.isHeldByHand());
	}

	private boolean hasEndedByItself() {
		return count(ServiceState.COMPLETED) + count(ServiceState.FAILED) == this.members.length;
	}

	private boolean hasLive() {
		return count(ServiceState.STARTING) + count(ServiceState.RUNNING) + count(ServiceState.STOPPING) > 0;
	}

	private void becomeRunning() {
		this.deadlines.cancel(this.startDeadline);
		moveTo(GroupState.RUNNING);
		if (this.onRunning == null) {
			return;
		}
		try {
			this.onRunning.run();
		}
		catch (Throwable ex) {
			// the context of a parent that is not ours
		}
	}

	private void finish(GroupState outcome) {
		this.deadlines.clear();
		if (outcome == GroupState.FAILED) {
			this.error = new ServiceGroupException(this.errors.view(), this.members.length);
		}
		for (Member member : this.members) {
			if (member.pending != null) {
				member.pending.forEach((command) -> command.refuse("'" + this.name + "' has ended"));
				member.pending = null;
			}
		}
		this.resuming = false;
		this.claimed.set(false);
		moveTo(outcome);
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
					stopGroup(CancellationCause.groupFailure("supervisor"), GroupState.FAILED);
				}
			}
		}
		catch (Throwable again) {
			// the deadlines of the shutdown, or the next signal, go on from here
		}
	}

	private ServiceFailure failure(Member member, Exception reason) {
		return new ServiceFailure(member.name(), member.attempt, reason, this.instant);
	}

	private void moveTo(GroupState next) {
		GroupState from = this.state;
		if (!from.canMoveTo(next)) {
			throw new IllegalStateException("'%s' cannot go from %s to %s".formatted(this.name, from, next));
		}
		this.state = next;
		this.since = this.instant;
		GroupSnapshot snapshot = publishSnapshot();
		this.notifications.add((listener) -> listener.groupStateChanged(from, snapshot));
		this.waiters.wake(null);
	}

	private void notifyLog(Consumer<GroupLog> line) {
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
		if (this.changed) {
			publishSnapshot();
		}
		if (this.notifications.isEmpty()) {
			return;
		}
		for (Listeners.Notification notification : this.notifications) {
			this.listeners.append(notification, !this.state.isLive());
		}
		this.notifications.clear();
		this.listeners.wake();
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

	private void takeStacks() {
		List<StackTaker.Report> reports = List.copyOf(this.stuck);
		this.stuck.clear();
		try {
			HelperThreads.daemon("supervisor-stacks", new StackTaker(this, reports)).start();
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

	Timing timing() {
		return this.timing;
	}

	Waiters waiters() {
		return this.waiters;
	}

	long shutdownTimeout() {
		return this.shutdownTimeout;
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

	/**
	 * What can be done to all members.
	 */
	private enum Sweep {

		START, START_TIMEOUT, STOP, FORCE, GIVE_UP

	}

	/**
	 * A deadline of the whole group.
	 */
	private final class GroupDeadline extends Deadline {

		private final Sweep sweep;

		GroupDeadline(Sweep sweep) {
			this.sweep = sweep;
		}

		@Override
		void due(GroupLoop loop) {
			sweep(this.sweep);
		}

	}

}
