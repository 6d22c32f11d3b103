package io.supervisor;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The loop: the thread that runs it is the sole owner of the group's state. It takes
 * {@linkplain Signal signals} and waits no longer than until the nearest
 * {@linkplain Deadline deadline}; what follows from either is decided by the
 * {@link Rules}. When some signals are handled the {@link Publication} follows. Work that
 * concerns all members, such as starting or cancelling them, goes in slices, with a look
 * at the signals between two of them.
 * <p>
 * While the group does not run, the {@linkplain Ownership owner} is whichever thread
 * posts a signal. Unless stated otherwise, all of it is only accessed by the owner.
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
	 * How soon what could not be told for want of memory or threads is tried once more,
	 * and how often at once by an owner who cannot wait.
	 */
	private static final long TEN_MILLISECONDS = 10_000_000L;

	private static final int TRIES = 100;

	private final SignalQueue queue;

	private final Ownership ownership;

	private final Group group;

	private final WakeUps wakeUps;

	private final StackTaker stacks;

	private final Rules rules;

	private final Signal.Stop stop = new Signal.Stop(false);

	private final Signal.Stop stopNow = new Signal.Stop(true);

	private final Signal.Abandoned abandoned = new Signal.Abandoned();

	/**
	 * Whether its thread was interrupted during this run.
	 */
	private boolean interrupted;

	GroupLoop(String name, Executor executor, boolean mayBlock, Timing timing, DoubleSupplier random, long startTimeout,
			long shutdownTimeout, boolean keepOpen, @Nullable ClassLoader classLoader,
			@Nullable StepObserver stepObserver, List<ServiceGroupListener> listeners,
			Collection<ServiceDefinition> definitions) {
		CoreClasses.initialize();
		this.queue = new SignalQueue(timing);
		this.ownership = new Ownership(name, timing, this.queue);
		List<Member> members = definitions.stream()
			.map((definition) -> new Member(definition, timing.instant()))
			.toList();
		this.group = new Group(name, timing, classLoader, stepObserver, listeners, ServiceGraph.connect(members));
		this.wakeUps = new WakeUps(this.group);
		this.stacks = new StackTaker(this);
		this.rules = new Rules(this, executor, mayBlock, random, startTimeout, shutdownTimeout, keepOpen);
	}

	/**
	 * Claim a run and be its loop until it is over.
	 * @param parent the run that the group is a part of, if any
	 * @param onRunning told once that the group is running
	 */
	void run(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		StackSpace.require();
		claim();
		runClaimed(parent, onRunning);
	}

	/**
	 * Claim the group's next run.
	 */
	void claim() {
		this.ownership.claim();
	}

	/**
	 * Give up a claim that no run came of.
	 */
	void abandonClaim() {
		this.ownership.endClaim();
		post(this.abandoned);
	}

	/**
	 * Let the run that was claimed take up what a stop has ended.
	 */
	void resume() {
		this.rules.starts().resume();
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
		while (this.group.isLive()) {
			if (!turn()) {
				await();
			}
		}
		catchUp();
		ServiceGroupException error = this.group.publication.error();
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
	 * The end of the run is to be seen, as soon as there is memory for that.
	 */
	private void catchUp() {
		while (isBehind()) {
			pause();
			this.interrupted |= Thread.interrupted();
			handleAll();
		}
	}

	/**
	 * Stop the run that was claimed with the run that it is a part of.
	 */
	Registration stopWith(ServiceContext parent) {
		try {
			Signal stop = new Signal.StopWithParent(parent, this.ownership.run());
			// our own code, which any thread may run: there may be none for an action
			return (parent instanceof Run run) ? run.addWakeUp(() -> post(stop)) : parent.onCancel(() -> post(stop));
		}
		catch (Throwable ex) {
			abandonClaim();
			throw ex;
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
				if (this.group.isLive()) {
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
	 * Become the owner, by taking over from whoever is it.
	 */
	void acquire() {
		this.ownership.acquire();
	}

	void begin(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		this.group.agenda.look();
		this.interrupted = false;
		this.stacks.begin();
		this.rules.begin(parent, onRunning);
		if (this.stop.isDemanded(this.group.epoch())) {
			this.rules.onStop(CancellationCause.SHUTDOWN);
		}
		publish();
	}

	/**
	 * Tell the owner something; if there is none, be the owner for as long as that takes.
	 * For any thread. Allocates nothing where the group is running.
	 * @throws StackOverflowError if there is not enough left of the stack, before
	 * anything was told
	 */
	void post(Signal signal) {
		StackSpace.require();
		postAtBottom(signal);
	}

	/**
	 * The same, by a thread that has all of its stack before it.
	 */
	void postAtBottom(Signal signal) {
		if (this.queue.push(signal)) {
			this.ownership.own();
			release();
		}
	}

	/**
	 * The same, by a thread that has nothing else to do: it waits for memory, if there is
	 * too little of it to take what it has to tell.
	 */
	void postLast(Signal signal) {
		if (this.queue.push(signal)) {
			this.ownership.own();
			handleAll();
			while (isBehind() && !this.ownership.isWanted()) {
				pause();
				handleAll();
			}
			release();
		}
	}

	/**
	 * Give somebody else the time to free memory.
	 */
	private void pause() {
		try {
			timing().park(this, TEN_MILLISECONDS);
		}
		catch (Throwable ex) {
			// not even for that
		}
	}

	private boolean isBehind() {
		return this.group.publication.isBehind() || this.rules.defects().isLeft();
	}

	/**
	 * The same for a signal that there is one of, unless it is about to be handled.
	 */
	void post(Signal.Standing signal) {
		StackSpace.require();
		if (signal.claimPost()) {
			postAtBottom(signal);
		}
	}

	/**
	 * Ask the group to end: the run that is claimed, or the first one if there was none
	 * yet (rule 19). For any thread; returns at once, and needs no memory.
	 * @param now whether to end the grace of all as well
	 */
	void stop(boolean now) {
		int run = this.ownership.run();
		// in this order: a first run that begins in between is claimed
		if (this.group.publication.snapshot().state() == GroupState.NEW || isClaimed()) {
			this.stop.demand(run);
			if (now) {
				this.stopNow.demand(run);
			}
			post(now ? this.stopNow : this.stop);
		}
	}

	/**
	 * One turn of the loop: signals, then deadlines that are due unless there is work,
	 * then a slice of work.
	 * @return whether there is more to do at once
	 */
	boolean turn() {
		try {
			look();
			if (Thread.interrupted()) {
				this.interrupted = true;
				this.rules.onInterrupt();
			}
			handleSignals();
			handleDeadlines();
			work();
			this.rules.advance();
			publish();
			this.group.publication.tellListenersIfLate();
		}
		catch (Throwable ex) {
			onDefect(ex);
		}
		return hasWork() || hasSignals() || !this.group.isLive();
	}

	boolean hasSignals() {
		return !this.queue.isEmpty();
	}

	boolean hasWork() {
		return this.group.agenda.hasWork();
	}

	/**
	 * How long the loop may wait.
	 * @return nanoseconds, or {@link Durations#NONE}
	 */
	long untilNextDeadline() {
		return this.group.agenda.untilNextDeadline();
	}

	private void await() {
		for (int i = 0; i < SPINS; i++) {
			if (hasSignals()) {
				return;
			}
			Thread.onSpinWait();
		}
		boolean told = this.group.publication.tellListeners() && !this.group.publication.isBehind();
		long nanos = untilNextDeadline();
		if (nanos > 0) {
			this.queue.park(told ? nanos : Math.min(nanos, TEN_MILLISECONDS));
		}
	}

	private void look() {
		try {
			this.group.agenda.look();
		}
		catch (Throwable ex) {
			onDefect(ex);
		}
	}

	private void handleSignals() {
		for (int i = 0; i < SLICE; i++) {
			Signal signal = this.queue.take();
			if (signal == null) {
				return;
			}
			try {
				signal.handle(this.rules);
			}
			catch (Throwable ex) {
				onDefect(ex);
			}
		}
	}

	/**
	 * Signals go before deadlines.
	 */
	private void handleDeadlines() {
		for (int i = 0; i < SLICE && !hasSignals() && !hasWork(); i++) {
			Deadline due = this.group.agenda.takeDue();
			if (due == null) {
				return;
			}
			try {
				due.due(this.rules);
			}
			catch (Throwable ex) {
				onDefect(ex);
			}
		}
	}

	private void work() {
		for (int i = 0; i < SLICE && hasWork(); i++) {
			Member woken = this.group.agenda.takeWoken();
			try {
				if (woken != null) {
					this.rules.proceed(woken);
				}
				else {
					this.rules.sweep(Objects.requireNonNull(this.group.agenda.sweep()));
				}
			}
			catch (Throwable ex) {
				onDefect(ex);
			}
		}
	}

	/**
	 * A handler threw (rule 26).
	 */
	private void onDefect(Throwable ex) {
		try {
			this.rules.defects().onDefect(ex);
		}
		catch (Throwable again) {
			// no memory for a line in the log
		}
	}

	private void publish() {
		this.stacks.perform();
		this.wakeUps.perform();
		if (!this.group.isLive()) {
			this.wakeUps.leave();
		}
		this.group.publication.publish();
		this.rules.starts().tellRunning();
	}

	/**
	 * Handle what there is to handle for a group that does not run, then cease to be the
	 * owner.
	 */
	void release() {
		do {
			handleAll();
			for (int i = 0; i < TRIES && isBehind(); i++) {
				handleAll();
			}
		}
		while (!this.ownership.tryRelease());
	}

	private void handleAll() {
		try {
			look();
			handleSignals();
			this.rules.defects().mendAtRest();
			publish();
			this.group.publication.tellListeners();
		}
		catch (Throwable ex) {
			onDefect(ex);
		}
		answerAll();
	}

	/**
	 * Once more for those that could not be answered with what is published, for want of
	 * memory.
	 */
	private void answerAll() {
		try {
			this.group.publication.answerAll();
		}
		catch (Throwable ex) {
			onDefect(ex);
		}
	}

	/**
	 * Wait until the listeners have heard of everything so far, or a second is over.
	 */
	void awaitListeners() {
		try {
			this.group.publication.awaitListeners();
		}
		catch (Throwable ex) {
			// no memory to wait: they will hear of it
		}
	}

	/**
	 * For any thread.
	 */
	boolean isClaimed() {
		return this.ownership.isClaimed();
	}

	Ownership ownership() {
		return this.ownership;
	}

	Group group() {
		return this.group;
	}

	WakeUps wakeUps() {
		return this.wakeUps;
	}

	StackTaker stacks() {
		return this.stacks;
	}

	String name() {
		return this.group.name;
	}

	Timing timing() {
		return this.group.timing;
	}

	long shutdownTimeout() {
		return this.rules.stops().shutdownTimeout();
	}

}
