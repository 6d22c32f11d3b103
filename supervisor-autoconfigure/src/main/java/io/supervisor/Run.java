package io.supervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * One attempt of one service: what its thread executes, what the service sees of its
 * group, and, when it is over, the signal that says so. What its thread and the loop have
 * to say to each other meanwhile goes through its {@linkplain RunWord word}.
 */
final class Run extends CancelActions implements Runnable, ServiceContext {

	private static final Registration NO_REGISTRATION = () -> {
	};

	private static final VarHandle BEATS;

	private static final VarHandle REPORT;

	static {
		try {
			REPORT = MethodHandles.lookup().findVarHandle(Run.class, "report", RunReport.class);
			BEATS = MethodHandles.lookup().findVarHandle(Run.class, "beats", int.class);
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

	/**
	 * Counts heartbeats. Written by threads of the service, read by the loop; opaque.
	 */
	@SuppressWarnings("unused")
	private int beats;

	/**
	 * What the service says of this run, once it says anything. Written once by any of
	 * its threads, by CAS, read by any thread.
	 */
	@SuppressWarnings("unused")
	private @Nullable RunReport report;

	/**
	 * Written by the loop before the token is set, read after it.
	 */
	private @Nullable CancellationCause cause;

	/**
	 * When the group that this run is a part of will give it up. Written by the loop
	 * before the token is set, read after it. Here, not in an object with the cause: a
	 * cancel needs no memory, of which there may be none left.
	 */
	private long giveUpAt;

	/**
	 * What let it in, if it needed that.
	 */
	private final @Nullable GatePass pass;

	/**
	 * The thread that hands it to the executor, while it does: one that reads itself here
	 * is it. Written by that thread.
	 */
	private @Nullable Thread submitter;

	/**
	 * Set if the executor called the run in that thread. Written by it before it tells
	 * the loop.
	 */
	private boolean calledBySubmitter;

	/**
	 * Whether the loop has taken its end. Only accessed by the loop.
	 */
	private boolean endTaken;

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
		if (this.submitter == Thread.currentThread()) {
			this.calledBySubmitter = true;
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
		this.loop.postLast(this);
		if (foreignInterrupt) {
			Thread.currentThread().interrupt();
		}
	}

	void announceEntry() {
		this.loop.postAtBottom(new Entered(this));
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
			// what fails while the others are stopped is secondary (rule 20)
			boolean stopping = cancelled || this.loop.group().publication.snapshot().state() == GroupState.STOPPING;
			judge(cancelled, stopping);
			RunLog.ended(this, thrown, this.failure, stopping, timing().nanoTime());
		}
		catch (Throwable ex) {
			// the loop makes do with what was thrown
		}
	}

	private void judge(boolean cancelled, boolean stopping) {
		Throwable thrown = this.thrown;
		if (thrown == null) {
			if (cancelled || this.member.policy().onCompletion() != OnCompletion.FAIL) {
				return;
			}
			thrown = new IllegalStateException("It has completed, which its policy takes for a failure");
		}
		List<Throwable> failures = List.of(thrown);
		if (cancelled) {
			failures = Throwables.withoutEchoes(thrown, isDisturbed(), this.member.policy().expectedOnStop());
			if (failures.isEmpty()) {
				this.echo = true;
				return;
			}
		}
		this.unrecoverable = Throwables.isUnrecoverable(thrown, this.member.policy().restart().exclude());
		ServiceFailure failure = new ServiceFailure(serviceName(), this.attempt, failures.get(0), timing().instant());
		if (failures.size() > 1) {
			failure = failure.withRemark("and " + (failures.size() - 1) + " more that was suppressed");
		}
		boolean isFinal = this.unrecoverable || this.member.policy().restart().mode() == RestartPolicy.Mode.NEVER;
		this.failure = (isFinal && !stopping) ? failure.asLogged() : failure;
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
		return isCancelledOrOver();
	}

	@Override
	public Optional<CancellationCause> cancellationCause() {
		return isCancelRequested() ? Optional.ofNullable(this.cause) : Optional.empty();
	}

	/**
	 * As few frames as can be: they are kept for as long as the service waits.
	 */
	@Override
	public void awaitCancellation() throws InterruptedException {
		Registration wakeUp = wakeUpForHelper();
		try {
			while (mustWait()) {
				timing().park(this, Durations.NONE);
			}
		}
		finally {
			wakeUp.close();
		}
	}

	@Override
	public boolean awaitCancellation(Duration timeout) throws InterruptedException {
		long nanos = Durations.toNanos(Durations.requireNotNegative("timeout", timeout));
		Timing timing = timing();
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
		return isThread(current) ? NO_REGISTRATION : addWakeUp(() -> timing().unpark(current));
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
		if (!isThread(Thread.currentThread()) || isEnded()) {
			throw new IllegalStateException(
					"'%s' called interruptibly(...) outside its run: call it on the thread that called run(...), before that returns"
						.formatted(serviceName()));
		}
		if (!enterGate()) {
			throw new InterruptedException("'" + serviceName() + "' is cancelled");
		}
		try {
			return blocking.call();
		}
		finally {
			leaveGate();
		}
	}

	@Override
	public Registration onCancel(Runnable action) {
		Objects.requireNonNull(action, "'action' must not be null");
		return addAction(action);
	}

	@Override
	public void ready() {
		RunReport report = reportIfAny();
		if (report != null && report.recovered() && !isEnded()) {
			this.loop.post(report);
		}
		if (this.member.announces()) {
			if (announce()) {
				this.loop.post(new Ready(this));
			}
		}
		else if (report == null || !report.wasEverDegraded()) {
			RunLog.readyWithoutAnnouncing(this.member);
		}
	}

	@Override
	public void degraded(String reason) {
		RunReport report = report();
		if (report.degraded(Objects.requireNonNull(reason, "'reason' must not be null")) && !isEnded()) {
			this.loop.post(report);
		}
	}

	@Override
	public void heartbeat() {
		BEATS.setOpaque(this, this.beats + 1);
	}

	@Override
	public void extendStop(Duration duration) {
		long nanos = Durations.toNanos(Durations.requireNotNegative("duration", duration));
		if (isCancelRequested() && !isEnded() && report().extendStop(nanos)) {
			this.loop.post(report());
		}
	}

	@Override
	public void status(String text) {
		report().status(Objects.requireNonNull(text, "'text' must not be null"));
	}

	@Override
	public <T> T step(String name, Callable<T> work) throws Exception {
		Objects.requireNonNull(name, "'name' must not be null");
		Objects.requireNonNull(work, "'work' must not be null");
		heartbeat();
		if (!isThread(Thread.currentThread())) {
			try {
				return observe(name, work);
			}
			finally {
				heartbeat();
			}
		}
		RunReport report = report();
		String outer = report.step();
		long outerSince = report.stepSince();
		report.step(name, timing().millis());
		try {
			return observe(name, work);
		}
		finally {
			report.step(outer, outerSince);
			heartbeat();
		}
	}

	private <T> T observe(String step, Callable<T> work) throws Exception {
		StepObserver observer = this.loop.group().stepObserver();
		return (observer != null) ? observer.observe(this, step, work) : work.call();
	}

	private RunReport report() {
		RunReport report = reportIfAny();
		if (report == null) {
			REPORT.compareAndSet(this, null, new RunReport(this));
			report = reportIfAny();
		}
		return Objects.requireNonNull(report);
	}

	/**
	 * What the service says of this run. For any thread.
	 */
	@Nullable RunReport reportIfAny() {
		return (RunReport) REPORT.getAcquire(this);
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
	void actionFailed(Throwable thrown) {
		ServiceFailure failure = new ServiceFailure(serviceName(), this.attempt, thrown, timing().instant());
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
		timing().start("supervisor-" + serviceName() + "-cancel", () -> performActions(actions));
	}

	private void performActions(Runnable actions) {
		Thread.currentThread().setContextClassLoader(this.loop.group().classLoader);
		RunScope.about(serviceName(), this.attempt, actions);
	}

	/**
	 * Perform the actions for the cancel, if the thread that was to do so has not begun.
	 */
	void takeOverActions() {
		if (hasUnbegunActions()) {
			RunScope.about(serviceName(), this.attempt, this::performUnbegun);
		}
	}

	/**
	 * Told by the loop: there may be no memory to tell it here.
	 */
	@Override
	void actionsNotStarted(Throwable reason) {
		this.loop.post(new ActionFailed(this,
				ServiceFailure.undescribed(serviceName(), this.attempt, reason, timing().instant())));
	}

	/**
	 * Set the token. Does nothing for a run that is over.
	 * @param giveUpAt when the group will give this run up at the latest
	 * @return whether it was set, and the rest is to be told: {@link #wakeUp()}
	 */
	boolean cancel(CancellationCause cause, long giveUpAt) {
		if (this.cause == null) {
			this.cause = cause;
		}
		this.giveUpAt = giveUpAt;
		return setToken();
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

	@Override
	void handle(Rules rules) {
		this.endTaken = true;
		rules.onEnded(this);
	}

	/**
	 * Whether it was cancelled for what counts as a failure of it. For the thread of the
	 * run, at its end.
	 */
	boolean isCharged() {
		CancellationCause cause = this.cause;
		return cause != null && cause.isFailure();
	}

	boolean isEndTaken() {
		return this.endTaken;
	}

	Member member() {
		return this.member;
	}

	int epoch() {
		return this.epoch;
	}

	@Nullable GatePass pass() {
		return this.pass;
	}

	void submittedBy(@Nullable Thread submitter) {
		this.submitter = submitter;
	}

	boolean calledBySubmitter() {
		return this.calledBySubmitter;
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
		return ServiceFailure.undescribed(serviceName(), this.attempt, this.thrown, timing().instant());
	}

	GroupLoop loop() {
		return this.loop;
	}

	@Override
	Timing timing() {
		return this.loop.timing();
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
		void handle(Rules rules) {
			rules.starts().onEntered(this.run);
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
		void handle(Rules rules) {
			rules.starts().onReady(this.run);
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
		void handle(Rules rules) {
			rules.failures().addSecondary(this.run, this.failure);
		}

	}

}
