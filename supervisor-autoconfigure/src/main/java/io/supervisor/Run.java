package io.supervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * One attempt of one service: what its thread executes, what the service sees of its
 * group, and, when it is over, the signal that says so.
 * <p>
 * Between the thread of the run and the loop stands one word, changed by CAS only:
 * {@link #BEGUN} and {@link #ENDED} decide whether the run is called at all,
 * {@link #CANCELLED} is the token, and {@link #GATE}, {@link #INTERRUPTING} and
 * {@link #INTERRUPTED} see to it that an interrupt arrives inside the run that it is
 * meant for or not at all: who leaves the gate or the run waits until one under way has
 * passed.
 */
final class Run extends CancelActions implements Runnable, ServiceContext {

	/**
	 * The thread has entered the run. Set by that thread.
	 */
	private static final int BEGUN = 1;

	/**
	 * The run is over: no interrupt from here on. Set by its thread, or by the loop for a
	 * run that has not begun.
	 */
	private static final int ENDED = 1 << 1;

	/**
	 * The token. Set by the loop.
	 */
	private static final int CANCELLED = 1 << 2;

	/**
	 * The thread is inside {@link #interruptibly(Callable)}. Set and cleared by it.
	 */
	private static final int GATE = 1 << 3;

	/**
	 * An interrupt is under way. Set and cleared by who delivers it: the loop, or who
	 * wakes the thread for it.
	 */
	private static final int INTERRUPTING = 1 << 4;

	/**
	 * The interrupt flag may be ours, from here to the end of the run: a service that was
	 * told of our interrupt by an exception may set it again. Set by who delivers it, and
	 * by the thread when it throws that exception itself; cleared with the end.
	 */
	private static final int INTERRUPTED = 1 << 5;

	/**
	 * An interrupt or an action has begun: what a socket throws may be an echo. Set by
	 * who delivers the interrupt and by the thread of the actions.
	 */
	private static final int DISTURBED = 1 << 6;

	/**
	 * The run has announced its readiness. Set by any thread of the service.
	 */
	private static final int ANNOUNCED = 1 << 7;

	private static final long TEN_MICROSECONDS = 10_000;

	private static final Registration NO_REGISTRATION = () -> {
	};

	private static final VarHandle WORD;

	private static final VarHandle BEATS;

	private static final VarHandle THREAD;

	static {
		try {
			WORD = MethodHandles.lookup().findVarHandle(Run.class, "word", int.class);
			BEATS = MethodHandles.lookup().findVarHandle(Run.class, "beats", int.class);
			THREAD = MethodHandles.lookup().findVarHandle(Run.class, "thread", Thread.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final GroupLoop loop;

	private final Member member;

	private final int attempt;

	/**
	 * The number of the group's run.
	 */
	private final int epoch;

	@SuppressWarnings("unused")
	private int word;

	/**
	 * Counts heartbeats. Written by threads of the service, read by the loop; opaque.
	 */
	@SuppressWarnings("unused")
	private int beats;

	/**
	 * How often the gate was entered and not left. Only accessed by the thread of the
	 * run.
	 */
	private int depth;

	/**
	 * Written by the thread of the run before {@link #BEGUN}, read after it.
	 */
	private @Nullable Thread thread;

	/**
	 * Written by the loop before {@link #CANCELLED}, read after it.
	 */
	private @Nullable CancellationCause cause;

	/**
	 * When the group that this run is a part of will give it up. Written by the loop
	 * before {@link #CANCELLED}, read after it. Here, not in an object with the cause: a
	 * cancel needs no memory, of which there may be none left.
	 */
	private long giveUpAt;

	/**
	 * What let it in, if it needed that.
	 */
	private final @Nullable GatePass pass;

	/**
	 * Set if the executor called the run in the loop's thread. Only accessed by that
	 * thread.
	 */
	private boolean calledByLoop;

	/**
	 * What the run threw. Written by its thread before the end is posted, as are the
	 * following; read by the loop after it has taken the end.
	 */
	private @Nullable Throwable thrown;

	private @Nullable ServiceFailure failure;

	private boolean echo;

	private boolean unrecoverable;

	Run(GroupLoop loop, Member member, int attempt, int epoch, @Nullable GatePass pass) {
		this.loop = loop;
		this.member = member;
		this.attempt = attempt;
		this.epoch = epoch;
		this.pass = pass;
	}

	@Override
	public void run() {
		if (this.loop.isOwnedBy(Thread.currentThread())) {
			this.calledByLoop = true;
			return;
		}
		if (!begin(Thread.currentThread())) {
			return;
		}
		String threadName = Thread.currentThread().getName();
		@Nullable Map<String, String> loggingContext = null;
		@Nullable Throwable thrown = null;
		try {
			loggingContext = RunScope.enter(this.member, this.attempt);
			announceEntry();
			this.member.service().run(this);
		}
		catch (Throwable ex) {
			thrown = ex;
		}
		boolean cancelled = leave();
		boolean foreignInterrupt = Thread.interrupted();
		conclude(thrown, cancelled);
		RunScope.leave(threadName, loggingContext);
		this.loop.post(this);
		if (foreignInterrupt) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Enter the run, if it was not withdrawn (rule 5), nor entered before.
	 */
	boolean begin(Thread thread) {
		return THREAD.compareAndSet(this, null, thread) && WORD.compareAndSet(this, 0, BEGUN);
	}

	void announceEntry() {
		this.loop.post(new Entered(this));
	}

	/**
	 * What the thread of a run does between the end of the service's code and the end of
	 * the run: turn what was thrown into text and verdicts, and log it (rule 6). An
	 * {@link OutOfMemoryError} may be what ended the run, so that anything here may fail,
	 * and the end is posted all the same.
	 */
	void conclude(@Nullable Throwable thrown, boolean cancelled) {
		this.thrown = thrown;
		this.unrecoverable = thrown instanceof VirtualMachineError;
		try {
			if (!cancelled) {
				dropActions();
			}
			judge(cancelled);
			RunLog.ended(this.member, thrown, this.failure, cancelled);
		}
		catch (Throwable ex) {
			// the loop makes do with what was thrown
		}
	}

	/**
	 * No interrupt of ours arrives after this.
	 * @return whether the token was set
	 */
	boolean leave() {
		while (true) {
			int word = wordWithoutInterruptUnderWay();
			if (WORD.compareAndSet(this, word, (word | ENDED) & ~INTERRUPTED)) {
				if ((word & INTERRUPTED) != 0) {
					Thread.interrupted();
				}
				return (word & CANCELLED) != 0;
			}
		}
	}

	/**
	 * An interrupt takes a moment, but for a thread in a channel it is as long as that
	 * channel's close.
	 */
	private int wordWithoutInterruptUnderWay() {
		int word = (int) WORD.getVolatile(this);
		for (int i = 0; (word & INTERRUPTING) != 0; i++) {
			if (i < 100) {
				Thread.onSpinWait();
			}
			else {
				giveWay();
			}
			word = (int) WORD.getVolatile(this);
		}
		return word;
	}

	/**
	 * Who delivers the interrupt may need this processor. A virtual thread that only
	 * yields goes on on the same carrier, and the other had to wait for the end of a time
	 * slice: a millisecond and more. One whose interrupt flag is set cannot park.
	 */
	private void giveWay() {
		Thread.yield();
		if (GroupThreads.isVirtual(Thread.currentThread())) {
			this.loop.timing().park(this, TEN_MICROSECONDS);
		}
	}

	private void judge(boolean cancelled) {
		Throwable thrown = this.thrown;
		if (thrown == null) {
			if (cancelled || this.member.policy().onCompletion() != OnCompletion.FAIL) {
				return;
			}
			thrown = new IllegalStateException("It has completed, which its policy takes for a failure");
		}
		if (cancelled && Throwables.isEcho(thrown, is(DISTURBED))) {
			this.echo = true;
			return;
		}
		this.unrecoverable = Throwables.isUnrecoverable(thrown, this.member.policy().restart().exclude());
		ServiceFailure failure = new ServiceFailure(serviceName(), this.attempt, thrown, this.loop.timing().instant());
		boolean isFinal = this.unrecoverable || this.member.policy().restart().mode() == RestartPolicy.Mode.NEVER;
		this.failure = (isFinal && !cancelled) ? failure.asLogged() : failure;
	}

	@Override
	public String serviceName() {
		return this.member.name();
	}

	@Override
	public int attempt() {
		return this.attempt;
	}

	@Override
	public boolean isCancelled() {
		return ((int) WORD.getAcquire(this) & (CANCELLED | ENDED)) != 0;
	}

	@Override
	public Optional<CancellationCause> cancellationCause() {
		return ((int) WORD.getAcquire(this) & CANCELLED) != 0 ? Optional.ofNullable(this.cause) : Optional.empty();
	}

	/**
	 * As few frames as can be: they are kept for as long as the service waits.
	 */
	@Override
	public void awaitCancellation() throws InterruptedException {
		Registration wakeUp = wakeUpForHelper();
		try {
			while (mustWait()) {
				this.loop.timing().park(this, Durations.NONE);
			}
		}
		finally {
			wakeUp.close();
		}
	}

	@Override
	public boolean awaitCancellation(Duration timeout) throws InterruptedException {
		long nanos = Durations.toNanos(Durations.requireNotNegative("timeout", timeout));
		Timing timing = this.loop.timing();
		long start = timing.nanoTime();
		long left = nanos;
		Registration wakeUp = wakeUpForHelper();
		try {
			while (mustWait()) {
				if (left <= 0) {
					return false;
				}
				timing.park(this, left);
				if (nanos != Durations.NONE) {
					left = nanos - (timing.nanoTime() - start);
				}
			}
			return true;
		}
		finally {
			wakeUp.close();
		}
	}

	/**
	 * The cancel wakes the thread of the run, and any other that asks for it.
	 */
	private Registration wakeUpForHelper() {
		Thread current = Thread.currentThread();
		return (current == this.thread) ? NO_REGISTRATION : addWakeUp(() -> this.loop.timing().unpark(current));
	}

	private boolean mustWait() throws InterruptedException {
		if (isCancelled()) {
			return false;
		}
		if (!Thread.interrupted()) {
			return true;
		}
		if (isCancelled()) {
			// the cancel's own interrupt: the gate or the end of the run clears it
			Thread.currentThread().interrupt();
			return false;
		}
		throw new InterruptedException();
	}

	@Override
	public <T> T interruptibly(Callable<T> blocking) throws Exception {
		Objects.requireNonNull(blocking, "'blocking' must not be null");
		if (Thread.currentThread() != this.thread || is(ENDED)) {
			throw new IllegalStateException(
					"'%s' called interruptibly(...) outside its run: call it on the thread that called run(...), before that returns"
						.formatted(serviceName()));
		}
		enterGate();
		try {
			return blocking.call();
		}
		finally {
			leaveGate();
		}
	}

	private void enterGate() throws InterruptedException {
		while (true) {
			int word = (int) WORD.getVolatile(this);
			if ((word & CANCELLED) != 0) {
				WORD.getAndBitwiseOr(this, INTERRUPTED);
				throw new InterruptedException("'" + serviceName() + "' is cancelled");
			}
			if (WORD.compareAndSet(this, word, word | GATE)) {
				this.depth++;
				return;
			}
		}
	}

	private void leaveGate() {
		if (--this.depth > 0) {
			return;
		}
		while (true) {
			int word = wordWithoutInterruptUnderWay();
			if (WORD.compareAndSet(this, word, word & ~GATE)) {
				if ((word & INTERRUPTED) != 0) {
					Thread.interrupted();
				}
				return;
			}
		}
	}

	@Override
	public Registration onCancel(Runnable action) {
		Objects.requireNonNull(action, "'action' must not be null");
		return addAction(action);
	}

	@Override
	public void ready() {
		if (!this.member.announces()) {
			RunLog.readyWithoutAnnouncing(this.member);
		}
		else if (((int) WORD.getAndBitwiseOr(this, ANNOUNCED) & (ANNOUNCED | ENDED)) == 0) {
			this.loop.post(new Ready(this));
		}
	}

	@Override
	public void heartbeat() {
		BEATS.setOpaque(this, this.beats + 1);
	}

	@Override
	public long fencingToken() {
		if (this.pass == null) {
			return 0;
		}
		if (this.pass.token == RunGate.NO_TOKEN) {
			throw new IllegalStateException(
					"'%s' has no fencing token: what keeps its lease cannot give any, a database can"
						.formatted(serviceName()));
		}
		return this.pass.token;
	}

	@Override
	public int shard() {
		return this.member.definition().placement().shard();
	}

	@Override
	public int shardCount() {
		return this.member.definition().placement().shardCount();
	}

	@Override
	void disturb() {
		WORD.getAndBitwiseOr(this, DISTURBED);
	}

	@Override
	void actionFailed(Throwable thrown) {
		ServiceFailure failure = new ServiceFailure(serviceName(), this.attempt, thrown, this.loop.timing().instant());
		try {
			RunLog.failedWhileStopping(failure);
		}
		catch (Throwable ex) {
			// a logging system that throws: the other actions want to be performed
		}
		this.loop.post(new ActionFailed(this, failure));
	}

	@Override
	void startActions(Runnable actions) {
		this.loop.timing()
			.start("supervisor-" + serviceName() + "-cancel",
					() -> RunScope.about(serviceName(), this.attempt, actions));
	}

	/**
	 * Told by the loop: there may be no memory to tell it here.
	 */
	@Override
	void actionsNotStarted(Throwable reason) {
		this.loop.post(new ActionFailed(this,
				ServiceFailure.undescribed(serviceName(), this.attempt, reason, this.loop.timing().instant())));
	}

	/**
	 * End a run that has not begun. If its thread comes after all, it does nothing.
	 * @return {@code false} if it has begun
	 */
	boolean withdraw() {
		return WORD.compareAndSet(this, 0, ENDED);
	}

	/**
	 * Set the token. Does nothing for a run that is over.
	 * @param giveUpAt when the group will give this run up at the latest
	 * @return whether it was set, and the rest is to be told: {@link #wakeUp()}
	 */
	boolean cancel(CancellationCause cause, long giveUpAt) {
		this.cause = cause;
		this.giveUpAt = giveUpAt;
		while (true) {
			int word = (int) WORD.getVolatile(this);
			if ((word & ENDED) != 0) {
				return false;
			}
			if (WORD.compareAndSet(this, word, word | CANCELLED)) {
				return true;
			}
		}
	}

	/**
	 * Wake the thread of a run that was cancelled from its wait for that, or interrupt it
	 * where it may be interrupted at once: it enters no such place any more. Then start
	 * the actions. For any thread, once.
	 */
	void wakeUp() {
		wakeThread();
		releaseActions();
	}

	private void wakeThread() {
		while (true) {
			int word = (int) WORD.getVolatile(this);
			if ((word & ENDED) != 0) {
				return;
			}
			if ((word & GATE) == 0) {
				this.loop.timing().unpark(thread());
				return;
			}
			if ((word & (INTERRUPTING | INTERRUPTED)) != 0 || tryInterrupt(word)) {
				return;
			}
		}
	}

	/**
	 * Interrupt the thread, wherever it is in the run. Does nothing for a run that is
	 * over, or while an interrupt is under way.
	 */
	void interrupt() {
		while (true) {
			int word = (int) WORD.getVolatile(this);
			if ((word & (ENDED | INTERRUPTING)) != 0 || tryInterrupt(word)) {
				return;
			}
		}
	}

	private boolean tryInterrupt(int word) {
		if (!WORD.compareAndSet(this, word, word | INTERRUPTING | DISTURBED)) {
			return false;
		}
		deliverInterrupt();
		return true;
	}

	private void deliverInterrupt() {
		try {
			thread().interrupt();
		}
		catch (Throwable ex) {
			// it runs the close() of a channel that the thread is blocked in
		}
		finally {
			int word;
			do {
				word = (int) WORD.getVolatile(this);
			}
			while (!WORD.compareAndSet(this, word, (word | INTERRUPTED) & ~INTERRUPTING));
		}
	}

	@Override
	void handle(GroupLoop loop) {
		loop.supervision().onEnded(this);
	}

	Member member() {
		return this.member;
	}

	/**
	 * The thread of a run that has begun.
	 */
	Thread thread() {
		return Objects.requireNonNull(this.thread, "the run has not begun");
	}

	int epoch() {
		return this.epoch;
	}

	@Nullable GatePass pass() {
		return this.pass;
	}

	boolean hasBegun() {
		return is(BEGUN);
	}

	boolean calledByLoop() {
		return this.calledByLoop;
	}

	int beats() {
		return (int) BEATS.getOpaque(this);
	}

	long giveUpAt() {
		return this.giveUpAt;
	}

	boolean unrecoverable() {
		return this.unrecoverable;
	}

	/**
	 * The failure that ended this run; {@code null} if it returned or threw an echo.
	 */
	@Nullable ServiceFailure failure() {
		if (this.failure != null || this.thrown == null || this.echo) {
			return this.failure;
		}
		// its thread was too short of memory to say more
		return ServiceFailure.undescribed(serviceName(), this.attempt, this.thrown, this.loop.timing().instant());
	}

	GroupLoop loop() {
		return this.loop;
	}

	@Override
	boolean isCancelRequested() {
		return is(CANCELLED);
	}

	boolean isEnded() {
		return is(ENDED);
	}

	private boolean is(int bit) {
		return ((int) WORD.getVolatile(this) & bit) != 0;
	}

	@Override
	public String toString() {
		return serviceName() + "#" + this.attempt;
	}

	/**
	 * The thread of a run has entered it.
	 */
	static final class Entered extends Signal {

		private final Run run;

		Entered(Run run) {
			this.run = run;
		}

		@Override
		void handle(GroupLoop loop) {
			loop.supervision().onEntered(this.run);
		}

	}

	/**
	 * A run has announced its readiness.
	 */
	static final class Ready extends Signal {

		private final Run run;

		Ready(Run run) {
			this.run = run;
		}

		@Override
		void handle(GroupLoop loop) {
			loop.supervision().onReady(this.run);
		}

	}

	/**
	 * An action for the cancel of a run threw.
	 */
	static final class ActionFailed extends Signal {

		private final Run run;

		private final ServiceFailure failure;

		ActionFailed(Run run, ServiceFailure failure) {
			this.run = run;
			this.failure = failure;
		}

		@Override
		void handle(GroupLoop loop) {
			loop.supervision().onActionFailed(this.run, this.failure);
		}

	}

}
