package io.supervisor;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * Judges one group by design.md §5 and §6 from what can be seen from outside: the
 * definitions, what the executor, the gates and the threads of the runs are asked for,
 * the commands with their results, the transitions as a listener is told of them, and the
 * snapshots. It knows nothing of the loop's own state. What it cannot see, such as the
 * moment at which a command was taken, it leaves open.
 */
final class Judge implements ServiceGroupListener {

	static final long ONE_SECOND = 1_000_000_000L;

	private final String name;

	private final SimulatedThreads threads;

	private final Coverage coverage;

	private final long startTimeout;

	private final long shutdownTimeout;

	private final boolean keepOpen;

	private final ServiceRules rules = new ServiceRules(this);

	private final Map<String, JudgedService> services = new LinkedHashMap<>();

	/**
	 * Also those that were removed: another one may have their name.
	 */
	private final Map<ServiceDefinition, JudgedService> byDefinition = new IdentityHashMap<>();

	private final List<JudgedCommand> commands = new ArrayList<>();

	/**
	 * Interrupted in the present turn.
	 */
	private final List<JudgedRun> interrupted = new ArrayList<>();

	private JudgedFailures failures = new JudgedFailures();

	private GroupState state = GroupState.NEW;

	private int epoch;

	private int turn;

	private boolean begun;

	private boolean resuming;

	/**
	 * The run of another group that this one is a part of.
	 */
	private @Nullable JudgedRun parent;

	private boolean stopAsked;

	private boolean stopAskedByParent;

	private @Nullable JudgedService stoppedBy;

	private @Nullable CancellationCause cause;

	private GroupState outcome = GroupState.STOPPED;

	private long stopDeadline = JudgedRun.NEVER;

	private boolean forced;

	private boolean forceAsked;

	private boolean limitStop;

	Judge(String name, SimulatedThreads threads, Coverage coverage, long startTimeout, long shutdownTimeout,
			boolean keepOpen) {
		this.name = name;
		this.threads = threads;
		this.coverage = coverage;
		this.startTimeout = startTimeout;
		this.shutdownTimeout = shutdownTimeout;
		this.keepOpen = keepOpen;
	}

	/**
	 * The group has one more service.
	 */
	JudgedService include(ServiceDefinition definition) {
		JudgedService service = new JudgedService(definition, this.startTimeout);
		for (String dependency : definition.dependencies()) {
			JudgedService other = this.services.get(dependency);
			if (other == null) {
				throw this.threads.broken(new RuleBroken("2", definition + " was added"));
			}
			service.dependencies.add(other);
			other.dependents.add(service);
			other.hadDependents = true;
		}
		this.services.put(service.name, service);
		this.byDefinition.put(definition, service);
		return service;
	}

	private void exclude(JudgedService service) {
		if (this.services.get(service.name) == service) {
			this.services.remove(service.name);
			this.failures.forget(service.name, this.state.isLive());
		}
		service.dependencies.forEach((dependency) -> dependency.dependents.remove(service));
	}

	static long plus(long time, long delay) {
		return (time >= JudgedRun.NEVER || delay >= JudgedRun.NEVER) ? JudgedRun.NEVER : time + delay;
	}

	void must(boolean kept, String rule, @Nullable Object subject, String what) {
		if (!kept) {
			throw this.threads.broken(new RuleBroken(rule, this.name + "/" + subject + " " + what));
		}
	}

	void saw(Sight sight) {
		this.coverage.saw(sight);
	}

	long now() {
		return this.threads.elapsed();
	}

	boolean isOnTime(long due) {
		return this.threads.isOnTime(due);
	}

	int epoch() {
		return this.epoch;
	}

	int turn() {
		return this.turn;
	}

	String name() {
		return this.name;
	}

	List<String> names() {
		return new ArrayList<>(this.services.keySet());
	}

	/**
	 * Those that others may depend on.
	 */
	List<String> namesOfLasting() {
		return this.services.values()
			.stream()
			.filter((service) -> !service.definition.removedWhenDone())
			.map((service) -> service.name)
			.toList();
	}

	GroupState state() {
		return this.state;
	}

	boolean isStopping() {
		return this.state == GroupState.STOPPING;
	}

	@Nullable CancellationCause cause() {
		return this.cause;
	}

	boolean isResuming() {
		return this.resuming;
	}

	long stopDeadline() {
		return isStopping() ? this.stopDeadline : JudgedRun.NEVER;
	}

	/**
	 * Whether somebody has asked for the end of all grace (rule 22).
	 */
	boolean isForced() {
		return this.forced;
	}

	/**
	 * When the share of a service in the time that is left for the stop is over: all but
	 * its interrupt period, and two thirds at least (rule 18).
	 */
	long endOfShare(JudgedService service) {
		if (stopDeadline() >= JudgedRun.NEVER) {
			return JudgedRun.NEVER;
		}
		long left = Math.max(0, this.stopDeadline - now());
		return now() + Math.max(left - service.interruptPeriod, 2 * left / 3);
	}

	boolean has(JudgedService service) {
		return this.services.get(service.name) == service;
	}

	/**
	 * A run of the group begins.
	 */
	void begins(boolean resume, @Nullable JudgedRun parent) {
		this.epoch++;
		this.begun = true;
		this.resuming = resume;
		this.parent = parent;
		this.failures = new JudgedFailures();
		this.cause = null;
		this.forced = false;
		this.stoppedBy = null;
		this.stopDeadline = JudgedRun.NEVER;
		this.services.values().forEach((service) -> service.cancelledAnywayAt = JudgedRun.NEVER);
	}

	/**
	 * Somebody asks the group to stop.
	 * @param claimed whether there is a run, or about to be one
	 */
	void stopAsked(boolean claimed) {
		if (isStopping()) {
			this.limitStop = true;
		}
		else if (claimed || this.state == GroupState.NEW) {
			this.stopAsked = true;
		}
	}

	/**
	 * Somebody asks for the end of all grace as well.
	 */
	void stopNowAsked(boolean claimed) {
		stopAsked(claimed);
		this.forceAsked |= claimed || this.state == GroupState.NEW;
	}

	/**
	 * The cancel of the run that the group is a part of arrives.
	 */
	void stopAskedByParent() {
		if (isStopping()) {
			this.limitStop = true;
		}
		this.stopAskedByParent = true;
	}

	void stoppedBy(JudgedService service) {
		if (!isStopping()) {
			this.stoppedBy = service;
		}
	}

	/**
	 * The loop is about to have a look.
	 */
	void turnBegins(boolean interrupted) {
		this.turn++;
		if (interrupted) {
			if (isStopping()) {
				this.forced = true;
				saw(Sight.FORCED_BY_INTERRUPT);
			}
			else {
				this.stopAsked = true;
			}
		}
		if (this.forceAsked) {
			this.forceAsked = false;
			this.forced = true;
			saw(Sight.FORCED_BY_COMMAND);
		}
		if (this.limitStop && isStopping()) {
			limitStop();
		}
		this.limitStop = false;
	}

	/**
	 * The loop has had a look, and the listeners were told.
	 */
	void turnEnds() {
		this.threads.throwBroken();
		for (JudgedRun run : this.interrupted) {
			this.rules.interrupted(run);
		}
		this.interrupted.clear();
		for (int i = 0; i < this.commands.size(); i++) {
			JudgedCommand command = this.commands.get(i);
			if (command.result().isDone()) {
				finish(command, isSuperseded(i));
				this.commands.remove(i--);
			}
		}
		this.turn++;
		for (JudgedService service : this.services.values()) {
			if (service.isHeldElsewhere()) {
				service.heldElsewhereIn = this.turn + 1;
			}
			service.hadDependents = !service.dependents.isEmpty();
		}
	}

	private boolean isSuperseded(int index) {
		JudgedCommand command = this.commands.get(index);
		return this.commands.subList(index + 1, this.commands.size())
			.stream()
			.anyMatch((later) -> later.service() == command.service() && later.kind() != Command.Kind.REMOVE);
	}

	private void finish(JudgedCommand command, boolean superseded) {
		Throwable refusal = command.refusal();
		if (refusal == null && command.kind() == Command.Kind.REMOVE && command.service() != null) {
			must(command.service().dependents.stream().allMatch(this::isRemoved), "commands", command,
					"left others without it");
			exclude(command.service());
			saw(Sight.REMOVED);
		}
		if (refusal == null && command.definition() != null) {
			// one that has gone again was there
			if (!this.byDefinition.containsKey(command.definition())) {
				include(command.definition());
			}
			saw(Sight.ADDED);
		}
		if (refusal != null) {
			saw(Sight.COMMAND_REFUSED);
		}
		else if (command.kind() == Command.Kind.STOP && command.service() != null && !superseded
				&& command.state() == ServiceState.STUCK) {
			command.service().stopsOnceItEnds = true;
		}
		command.check(this, superseded);
	}

	void command(Command.Kind kind, String service, @Nullable ServiceDefinition definition,
			Future<ServiceSnapshot> result) {
		JudgedService judged = this.services.get(service);
		if (judged != null && kind == Command.Kind.RESTART) {
			judged.counts |= 1;
		}
		if (judged != null && kind != Command.Kind.STOP && !judged.isRunOver()) {
			judged.stopsOnceItEnds = false;
		}
		if (judged != null && judged.state == ServiceState.BACKOFF
				&& (kind == Command.Kind.START || kind == Command.Kind.RESTART) && !isStopping()) {
			judged.startNow = true;
		}
		this.commands.add(new JudgedCommand(kind, service, definition, result, judged,
				(judged != null) ? judged.state : ServiceState.NEW, (judged != null) ? judged.transitions : 0,
				this.state));
	}

	boolean isAsked(JudgedService service, Command.Kind kind) {
		for (JudgedCommand command : this.commands) {
			if (command.kind() == kind && (command.service() == service
					|| (command.service() == null && command.name().equals(service.name)))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a definition may be refused because of what it says.
	 */
	boolean refusesToAdd(JudgedCommand command) {
		ServiceDefinition definition = command.definition();
		return definition == null || command.service() != null
				|| definition.dependencies().stream().anyMatch((dependency) -> {
					JudgedService other = this.services.get(dependency);
					return other == null || other.state == ServiceState.NEW || other.definition.removedWhenDone()
							|| this.commands.stream().anyMatch((one) -> one.kind() == Command.Kind.REMOVE);
				}) || this.services.containsKey(command.name());
	}

	/**
	 * The executor is handed a run.
	 */
	JudgedRun handed(ServiceDefinition definition, int attempt, JudgedRun.Handling handling) {
		JudgedService judged = known(definition);
		must(attempt == judged.handedAttempt + 1, "17", judged, "was handed to the executor twice");
		must(this.begun && !isStopping(), "19", judged, "was handed to the executor after a stop");
		this.coverage.run();
		JudgedRun run = new JudgedRun(judged, attempt, handling, this.epoch);
		judged.handedAttempt = attempt;
		judged.handed.add(run);
		if (judged.gated) {
			JudgedPass pass = judged.pass;
			must(pass != null && pass.granted && judged.cancelBy(pass) > now(), "lease", judged,
					"was started without a lease");
			run.pass = pass;
			Objects.requireNonNull(pass).run = run;
			judged.pass = null;
		}
		if (handling == JudgedRun.Handling.REFUSED) {
			saw(Sight.REFUSED);
		}
		else if (handling == JudgedRun.Handling.CALLED_IN_THE_LOOP) {
			saw(Sight.CALLED_IN_LOOP);
		}
		return run;
	}

	/**
	 * The service of that definition, which may have come in this turn.
	 */
	private JudgedService known(ServiceDefinition definition) {
		JudgedService known = this.byDefinition.get(definition);
		JudgedService added = (known == null) ? added(definition.name()) : known;
		if (added == null) {
			throw this.threads.broken(new RuleBroken("2", definition + " is not in the group"));
		}
		return added;
	}

	/**
	 * A service that was asked to be added, in the place of one that was asked to be
	 * removed before, or that goes when it is done.
	 */
	private @Nullable JudgedService added(String service) {
		JudgedService known = this.services.get(service);
		boolean free = known == null || (known.definition.removedWhenDone() && isRemovable(known));
		for (JudgedCommand command : this.commands) {
			ServiceDefinition definition = command.definition();
			if (command.kind() == Command.Kind.REMOVE && command.service() == known && known != null) {
				free = isRemovable(known);
			}
			if (free && definition != null && command.name().equals(service)
					&& (known == null || known.definition != definition)) {
				if (known != null) {
					exclude(known);
				}
				return include(definition);
			}
		}
		return null;
	}

	private boolean isRemovable(JudgedService service) {
		JudgedRun run = service.run;
		return (run == null || run.over || !run.entered)
				&& service.dependents.stream().allMatch((dependent) -> isAsked(dependent, Command.Kind.REMOVE));
	}

	/**
	 * Whether it was removed in the present turn.
	 */
	private boolean isRemoved(JudgedService service) {
		for (JudgedCommand command : this.commands) {
			if (command.kind() == Command.Kind.REMOVE && command.service() == service && command.result().isDone()
					&& command.refusal() == null) {
				return true;
			}
		}
		return false;
	}

	/**
	 * A thread has come for a run.
	 */
	void entered(JudgedRun run, boolean begun) {
		must(begun != run.over, "5", run, begun ? "began though it is over" : "did not begin");
		if (!begun) {
			saw(Sight.LATE_THREAD);
		}
		run.entered = begun;
	}

	void readied(JudgedRun run) {
		if (!run.over) {
			run.readied = true;
		}
	}

	/**
	 * A run says that it is not well, or is well again.
	 */
	void says(JudgedRun run, @Nullable String degraded) {
		run.degraded = degraded;
	}

	/**
	 * A run asks for more time to end (rule 30).
	 */
	void extendsStop(JudgedRun run, long until) {
		JudgedService service = run.service;
		if (service.run != run || service.state != ServiceState.STOPPING || run.wasInterrupted()
				|| (run.pass != null && run.pass.revoked)) {
			return;
		}
		long most = this.shutdownTimeout;
		if (stopDeadline() < JudgedRun.NEVER) {
			most = Math.min(most, Math.max(0, this.stopDeadline - service.cancelledAt));
		}
		long share = (most >= JudgedRun.NEVER) ? JudgedRun.NEVER
				: service.cancelledAt + Math.max(most - service.interruptPeriod, most / 3 * 2);
		long extended = Math.min(until, share);
		if (extended > service.interruptDue) {
			saw(Sight.STOP_EXTENDED);
			service.interruptDue = extended;
		}
	}

	void beat(JudgedRun run) {
		run.beats++;
	}

	void ended(JudgedRun run, @Nullable Throwable thrown, boolean sawToken, @Nullable CancellationCause cause) {
		if (sawToken && run.service.run == run && run.service.cause != null) {
			must(run.service.cause.equals(cause), "18", run, "was told of another cause, " + cause);
		}
		run.over = true;
		run.thrown = thrown;
		run.sawToken = sawToken;
		must(sawToken == run.woken, "8", run, sawToken ? "saw a token that was not told" : "saw no token");
	}

	void woken(JudgedRun run) {
		must(!run.over, "17", run, "was woken after its end");
		run.woken = true;
	}

	void interrupted(JudgedRun run) {
		must(!run.over, "18", run, "was interrupted after its end");
		must(!run.wasInterrupted(), "18", run, "was interrupted twice");
		must(run.woken, "18", run, "was interrupted before its cancel");
		run.interruptedAt = now();
		run.disturbed = true;
		this.interrupted.add(run);
	}

	/**
	 * An action of a run threw.
	 */
	void actionFailed(JudgedRun run, Throwable thrown) {
		if (this.state.isLive() && run.epoch == this.epoch && has(run.service)) {
			saw(Sight.FAILED_ACTION);
			this.failures.expect(run.service, run.attempt, thrown, JudgedFailures.Role.SECONDARY);
		}
	}

	JudgedPass requested(RunGate gate, String service, boolean fails) {
		JudgedService judged = known(gate, service);
		must(judged.pass == null, "lease", judged, "asks for two leases");
		must(judged.run == null || judged.run.over || judged.state == ServiceState.STARTING, "lease", judged,
				"asks for a lease while it runs");
		JudgedPass pass = new JudgedPass();
		if (fails) {
			judged.gateFailures++;
		}
		judged.pass = pass;
		return pass;
	}

	private JudgedService known(RunGate gate, String service) {
		for (JudgedService known : this.byDefinition.values()) {
			if (known.definition.gate() == gate) {
				return known;
			}
		}
		JudgedService added = added(service);
		if (added == null) {
			throw this.threads.broken(new RuleBroken("lease", "'" + service + "' is not in the group"));
		}
		return added;
	}

	void granted(JudgedPass pass, long validUntil) {
		saw(Sight.LEASE_GRANTED);
		pass.granted = true;
		pass.validUntil = validUntil;
	}

	void extended(JudgedPass pass, long validUntil) {
		if (pass.granted) {
			pass.validUntil = Math.max(pass.validUntil, validUntil);
		}
	}

	void revoked(String service, JudgedPass pass) {
		pass.revoked = true;
		JudgedService judged = this.services.get(service);
		if (judged != null && judged.run != null && judged.run == pass.run && judged.state == ServiceState.STOPPING) {
			judged.interruptDue = Math.min(judged.interruptDue, now());
		}
	}

	void handedOver(JudgedPass pass) {
		pass.handedOver = true;
	}

	void heldElsewhere(String service, JudgedPass pass, boolean held) {
		pass.heldElsewhere = held;
		JudgedService judged = this.services.get(service);
		if (judged != null && held) {
			saw(Sight.LEASE_HELD_ELSEWHERE);
			judged.heldElsewhereIn = Math.max(judged.heldElsewhereIn, this.turn + 1);
		}
	}

	/**
	 * A pass goes back: not before its run is over, and once.
	 */
	void released(String service, JudgedPass pass) {
		must(!pass.released, "lease", service, "gave a lease back twice");
		must(pass.run == null || pass.run.over || !pass.run.entered, "lease", service,
				"gave back the lease of a run that lives");
		pass.released = true;
		for (JudgedService judged : this.services.values()) {
			if (judged.pass == pass) {
				judged.pass = null;
			}
		}
	}

	/**
	 * A failure that is final (rules 6, 9 and 20).
	 */
	void failed(JudgedService service, int attempt, @Nullable Throwable thrown) {
		JudgedFailures.Role role = roleOf(service);
		if (role == JudgedFailures.Role.ISOLATED) {
			saw(Sight.ISOLATED_FAILURE);
		}
		if (service.definition.group().isPresent()) {
			saw(Sight.NESTED_FAILURE);
		}
		this.failures.expect(service, attempt, thrown, role);
	}

	private JudgedFailures.Role roleOf(JudgedService service) {
		return isStopping() ? JudgedFailures.Role.SECONDARY
				: service.policy.critical() ? JudgedFailures.Role.PRIMARY : JudgedFailures.Role.ISOLATED;
	}

	/**
	 * What a cancelled run threw.
	 */
	void failedSecondarily(JudgedService service, JudgedRun run) {
		if (this.state.isLive() && run.epoch == this.epoch) {
			saw(Sight.SECONDARY_FAILURE);
			List<Throwable> lost = (run.thrown != null && run.sawToken) ? Echoes.lost(run.thrown, run.disturbed)
					: List.of();
			// of several any one may stand for all
			this.failures.expect(service, run.attempt,
					lost.isEmpty() ? run.thrown : (lost.size() == 1) ? lost.get(0) : null,
					JudgedFailures.Role.SECONDARY);
		}
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot snapshot) {
		JudgedService service = this.byDefinition.get(snapshot.definition());
		if (service == null) {
			service = added(snapshot.name());
		}
		if (service == null) {
			throw this.threads.broken(new RuleBroken("25", snapshot + " is not in the group"));
		}
		this.coverage.transition();
		this.rules.moved(service, from, snapshot);
	}

	@Override
	public void serviceDegraded(ServiceSnapshot snapshot) {
		JudgedService service = this.byDefinition.get(snapshot.definition());
		if (service == null) {
			throw this.threads.broken(new RuleBroken("28", snapshot + " is not in the group"));
		}
		this.rules.degraded(service, snapshot.degraded().orElse(null));
	}

	/**
	 * By a command, or by itself (rule 32).
	 */
	@Override
	public void serviceRemoved(ServiceSnapshot snapshot) {
		JudgedService service = this.byDefinition.get(snapshot.definition());
		if (service == null || !has(service)) {
			return;
		}
		must(snapshot.state() == service.state, "32", service, "went as " + snapshot.state());
		// a group that does not run removes it before the judge hears of the command
		boolean byItself = this.state.isLive() && !isStopping() && service.isToGo();
		must(byItself || !this.state.isLive() || isAsked(service, Command.Kind.REMOVE), "32", service,
				"went by itself");
		if (byItself) {
			must(service.dependents.isEmpty(), "32", service, "left others without it");
			exclude(service);
			saw(Sight.REMOVED_WHEN_DONE);
		}
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
		GroupState to = snapshot.state();
		must(from == this.state, "25", this.state, "was told of as " + from);
		must(isLegal(from, to), "states", from, "went to " + to);
		must(SimulatedThreads.elapsedAt(snapshot.since()) == now(), "24", to, "came at another time");
		switch (to) {
			case STARTING -> must(this.begun, "21", to, "without a begin");
			case RUNNING -> isRunning();
			case STOPPING -> stops(snapshot);
			case STOPPED, COMPLETED, FAILED -> ends(to);
			case NEW -> throw new IllegalStateException("no group becomes new");
		}
		this.state = to;
		if (to == GroupState.STOPPING) {
			limitStop();
		}
	}

	private static boolean isLegal(GroupState from, GroupState to) {
		return switch (from) {
			case NEW, STOPPED, COMPLETED, FAILED -> to == GroupState.STARTING;
			case STARTING -> to == GroupState.RUNNING || to == GroupState.STOPPING;
			case RUNNING -> to == GroupState.STOPPING || to == GroupState.COMPLETED;
			case STOPPING -> to.isTerminal();
		};
	}

	/**
	 * Rule 3.
	 */
	private void isRunning() {
		must(!this.failures.isPrimary(), "6", this.state, "runs in spite of a failure");
		for (JudgedService service : this.services.values()) {
			must(!service.holdsUpStart(false), "3", service, "holds up the start");
			if (!service.policy.critical() && service.isLive() && service.state != ServiceState.RUNNING) {
				saw(Sight.START_NOT_HELD_UP);
			}
		}
		if (this.parent != null) {
			saw((this.epoch > 1) ? Sight.NESTED_TWICE : Sight.NESTED_GROUP);
		}
	}

	/**
	 * Rules 6, 10, 18, 19 and 22.
	 */
	private void stops(GroupSnapshot snapshot) {
		CancellationCause cause = snapshot.cancellationCause();
		this.cause = cause;
		if (cause == null) {
			throw this.threads.broken(new RuleBroken("18", this.name + " stops without a cause"));
		}
		boolean failed = cause.kind() == CancellationCause.Kind.GROUP_FAILURE;
		if (this.failures.isPrimary() || failed) {
			must(failed && this.failures.mayNameAsFirst(cause.service()), "6", this.state, "stops for " + cause);
			this.outcome = GroupState.FAILED;
		}
		else if (this.stoppedBy != null) {
			must(cause.kind() == CancellationCause.Kind.SHUTDOWN, "10", this.state, "stops for " + cause);
			saw(Sight.STOPPED_BY_A_SERVICE);
			this.outcome = GroupState.COMPLETED;
		}
		else {
			boolean asked = switch (cause.kind()) {
				case SHUTDOWN -> this.stopAsked;
				case PARENT -> this.stopAskedByParent;
				case GROUP_COMPLETED -> isLeftToAuxiliaries();
				default -> false;
			};
			must(asked, "19", this.state, "stops for " + cause);
			if (cause.kind() == CancellationCause.Kind.PARENT) {
				saw(Sight.NESTED_STOPPED_BY_PARENT);
			}
			boolean completed = cause.kind() == CancellationCause.Kind.GROUP_COMPLETED;
			this.outcome = completed ? GroupState.COMPLETED : GroupState.STOPPED;
			if (completed) {
				saw(Sight.LEFT_TO_AUXILIARIES);
			}
		}
		for (JudgedService service : this.services.values()) {
			if (service.isRestartDue()) {
				service.then = JudgedService.bit(ServiceState.STOPPED);
			}
		}
	}

	/**
	 * Rule 31.
	 */
	private boolean isLeftToAuxiliaries() {
		return !this.keepOpen && this.services.values()
			.stream()
			.allMatch((service) -> service.policy.auxiliary() || service.hasEndedByItself() || isRemoved(service));
	}

	/**
	 * Rule 18: when each has to be cancelled, or interrupted, and when it is over.
	 */
	private void limitStop() {
		long limit = this.shutdownTimeout;
		JudgedRun parent = this.parent;
		if (parent != null && parent.woken && parent.giveUpAt != JudgedRun.NEVER) {
			limit = Math.min(limit, Math.max(0, parent.giveUpAt - now() - 3 * ONE_SECOND));
			if (limit < this.shutdownTimeout) {
				saw(Sight.NESTED_DEADLINE);
			}
		}
		long over = plus(now(), limit);
		if (over < this.stopDeadline) {
			this.stopDeadline = over;
			for (JudgedService service : this.services.values()) {
				service.cancelledAnywayAt = Math.min(service.cancelledAnywayAt, endOfShare(service));
				if (service.state == ServiceState.STOPPING) {
					service.interruptDue = Math.min(service.interruptDue, endOfShare(service));
				}
			}
		}
	}

	private void ends(GroupState outcome) {
		for (JudgedService service : this.services.values()) {
			must(!service.isLive(), "18", service, "lives on after the end of the group");
			must(this.state != GroupState.RUNNING || !this.keepOpen, "32", this.state, "was not kept open");
			if (this.state == GroupState.RUNNING && !isRemoved(service)) {
				must(service.state == ServiceState.COMPLETED
						|| (service.state == ServiceState.FAILED && !service.policy.critical()), "4", service,
						"keeps the group open");
			}
		}
		must(outcome == ((this.state == GroupState.RUNNING) ? GroupState.COMPLETED : this.outcome), "4", this.state,
				"ended as " + outcome);
		Sight sight = switch (outcome) {
			case STOPPED -> Sight.GROUP_STOPPED;
			case COMPLETED -> Sight.GROUP_COMPLETED;
			default -> Sight.GROUP_FAILED;
		};
		saw(sight);
		this.begun = false;
		this.stopAsked = false;
		this.stopAskedByParent = false;
		this.stopDeadline = JudgedRun.NEVER;
	}

	/**
	 * The loop would wait now: nothing may be left to do.
	 */
	void settled(ServiceGroup group) {
		GroupSnapshot snapshot = group.snapshot();
		must(snapshot.state() == this.state, "25", this.state, "is " + snapshot.state());
		int[] counts = new int[ServiceState.values().length];
		for (JudgedService service : this.services.values()) {
			this.rules.settled(service);
			counts[service.state.ordinal()]++;
			ServiceSnapshot one = group.service(service.name).orElse(null);
			must(one != null && one.state() == service.state && one.attempt() == service.attempt, "24", service,
					"looks like " + one);
			must(Objects.equals(Objects.requireNonNull(one).degraded().orElse(null), service.degraded), "28", service,
					"looks degraded: " + one.degraded() + ", not " + service.degraded);
			must(one.restarts() == service.restarts, "24", service,
					"has " + one.restarts() + " restarts, not " + service.restarts);
		}
		for (ServiceState state : ServiceState.values()) {
			must(snapshot.count(state) == counts[state.ordinal()], "24", state, "is counted wrongly");
		}
		if (this.failures.check(snapshot, group.failure())) {
			saw(Sight.FAILURE_LEFT_OUT);
		}
		settledGroup();
		for (JudgedCommand command : this.commands) {
			JudgedService service = command.service();
			must(service != null && (service.state == ServiceState.STOPPING || service.state == ServiceState.STUCK
					|| service.olderLives() || (isStopping() && service.isLive())), "commands", command,
					"is not carried out");
		}
	}

	private void settledGroup() {
		switch (this.state) {
			case STARTING -> {
				must(!this.stopAsked && !this.stopAskedByParent, "19", this.state, "does not stop");
				must(this.services.values().stream().anyMatch((service) -> service.holdsUpStart(true)), "3", this.state,
						"is running");
				settledOpen();
			}
			case RUNNING -> {
				must(!this.stopAsked && !this.stopAskedByParent, "19", this.state, "does not stop");
				settledOpen();
			}
			case STOPPING -> {
				must(this.services.values().stream().anyMatch(JudgedService::isLive), "18", this.state, "has ended");
				must(now() < plus(this.stopDeadline, ONE_SECOND), "18", this.state, "takes too long to stop");
			}
			default -> {
			}
		}
		must(!this.failures.isPrimary() || isStopping() || this.state == GroupState.FAILED, "6", this.state,
				"goes on in spite of a failure");
	}

	private void settledOpen() {
		must(!isLeftToAuxiliaries(), "4", this.state, "is complete");
		if (this.services.values().stream().allMatch(JudgedService::hasEndedByItself)) {
			saw(Sight.KEPT_OPEN);
		}
		for (JudgedService service : this.services.values()) {
			must(!service.isToGo(), "32", service, "is done, but has not gone");
		}
	}

	/**
	 * Nothing will happen any more: everything must have been given back.
	 */
	void over() {
		must(!this.state.isLive(), "18", this.state, "is not over");
		for (JudgedService service : this.services.values()) {
			must(!service.isLive() && service.state != ServiceState.STUCK, "18", service, "is not over");
			must(service.pass == null, "lease", service, "keeps a lease");
		}
		must(this.commands.isEmpty(), "commands", this.commands, "are not carried out");
	}

	@Override
	public String toString() {
		return this.name + " " + this.state + " " + this.services.values();
	}

}
