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
	 * How long the end of a run of the group waits for stacks of stuck threads.
	 */
	private static final long ONE_SECOND = 1_000_000_000L;

	private final SignalQueue queue;

	private final Ownership ownership;

	private final Group group;

	private final WakeUps wakeUps;

	private final StackTaker stacks;

	private final Rules rules;

	/**
	 * Whether its thread was interrupted during this run.
	 */
	private boolean interrupted;

	GroupLoop(String name, Executor executor, Timing timing, DoubleSupplier random, long startTimeout,
			long shutdownTimeout, List<ServiceGroupListener> listeners, Collection<ServiceDefinition> definitions) {
		this.queue = new SignalQueue(timing);
		this.ownership = new Ownership(name, timing, this.queue);
		List<Member> members = definitions.stream()
			.map((definition) -> new Member(definition, timing.instant()))
			.toList();
		this.group = new Group(name, timing, listeners, ServiceGraph.connect(members));
		this.wakeUps = new WakeUps(this.group);
		this.stacks = new StackTaker(this);
		this.rules = new Rules(this, executor, random, startTimeout, shutdownTimeout);
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
		this.group.publication.waiters().wake(null);
		post(new Signal.Abandoned());
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
		ServiceGroupException error = this.group.publication.error();
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
		publish();
	}

	/**
	 * Tell the owner something; if there is none, be the owner for as long as that takes.
	 * For any thread. Allocates nothing where the group is running.
	 */
	void post(Signal signal) {
		if (this.queue.push(signal)) {
			this.ownership.own();
			release();
		}
	}

	/**
	 * Ask the group to end. For any thread; returns at once.
	 */
	void stop(CancellationCause cause) {
		post(new Signal.Stop(cause, null));
	}

	/**
	 * One turn of the loop: signals, then deadlines that are due unless there is work,
	 * then a slice of work.
	 * @return whether there is more to do at once
	 */
	boolean turn() {
		try {
			this.group.agenda.look();
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
		this.group.publication.tellListeners();
		long nanos = untilNextDeadline();
		if (nanos > 0) {
			this.queue.park(nanos);
		}
	}

	private void handleSignals() {
		Signal signal = this.queue.takeAll();
		for (int handled = 1; signal != null; handled++) {
			Signal next = signal.next;
			signal.next = null;
			try {
				signal.handle(this.rules);
			}
			catch (Throwable ex) {
				onDefect(ex);
			}
			if (handled % SLICE == 0) {
				publish();
				this.group.agenda.look();
			}
			signal = next;
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
			due.due(this.rules);
		}
	}

	private void work() {
		for (int i = 0; i < SLICE && hasWork(); i++) {
			Member woken = this.group.agenda.takeWoken();
			if (woken != null) {
				this.rules.proceed(woken);
			}
			else {
				this.rules.sweep(Objects.requireNonNull(this.group.agenda.sweep()));
			}
		}
	}

	private void onDefect(Throwable ex) {
		try {
			this.rules.onDefect(ex);
		}
		catch (Throwable again) {
			// the deadlines of the shutdown, or the next signal, go on from here
		}
	}

	private void publish() {
		this.stacks.perform();
		this.wakeUps.perform();
		this.group.publication.publish();
	}

	/**
	 * Handle what there is to handle for a group that does not run, then cease to be the
	 * owner.
	 */
	void release() {
		do {
			this.group.agenda.look();
			handleSignals();
			publish();
			this.group.publication.tellListeners();
		}
		while (!this.ownership.tryRelease());
	}

	/**
	 * The stacks of stuck threads are to be in the log and in the snapshots when the run
	 * of the group is over.
	 */
	private void awaitStacks() {
		Timing timing = timing();
		long start = timing.nanoTime();
		while (this.stacks.areAwaited()) {
			long left = ONE_SECOND - (timing.nanoTime() - start);
			if (left <= 0) {
				return;
			}
			this.group.publication.tellListeners();
			if (!hasSignals()) {
				this.queue.park(left);
				this.interrupted |= Thread.interrupted();
			}
			this.group.agenda.look();
			handleSignals();
			publish();
		}
	}

	/**
	 * Wait until the listeners have heard of everything so far, or a second is over.
	 */
	void awaitListeners() {
		this.group.publication.awaitListeners();
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
