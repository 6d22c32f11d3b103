package io.supervisor;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What may happen to one service next, and what must have happened by now: design.md §5
 * and §6, read once more. Knows the group from outside only.
 */
final class ServiceRules {

	/**
	 * Stands for this many restarts in a row, or more.
	 */
	private static final long MOST = 1L << 61;

	private static final long ALL_COUNTS = (MOST << 1) - 1;

	private final Judge judge;

	ServiceRules(Judge judge) {
		this.judge = judge;
	}

	/**
	 * A transition, in the order in which a listener is told.
	 */
	void moved(JudgedService service, ServiceState from, ServiceSnapshot snapshot) {
		ServiceState to = snapshot.state();
		must(from == service.state, "25", service, "was told of as " + from);
		must(isLegal(from, to), "states", service, "went to " + to);
		must(SimulatedThreads.elapsedAt(snapshot.since()) == now(), "24", service,
				"went to " + to + " at another time");
		if (this.judge.isAsked(service, Command.Kind.RESTART)) {
			service.counts |= 1;
		}
		switch (to) {
			case WAITING -> waits(service);
			case STARTING -> {
				service.stopsOnceItEnds = false;
				starts(service, snapshot);
			}
			case RUNNING -> becomesReady(service);
			case BACKOFF -> backsOff(service, snapshot);
			case STOPPING -> isCancelled(service, snapshot);
			case STUCK -> isGivenUp(service);
			case STOPPED -> isStopped(service, snapshot);
			case COMPLETED -> completes(service);
			case FAILED -> fails(service, snapshot);
			case NEW -> throw new IllegalStateException("nothing becomes new");
		}
		boolean running = to == ServiceState.RUNNING || to == ServiceState.STOPPING || to == ServiceState.STUCK;
		service.degraded = running ? service.degraded : null;
		must(Objects.equals(snapshot.degraded().orElse(null), service.degraded), "28", service,
				"went to " + to + " degraded: " + snapshot.degraded());
		service.state = to;
		service.since = now();
		service.transitions++;
		if (to == ServiceState.BACKOFF && service.policy.restart().scope() == RestartPolicy.Scope.DEPENDENTS) {
			takesDependentsAlong(service);
		}
	}

	/**
	 * Design §6.
	 */
	private static boolean isLegal(ServiceState from, ServiceState to) {
		return switch (from) {
			case NEW -> isOneOf(to, ServiceState.WAITING, ServiceState.STOPPED);
			case WAITING -> isOneOf(to, ServiceState.STARTING, ServiceState.STOPPED, ServiceState.FAILED);
			case STARTING -> isOneOf(to, ServiceState.RUNNING, ServiceState.COMPLETED, ServiceState.FAILED,
					ServiceState.BACKOFF, ServiceState.STOPPING, ServiceState.STOPPED);
			case RUNNING ->
				isOneOf(to, ServiceState.COMPLETED, ServiceState.FAILED, ServiceState.BACKOFF, ServiceState.STOPPING);
			case BACKOFF -> isOneOf(to, ServiceState.WAITING, ServiceState.STOPPED);
			case STOPPING -> isOneOf(to, ServiceState.STOPPED, ServiceState.FAILED, ServiceState.BACKOFF,
					ServiceState.WAITING, ServiceState.STUCK);
			case STUCK ->
				isOneOf(to, ServiceState.STOPPED, ServiceState.FAILED, ServiceState.BACKOFF, ServiceState.WAITING);
			case STOPPED, COMPLETED, FAILED -> to == ServiceState.WAITING;
		};
	}

	private static boolean isOneOf(ServiceState state, ServiceState... states) {
		for (ServiceState candidate : states) {
			if (candidate == state) {
				return true;
			}
		}
		return false;
	}

	private void waits(JudgedService service) {
		switch (service.state) {
			case NEW, STOPPED, COMPLETED, FAILED -> begins(service);
			case STUCK -> {
				if (service.epoch < this.judge.epoch() && !run(service).over) {
					this.judge.saw(Sight.OLDER_RUN_WAITED_FOR);
					service.older = service.run;
					takeIn(service);
				}
				else {
					ends(service, ServiceState.WAITING);
				}
			}
			case STOPPING -> ends(service, ServiceState.WAITING);
			default -> leavesBackOff(service);
		}
	}

	/**
	 * The group takes it in, somebody starts it, or it goes on waiting (rules 4, 13, 21).
	 */
	private void begins(JudgedService service) {
		boolean asked = this.judge.isAsked(service, Command.Kind.START)
				|| this.judge.isAsked(service, Command.Kind.RESTART);
		if (service.waitsAgain) {
			service.waitsAgain = false;
		}
		else if (service.epoch < this.judge.epoch()) {
			must(asked || !this.judge.isResuming() || !outlastsStop(service), "21", service,
					"was taken up though no stop had ended it");
			takeIn(service);
		}
		else {
			must(asked, "4", service, "began to wait though nobody asked for it");
			this.judge.saw(Sight.STARTED_BY_HAND);
			service.counts = 1;
			service.heldBy.clear();
			service.inOrder = false;
		}
		must(this.judge.state() == GroupState.STARTING || this.judge.state() == GroupState.RUNNING
				|| this.judge.isAsked(service, Command.Kind.STOP), "19", service, "began after a stop");
	}

	private void takeIn(JudgedService service) {
		service.epoch = this.judge.epoch();
		service.inOrder = this.judge.isResuming() && !outlastsStop(service);
		service.counts = 1;
		service.run = null;
		service.heldBy.clear();
		service.doomedBy.clear();
		service.scope.clear();
		service.startNow = false;
		service.cause = null;
	}

	static boolean outlastsStop(JudgedService service) {
		return service.state == ServiceState.COMPLETED
				|| (service.state == ServiceState.FAILED && !service.policy.critical())
				|| (service.state == ServiceState.STOPPED && service.stoppedByHand);
	}

	/**
	 * Rules 12 and 14.
	 */
	private void leavesBackOff(JudgedService service) {
		boolean asked = service.startNow || service.mayStartNow || this.judge.isAsked(service, Command.Kind.START)
				|| this.judge.isAsked(service, Command.Kind.RESTART);
		if (now() < service.nextAttempt) {
			must(asked, "12", service, "was started again too early");
			service.counts = 1;
		}
		else {
			if (asked) {
				service.counts |= 1;
			}
			must(asked || !service.scope.isEmpty() || isOnTime(service.nextAttempt), "12", service,
					"was started again too late");
			this.judge.saw(Sight.RESTART);
			if (service.definition.group().isPresent()) {
				this.judge.saw(Sight.NESTED_RESTART);
			}
		}
		service.restarts++;
		for (JudgedService member : service.scope) {
			must(!member.isLive(), "14", service, "was started again before the end of " + member);
		}
		service.scope.clear();
		service.startNow = false;
		service.mayStartNow = false;
	}

	private void starts(JudgedService service, ServiceSnapshot snapshot) {
		JudgedRun run = service.handed.poll();
		must(this.judge.state() == GroupState.STARTING || this.judge.state() == GroupState.RUNNING, "19", service,
				"was started after a stop");
		must(run != null && snapshot.attempt() == Objects.requireNonNull(run).attempt, "1", service,
				"was not handed to the executor");
		Objects.requireNonNull(run);
		must(service.run == null || service.run.over, "17", service, "was started beside its run");
		must(service.older == null || service.older.over, "17", service, "was started beside its older run");
		must(run.attempt == service.attempt + 1, "2", service, "did not count its attempts");
		for (JudgedService dependency : service.dependencies) {
			must(dependency.isThere() || dependency.heldElsewhereIn >= this.judge.turn(), "2", service,
					"was started without " + dependency);
		}
		for (JudgedService below : service.belowThoseAtRest()) {
			must(below.isThere() || below.heldElsewhereIn >= this.judge.turn(), "18", service,
					"was started without " + below);
		}
		must(!service.isHeldBackByScope(), "14", service, "was started before those that it is restarted with");
		service.run = run;
		service.inOrder = false;
		service.older = null;
		service.attempt = run.attempt;
		service.wasReady = false;
		service.cause = null;
		service.readyBy = Judge.plus(now(), service.startTimeout);
	}

	private void becomesReady(JudgedService service) {
		JudgedRun run = run(service);
		must(run.entered && (run.readied || !service.announces), "3", service, "is not ready");
		service.wasReady = true;
		service.readySince = now();
		service.readyBy = JudgedRun.NEVER;
		if (service.heartbeatTimeout != JudgedRun.NEVER) {
			looksAnew(service, run);
		}
	}

	private void looksAnew(JudgedService service, JudgedRun run) {
		service.beatsSeen = run.beats;
		service.silentLooks = 0;
		service.nextLook = now() + service.heartbeatTimeout / 2;
	}

	/**
	 * Rule 28.
	 */
	void degraded(JudgedService service, @Nullable String reason) {
		must(service.state == ServiceState.STARTING || service.state == ServiceState.RUNNING, "28", service,
				"is told of as degraded: " + reason);
		must(!Objects.equals(reason, service.degraded), "28", service, "is told of twice as degraded: " + reason);
		must(Objects.equals(reason, run(service).degraded), "28", service,
				"is told of as degraded: " + reason + ", but says " + run(service).degraded);
		service.degraded = reason;
		this.judge.saw((reason != null) ? Sight.DEGRADED : Sight.RECOVERED);
	}

	/**
	 * Rule 10.
	 */
	private void completes(JudgedService service) {
		JudgedRun run = run(service);
		must(run.entered && run.over && run.thrown == null && !run.sawToken, "10", service, "has not returned");
		must(service.policy.onCompletion() != OnCompletion.FAIL, "10", service, "completed, but that is a failure");
		if (service.policy.onCompletion() == OnCompletion.STOP_GROUP) {
			this.judge.stoppedBy(service);
		}
		else {
			must(this.judge.isStopping() || service.policy.restart().mode() != RestartPolicy.Mode.ALWAYS, "12", service,
					"was not started again");
		}
		leavesRun(service);
	}

	/**
	 * How often it may have been restarted in a row, if what ends now can be restarted;
	 * zero if the budget does not allow it in any case (rule 13).
	 */
	private long restartable(JudgedService service) {
		long from = restartsFrom(service);
		return (from << 1) & ALL_COUNTS | (from & MOST);
	}

	private long restartsFrom(JudgedService service) {
		long counts = countsNow(service);
		int max = service.policy.restart().maxRestarts();
		return (max < 0) ? counts : counts & ((1L << max) - 1);
	}

	private long spent(JudgedService service) {
		return countsNow(service) & ~restartsFrom(service);
	}

	private long countsNow(JudgedService service) {
		long resetAfter = JudgedService.nanos(service.policy.restart().resetAfter());
		if (service.wasReady && now() - service.readySince >= resetAfter) {
			if (service.counts != 1) {
				this.judge.saw(Sight.BUDGET_RESET);
			}
			return 1;
		}
		return service.counts;
	}

	/**
	 * A failure that is final.
	 */
	private void fails(JudgedService service, ServiceSnapshot snapshot) {
		switch (service.state) {
			case WAITING -> failsWaiting(service);
			case STOPPING, STUCK -> ends(service, ServiceState.FAILED);
			default -> failsByItself(service, snapshot);
		}
	}

	private void failsWaiting(JudgedService service) {
		if (service.dependsOnFailed() && !service.olderLives()) {
			this.judge.saw(Sight.FAILED_DEPENDENCY);
		}
		else if (service.gateFailures > 0) {
			this.judge.saw(Sight.GATE_FAILED);
			service.gateFailures--;
		}
		else {
			must(service.olderLives(), "3", service, "was given up while it might wait");
			must(isOnTime(Judge.plus(service.since, service.startTimeout)), "21", service,
					"was given up too early or too late");
			this.judge.saw(Sight.OLDER_RUN_GIVEN_UP);
		}
		this.judge.failed(service, service.attempt, null);
	}

	private void failsByItself(JudgedService service, ServiceSnapshot snapshot) {
		JudgedRun run = run(service);
		boolean endedByItself = checkEnd(service, run);
		boolean completed = endedByItself && !service.endedInFailure(run);
		Throwable thrown = endedByItself ? run.thrown : null;
		if (!this.judge.isStopping()) {
			RestartPolicy restart = service.policy.restart();
			if (thrown != null && Echoes.isFinal(thrown, restart)) {
				this.judge.saw(Sight.UNRECOVERABLE);
			}
			else if (completed || restart.mode() != RestartPolicy.Mode.NEVER) {
				must(spent(service) != 0, "13", service,
						"was given up before its budget was spent: " + snapshot.lastFailure());
				service.ends.append(completed ? 'C' : 'F');
				checkBudgetInText(service, snapshot);
			}
		}
		else {
			must(!completed, "10", service, "failed though it returned");
		}
		leavesRun(service);
		// one that completed once too often names the last failure among those ends
		int attempt = completed ? snapshot.lastFailure().map(ServiceFailure::attempt).orElse(0) : service.attempt;
		this.judge.failed(service, attempt, thrown);
	}

	private void checkBudgetInText(JudgedService service, ServiceSnapshot snapshot) {
		String text = snapshot.lastFailure().map(ServiceFailure::description).orElse("");
		long spent = spent(service);
		for (int count = 0; count < 62; count++) {
			if ((spent & (1L << count)) != 0
					&& text.contains(service.ends(count + 1) + " " + (count + 1) + " times in a row")) {
				this.judge.saw(Sight.BUDGET_SPENT);
				return;
			}
		}
		must(false, "13", service, "counted wrongly: " + text);
	}

	/**
	 * Whether it ended by itself; if not, no thread has come for it.
	 */
	private boolean checkEnd(JudgedService service, JudgedRun run) {
		if (run.handling != JudgedRun.Handling.ACCEPTED) {
			run.over = true;
			return false;
		}
		if (run.entered) {
			must(run.over, "17", service, "left a run that lives");
			must(!run.sawToken, "2", service, "was cancelled, but ended as if by itself");
			return true;
		}
		must(isOnTime(service.readyBy), "5", service, "was given up though it may still begin");
		this.judge.saw(Sight.NEVER_BEGUN);
		run.over = true;
		return false;
	}

	/**
	 * A restart: rules 12 and 13.
	 */
	private void backsOff(JudgedService service, ServiceSnapshot snapshot) {
		must(!this.judge.isStopping(), "20", service, "is to be restarted in a stop");
		RestartPolicy restart = service.policy.restart();
		long possible;
		if (service.state == ServiceState.STOPPING || service.state == ServiceState.STUCK) {
			ends(service, ServiceState.BACKOFF);
			possible = service.counts;
		}
		else {
			JudgedRun run = run(service);
			boolean endedByItself = checkEnd(service, run);
			boolean failure = !endedByItself || service.endedInFailure(run);
			must(restart.mode() == RestartPolicy.Mode.ALWAYS
					|| (failure && restart.mode() == RestartPolicy.Mode.ON_FAILURE), "12", service,
					"is to be restarted against its policy");
			must(!endedByItself || run.thrown == null || !Echoes.isFinal(run.thrown, restart), "15", service,
					"is to be restarted after what is final");
			possible = restartable(service);
			service.ends.append(failure ? 'F' : 'C');
			leavesRun(service);
		}
		must(possible != 0, "13", service, "is to be restarted beyond its budget");
		long delay = SimulatedThreads.elapsedAt(snapshot.nextAttempt().orElseThrow()) - now();
		service.counts = checkDelay(service, possible, delay);
		service.nextAttempt = now() + delay;
		service.startNow = false;
		service.mayStartNow = this.judge.isAsked(service, Command.Kind.START)
				|| this.judge.isAsked(service, Command.Kind.RESTART);
		service.scope.clear();
	}

	/**
	 * The restarts in a row that a delay goes with.
	 */
	private long checkDelay(JudgedService service, long possible, long delay) {
		RestartPolicy restart = service.policy.restart();
		double first = JudgedService.nanos(restart.delay());
		double cap = JudgedService.nanos(restart.maxDelay());
		long fitting = 0;
		for (int count = 1; count < 63; count++) {
			double nominal = Math.min(cap, first * Math.pow(restart.multiplier(), count - 1.0));
			boolean fits = delay >= nominal * 0.8 - 1000 && delay <= Math.min(cap, nominal * 1.2 + 1000);
			if (fits && (possible & (1L << count)) != 0) {
				fitting |= 1L << count;
			}
		}
		must(fitting != 0, "12", service, "waits for " + delay + " ns after " + Long.toBinaryString(possible));
		return fitting;
	}

	/**
	 * Rule 14.
	 */
	private void takesDependentsAlong(JudgedService failed) {
		for (JudgedService dependent : failed.allDependents()) {
			switch (dependent.state) {
				case STARTING, RUNNING -> {
					dependent.doomedBy.add(failed);
					dependent.heldBy.add(failed);
					dependent.inOrder = true;
					failed.scope.add(dependent);
					this.judge.saw(Sight.SCOPE_RESTART);
				}
				case STOPPING -> {
					dependent.heldBy.add(failed);
					dependent.inOrder = true;
					failed.scope.add(dependent);
				}
				case WAITING, BACKOFF -> {
					dependent.heldBy.add(failed);
					dependent.inOrder = true;
				}
				default -> {
				}
			}
		}
	}

	/**
	 * The token is set: for which cause, and in which order.
	 */
	private void isCancelled(JudgedService service, ServiceSnapshot snapshot) {
		JudgedRun run = run(service);
		CancellationCause cause = snapshot.cancellationCause().orElseThrow();
		must(run.entered, "5", service, "was cancelled though no thread has begun it");
		justify(service, run, cause);
		service.cause = cause;
		service.cancelledAt = now();
		service.interruptDue = Math.min(Judge.plus(now(), service.grace), this.judge.endOfShare(service));
		service.readyBy = JudgedRun.NEVER;
		service.doomedBy.clear();
		run.giveUpAt = Math.min(Judge.plus(service.interruptDue, service.interruptPeriod), this.judge.stopDeadline());
		must(run.over || run.woken, "18", service, "was not told of its cancel");
		service.then = switch (cause.kind()) {
			case SHUTDOWN, GROUP_FAILURE, GROUP_COMPLETED, PARENT, STOPPED -> JudgedService.bit(ServiceState.STOPPED);
			case RESTARTED, DEPENDENCY, LEASE_LOST, HANDED_OVER ->
				JudgedService.bit(this.judge.isStopping() ? ServiceState.STOPPED : ServiceState.WAITING);
			case HEARTBEAT_MISSED, START_TIMEOUT -> isCharged(service, snapshot);
		};
		JudgedPass pass = run.pass;
		if (pass != null && (pass.revoked || cause.kind() == CancellationCause.Kind.LEASE_LOST)) {
			long by = pass.revoked ? now() : pass.validUntil;
			service.interruptDue = Math.min(service.interruptDue, Math.max(now(), by - service.interruptPeriod));
		}
	}

	private void justify(JudgedService service, JudgedRun run, CancellationCause cause) {
		switch (cause.kind()) {
			case STOPPED -> {
				must(!this.judge.isStopping() && (this.judge.isAsked(service, Command.Kind.STOP)
						|| this.judge.isAsked(service, Command.Kind.REMOVE)), "4", service, "was stopped by nobody");
				this.judge.saw(Sight.STOPPED_BY_HAND);
			}
			case RESTARTED -> {
				must(!this.judge.isStopping() && this.judge.isAsked(service, Command.Kind.RESTART), "4", service,
						"was restarted by nobody");
				service.counts = 1;
				this.judge.saw(Sight.RESTARTED_BY_HAND);
			}
			case SHUTDOWN, GROUP_FAILURE, GROUP_COMPLETED, PARENT -> {
				must(this.judge.isStopping() && cause.equals(this.judge.cause()), "18", service,
						"was stopped with a group that does not stop for " + cause);
				cancelledInOrder(service);
			}
			case DEPENDENCY -> {
				must(service.doomedBy.stream().anyMatch((failed) -> failed.name.equals(cause.service())), "14", service,
						"was taken along by nobody");
				must(this.judge.isForced() || service.endingDependent() == null, "18", service,
						"was taken along before " + service.endingDependent());
			}
			case HEARTBEAT_MISSED -> {
				must(isMiss(service, run) && isOnTime(service.nextLook), "23", service, "did not miss a heartbeat");
				this.judge.saw(Sight.HEARTBEAT_MISSED);
			}
			case START_TIMEOUT -> {
				must(isOnTime(service.readyBy), "3", service, "had time left to be ready");
				this.judge.saw((this.judge.state() == GroupState.STARTING) ? Sight.START_TIMEOUT_IN_START
						: Sight.START_TIMEOUT_LATER);
			}
			case LEASE_LOST -> {
				must(run.pass != null && (run.pass.revoked || now() >= service.cancelBy(run.pass)), "lease", service,
						"had not lost its lease");
				this.judge.saw(Sight.LEASE_LOST);
			}
			case HANDED_OVER -> {
				must(run.pass != null && run.pass.handedOver, "lease", service, "was not to hand over");
				this.judge.saw(Sight.LEASE_HANDED_OVER);
			}
		}
	}

	private void cancelledInOrder(JudgedService service) {
		boolean inOrder = this.judge.isForced() || service.liveDependent() == null;
		must(inOrder || isOnTime(service.cancelledAnywayAt), "18", service,
				"was cancelled before " + service.liveDependent());
		if (!inOrder) {
			this.judge.saw(Sight.FORCED_BY_TIME);
		}
	}

	private boolean isMiss(JudgedService service, JudgedRun run) {
		return service.state == ServiceState.RUNNING && now() >= service.nextLook
				&& now() - service.nextLook <= service.heartbeatTimeout / 2 && run.beats == service.beatsSeen
				&& service.silentLooks > 0;
	}

	/**
	 * A cancel that counts as a failure: what comes then is decided at once.
	 */
	private int isCharged(JudgedService service, ServiceSnapshot snapshot) {
		boolean restart = service.policy.restart().mode() != RestartPolicy.Mode.NEVER && restartable(service) != 0
				&& !this.judge.isStopping();
		boolean fails = this.judge.isStopping() || service.policy.restart().mode() == RestartPolicy.Mode.NEVER
				|| spent(service) != 0;
		if (restart && fails) {
			// a command that may or may not have cleared the budget: the text tells
			fails = snapshot.lastFailure().map(ServiceFailure::description).orElse("").contains("times in a row");
			restart = !fails;
		}
		service.ends.append('F');
		if (restart) {
			service.counts = restartable(service);
			return JudgedService.bit(ServiceState.BACKOFF);
		}
		if (!this.judge.isStopping() && service.policy.restart().mode() != RestartPolicy.Mode.NEVER
				&& restartable(service) == 0) {
			checkBudgetInText(service, snapshot);
		}
		this.judge.failed(service, service.attempt, null);
		return JudgedService.bit(ServiceState.FAILED);
	}

	/**
	 * Rules 18 and 23.
	 */
	private void isGivenUp(JudgedService service) {
		JudgedRun run = run(service);
		must(!run.over, "18", service, "was given up though it has ended");
		boolean groupIsOver = this.judge.isStopping() && isStuckIn(this.judge.stopDeadline());
		must(run.wasInterrupted() || groupIsOver, "18", service, "was given up without an interrupt");
		must(groupIsOver || isStuckIn(Judge.plus(run.interruptedAt, service.interruptPeriod)), "18", service,
				"was given up too early or too late: " + run.interruptedAt + " + " + service.interruptPeriod + ", "
						+ this.judge.stopDeadline());
		this.judge.saw(Sight.STUCK);
		boolean askedFor = service.cause != null && switch (service.cause.kind()) {
			case RESTARTED, LEASE_LOST, HANDED_OVER -> true;
			default -> false;
		};
		if (!this.judge.isStopping() && !askedFor && service.isRestartDue()) {
			this.judge.saw(Sight.STUCK_FAILED_ITS_RESTART);
			this.judge.failed(service, service.attempt, null);
			if (service.policy.critical()) {
				service.then = JudgedService.bit(ServiceState.FAILED);
			}
		}
	}

	/**
	 * Whether one that is given up at that moment may be stuck now: its stack may take a
	 * second (rule 24).
	 */
	private boolean isStuckIn(long due) {
		return isOnTime(due) || (now() > due && now() <= Judge.plus(due, Judge.ONE_SECOND))
				|| isOnTime(Judge.plus(due, Judge.ONE_SECOND));
	}

	private void isStopped(JudgedService service, ServiceSnapshot snapshot) {
		CancellationCause cause = snapshot.cancellationCause().orElseThrow();
		switch (service.state) {
			case STOPPING, STUCK -> ends(service, ServiceState.STOPPED);
			case STARTING -> {
				JudgedRun run = run(service);
				must(!run.entered, "5", service, "was withdrawn from its thread");
				justify(service, run, cause);
				this.judge.saw(Sight.WITHDRAWN);
				service.waitsAgain = !this.judge.isStopping() && cause.kind() != CancellationCause.Kind.STOPPED;
				leavesRun(service);
				run.over = true;
			}
			default -> {
				must(this.judge.isStopping() || this.judge.isAsked(service, Command.Kind.STOP)
						|| service.stopsOnceItEnds || this.judge.isAsked(service, Command.Kind.REMOVE), "4", service,
						"was stopped by nobody");
				if (service.state == ServiceState.BACKOFF) {
					this.judge.saw(Sight.STOP_IN_BACK_OFF);
				}
				service.epoch = this.judge.epoch();
				service.scope.clear();
				service.startNow = false;
			}
		}
		service.stoppedByHand = cause.kind() == CancellationCause.Kind.STOPPED;
	}

	/**
	 * The thread of a cancelled run is out of it.
	 */
	private void ends(JudgedService service, ServiceState next) {
		JudgedRun run = run(service);
		must(run.over, "17", service, "went on though its run lives");
		must(service.mayThen(next), "20", service, "went on to " + next);
		if (service.state == ServiceState.STUCK) {
			this.judge.saw(Sight.LATE_END_OF_STUCK);
		}
		if (service.endedInFailure(run)) {
			this.judge.failedSecondarily(service, run);
		}
		else if (run.thrown != null) {
			this.judge.saw(Sight.ECHO);
		}
		leavesRun(service);
	}

	private static void leavesRun(JudgedService service) {
		service.run = null;
		service.doomedBy.clear();
		service.readyBy = JudgedRun.NEVER;
	}

	/**
	 * The loop has done all that was to be done at this moment: is anything left?
	 */
	void settled(JudgedService service) {
		JudgedRun older = service.older;
		if (older != null && older.over) {
			service.older = null;
		}
		must(service.handed.isEmpty(), "1", service, "was handed to the executor in secret");
		must(!service.waitsAgain, "14", service, "does not wait again");
		switch (service.state) {
			case NEW -> must(this.judge.state() != GroupState.RUNNING && !this.judge.isStopping(), "2", service,
					"was not started");
			case WAITING -> settledWaiting(service);
			case STARTING -> settledStarting(service);
			case RUNNING -> settledRunning(service);
			case BACKOFF -> settledInBackOff(service);
			case STOPPING -> settledStopping(service);
			case STUCK -> must(!run(service).over, "23", service, "has ended after all");
			case STOPPED, COMPLETED, FAILED -> {
				must(!this.judge.state().isLive() || service.epoch == this.judge.epoch() || this.judge.isStopping()
						|| (this.judge.isResuming() && outlastsStop(service)), "21", service,
						"was not taken into the group's next run");
			}
		}
	}

	private void settledWaiting(JudgedService service) {
		must(this.judge.state() == GroupState.STARTING || this.judge.state() == GroupState.RUNNING, "19", service,
				"waits in a group that does not run");
		if (service.older != null) {
			must(now() < Judge.plus(service.since, service.startTimeout), "21", service,
					"waits too long for its older run");
			return;
		}
		must(!service.dependsOnFailed(), "2", service, "waits for one that has failed");
		if (service.isAnythingMissing() || service.isHeldBackByScope()) {
			return;
		}
		must(service.gated, "2", service, "waits for nothing");
		JudgedPass pass = service.pass;
		must(pass != null, "lease", service, "does not ask for its lease");
		Objects.requireNonNull(pass);
		must(!pass.granted || service.cancelBy(pass) <= now(), "lease", service, "has a lease, but waits");
		must(!pass.revoked && !pass.handedOver, "lease", service, "does not ask anew");
	}

	private void settledStarting(JudgedService service) {
		JudgedRun run = run(service);
		must(run.handling == JudgedRun.Handling.ACCEPTED, "5", service, "waits for an executor that has refused it");
		must(!run.entered || (service.announces && !run.readied), "3", service, "is ready");
		must(now() < service.readyBy, "3", service, "is late");
		settledLive(service, run);
	}

	private void settledRunning(JudgedService service) {
		JudgedRun run = run(service);
		if (service.heartbeatTimeout != JudgedRun.NEVER && now() >= service.nextLook) {
			must(!isMiss(service, run), "23", service, "has missed its heartbeat");
			boolean late = now() - service.nextLook > service.heartbeatTimeout / 2;
			if (late || run.beats != service.beatsSeen) {
				looksAnew(service, run);
			}
			else {
				service.silentLooks++;
				service.nextLook = now() + service.heartbeatTimeout / 2;
			}
		}
		settledLive(service, run);
	}

	private void settledLive(JudgedService service, JudgedRun run) {
		must(!run.over, "6", service, "has ended");
		must(!run.woken, "18", service, "was cancelled in secret");
		must(Objects.equals(service.degraded, run.degraded), "28", service,
				"is not told of as degraded: " + run.degraded);
		if (this.judge.isStopping()) {
			must(service.liveDependent() != null && !this.judge.isForced() && now() < service.cancelledAnywayAt, "18",
					service, "was not cancelled");
		}
		else {
			must(service.doomedBy.isEmpty() || service.endingDependent() != null, "14", service, "was not taken along");
		}
		if (run.pass != null) {
			must(!run.pass.revoked && !run.pass.handedOver && now() < service.cancelBy(run.pass), "lease", service,
					"runs without a lease");
		}
	}

	private void settledInBackOff(JudgedService service) {
		must(this.judge.state() == GroupState.STARTING || this.judge.state() == GroupState.RUNNING, "20", service,
				"is to be restarted in a group that does not run");
		if (service.startNow || now() >= service.nextAttempt) {
			must(service.scope.stream().anyMatch(JudgedService::isLive), "12", service, "was not started again");
		}
	}

	private void settledStopping(JudgedService service) {
		JudgedRun run = run(service);
		must(!run.over, "18", service, "has ended");
		if (run.pass != null && now() >= service.cancelBy(run.pass)) {
			service.interruptDue = Math.min(service.interruptDue, run.pass.validUntil - service.interruptPeriod);
		}
		if (run.wasInterrupted()) {
			must(now() < Judge.plus(run.interruptedAt, service.interruptPeriod + Judge.ONE_SECOND), "18", service,
					"was not given up");
		}
		else {
			must(now() < service.interruptDue && !this.judge.isForced(), "18", service, "was not interrupted");
		}
	}

	/**
	 * A run was interrupted in the turn that ends now.
	 */
	void interrupted(JudgedRun run) {
		JudgedService service = run.service;
		must(service.run == run && (service.state == ServiceState.STOPPING || service.state == ServiceState.STUCK),
				"18", service, "was interrupted though not cancelled");
		if (run.pass != null && !run.pass.revoked && now() >= service.cancelBy(run.pass)) {
			service.interruptDue = Math.min(service.interruptDue, run.pass.validUntil - service.interruptPeriod);
		}
		must(this.judge.isForced() || isOnTime(service.interruptDue), "18", service,
				"was interrupted too early or too late");
	}

	private JudgedRun run(JudgedService service) {
		must(service.run != null, "1", service, "has no run");
		return Objects.requireNonNull(service.run);
	}

	private long now() {
		return this.judge.now();
	}

	private boolean isOnTime(long due) {
		return this.judge.isOnTime(due);
	}

	private void must(boolean kept, String rule, @Nullable Object subject, String what) {
		this.judge.must(kept, rule, subject, what);
	}

}
