package io.supervisor;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * A random group to which random things happen, in simulated time; after each of them it
 * must be in an order that the rules allow. What it did is in its {@link #toString()}.
 */
final class RandomGroup {

	private static final Duration FOR_EVER = Duration.ofDays(100_000);

	private static final Duration LONGEST_INTERRUPT_PERIOD = Duration.ofSeconds(5);

	private static final List<Duration> STEPS = List.of(Duration.ZERO, Duration.ofMillis(1), Duration.ofMillis(600),
			Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(61));

	private final Random random;

	private final Simulation simulation = new Simulation();

	private final StringBuilder script = new StringBuilder();

	private final List<Future<ServiceSnapshot>> futures = new ArrayList<>();

	private final List<String> violations = new ArrayList<>();

	private final List<String> names = new ArrayList<>();

	private final Duration startTimeout;

	private final Duration shutdownTimeout;

	/**
	 * How many runs there were when the group was asked to stop.
	 */
	private int runsAtStop = -1;

	private Duration startedAt = Duration.ZERO;

	private boolean interrupted;

	RandomGroup(long seed) {
		this.random = new Random(seed);
		this.startTimeout = oneOf(Duration.ofSeconds(30), Duration.ofSeconds(2), FOR_EVER);
		this.shutdownTimeout = oneOf(Duration.ofSeconds(25), Duration.ofSeconds(4), Duration.ZERO);
		int size = 1 + this.random.nextInt(10);
		this.simulation
			.with((builder) -> builder.startTimeout(this.startTimeout).shutdownTimeout(this.shutdownTimeout));
		this.simulation.whenSubmitted(this::checkStart);
		this.simulation.withRandom(this.random::nextDouble);
		if (chance(0.5)) {
			this.simulation.withSlowExecutor();
		}
		note("startTimeout %s, shutdownTimeout %s", this.startTimeout, this.shutdownTimeout);
		for (int i = 0; i < size; i++) {
			ServiceDefinition definition = definition("s" + i);
			this.simulation.with((builder) -> builder.service(definition));
		}
	}

	private ServiceDefinition definition(String name) {
		Service service = (context) -> {
		};
		List<String> dependencies = this.names.stream().filter((other) -> chance(0.25)).toList();
		ServiceDefinition definition = ServiceDefinition
			.builder(name, chance(0.3) ? Service.announcing(service) : service)
			.policy(policy())
			.dependsOn(dependencies.toArray(new String[0]))
			.build();
		this.names.add(name);
		note("%s%s", definition, definition.service().announcesReadiness() ? " announcing" : "");
		return definition;
	}

	private ServicePolicy policy() {
		RestartPolicy restart = RestartPolicy.builder()
			.mode(oneOf(RestartPolicy.Mode.values()))
			.scope(oneOf(RestartPolicy.Scope.values()))
			.delay(oneOf(Duration.ZERO, Duration.ofSeconds(1)))
			.maxRestarts(oneOf(0, 1, 2, RestartPolicy.UNLIMITED))
			.resetAfter(oneOf(Duration.ofSeconds(5), Duration.ofSeconds(60)))
			.build();
		return ServicePolicy.builder()
			.critical(chance(0.4))
			.onCompletion(chance(0.8) ? OnCompletion.CONTINUE : oneOf(OnCompletion.values()))
			.gracePeriod(oneOf(Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ZERO, FOR_EVER))
			.interruptPeriod(oneOf(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ZERO))
			.heartbeatTimeout(chance(0.2) ? Duration.ofSeconds(2) : null)
			.restart(restart)
			.build();
	}

	/**
	 * Run the group up to three times, and let things happen to it.
	 */
	void play() {
		int rounds = 1 + this.random.nextInt(3);
		for (int i = 0; i < rounds; i++) {
			playRound();
		}
		endAllRuns();
		must(this.futures.stream().allMatch(Future::isDone), "carry out all commands, but %s", this.futures);
		checkTransitions();
	}

	private void playRound() {
		boolean resume = chance(0.3);
		note(resume ? "resume" : "start");
		this.runsAtStop = -1;
		this.interrupted = false;
		this.startedAt = this.simulation.elapsed();
		if (resume) {
			this.simulation.resume();
		}
		else {
			this.simulation.start();
		}
		check();
		int steps = 5 + this.random.nextInt(60);
		for (int i = 0; i < steps && isLive(); i++) {
			step();
		}
		stop();
		this.simulation.settle();
		check();
		for (int i = this.random.nextInt(10); i > 0 && isLive(); i--) {
			step();
		}
		note("wait for the end");
		this.simulation.advance(this.shutdownTimeout);
		must(!isLive(), "have ended within its shutdown timeout");
		check();
		if (chance(0.5)) {
			endAllRuns();
		}
		for (int i = this.random.nextInt(4); i > 0; i--) {
			command();
		}
		this.simulation.settle();
		check();
	}

	private void step() {
		switch (this.random.nextInt(12)) {
			case 0, 1 -> enter();
			case 2, 3 -> ready();
			case 4 -> end(null);
			case 5, 6 -> end(oneOf(new IOException("gone"), new InterruptedException(), new SocketException("closed"),
					new UnrecoverableServiceException("no"), new LinkageError("no such class")));
			case 7, 8 -> advance();
			case 9, 10 -> command();
			default -> rare();
		}
		if (chance(0.7)) {
			note("settle");
			this.simulation.settle();
			check();
		}
	}

	private void rare() {
		switch (this.random.nextInt(6)) {
			case 0 -> {
				if (chance(0.3)) {
					stop();
				}
			}
			case 1 -> {
				if (chance(0.3)) {
					note("interrupt");
					this.interrupted = true;
					Thread.currentThread().interrupt();
				}
			}
			case 2 -> {
				Duration duration = oneOf(STEPS);
				note("pause %s", duration);
				this.simulation.pause(duration);
				check();
			}
			case 3 -> {
				note("all beat");
				liveRuns().forEach(Run::heartbeat);
			}
			case 4 -> {
				note("the executor refuses the next one");
				this.simulation.refusingOnce(new RejectedExecutionException("full"));
			}
			default -> add();
		}
	}

	private void enter() {
		List<Run> submitted = this.simulation.submitted();
		if (!submitted.isEmpty()) {
			Run run = oneOf(submitted);
			note("enter %s", run);
			this.simulation.enter(run);
		}
	}

	private void ready() {
		List<Run> runs = liveRuns();
		if (!runs.isEmpty()) {
			Run run = oneOf(runs);
			if (run.member().announces()) {
				note("ready %s", run);
				run.ready();
			}
		}
	}

	private void end(@Nullable Throwable thrown) {
		List<Run> runs = liveRuns();
		if (!runs.isEmpty()) {
			Run run = oneOf(runs);
			note("end %s %s", run, thrown);
			this.simulation.endUnseen(run, thrown);
		}
	}

	private void endAllRuns() {
		note("all end");
		liveRuns().forEach((run) -> this.simulation.endUnseen(run, null));
		this.simulation.settle();
	}

	private void advance() {
		Duration duration = oneOf(STEPS);
		note("advance %s", duration);
		this.simulation.advance(duration);
		check();
	}

	private void command() {
		String name = oneOf(this.names);
		int kind = this.random.nextInt(10);
		note("%s %s", (kind < 3) ? "start" : (kind < 6) ? "stop" : (kind < 9) ? "restart" : "remove", name);
		ServiceGroup group = this.simulation.group();
		this.futures.add((kind < 3) ? group.start(name)
				: (kind < 6) ? group.stop(name) : (kind < 9) ? group.restart(name) : group.remove(name));
	}

	private void add() {
		this.names.removeIf((name) -> this.simulation.group().service(name).isEmpty());
		String name = "t" + this.script.length();
		note("add %s", name);
		this.futures.add(this.simulation.group().add(definition(name)));
	}

	private void stop() {
		note("stop");
		this.simulation.group().stop();
	}

	/**
	 * What must hold whenever the loop has nothing to do at the moment.
	 */
	private void check() {
		GroupSnapshot group = this.simulation.group().snapshot();
		List<ServiceSnapshot> services = this.simulation.group().services();
		must(this.violations.isEmpty(), "keep the rules when it starts a run, but %s", this.violations);
		Map<ServiceState, Integer> counts = new EnumMap<>(ServiceState.class);
		services.forEach((service) -> counts.merge(service.state(), 1, Integer::sum));
		must(counts.equals(group.counts()), "count %s, but %s", services, group.counts());
		checkFailures(group);
		checkRunsAfterStop();
		for (ServiceSnapshot service : services) {
			checkService(group.state(), member(service.name()));
		}
		checkGroup(group.state(), services);
	}

	private void checkFailures(GroupSnapshot group) {
		Set<ServiceFailure> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
		distinct.addAll(group.failures());
		must(distinct.size() == group.failures().size(), "have each failure once, but %s", group.failures());
		must(distinct.stream().noneMatch((failure) -> failure.service().equals("supervisor")),
				"be free of defects, but %s", group.failures());
		ServiceGroupException error = this.simulation.group().failure().orElse(null);
		if (error == null) {
			must(group.state() != GroupState.FAILED, "have an error");
			return;
		}
		must(group.failed(), "have no error, but %s", error);
		must(distinct.containsAll(error.failures()), "have all of %s in %s", error.failures(), distinct);
		must(group.reason().orElseThrow().equals("'" + error.failures().get(0).service() + "' failed"),
				"name the first of %s, but %s", error.failures(), group.reason());
	}

	private void checkRunsAfterStop() {
		GroupState state = this.simulation.state();
		if (this.runsAtStop < 0 && state != GroupState.STARTING && state != GroupState.RUNNING) {
			this.runsAtStop = this.simulation.history().size();
		}
		must(this.runsAtStop < 0 || this.runsAtStop == this.simulation.history().size(), "start nothing after a stop");
	}

	/**
	 * Called by the loop, as the executor.
	 */
	private void checkStart(Run run) {
		for (Run other : liveRuns()) {
			if (other.member() == run.member()) {
				this.violations.add(run + " began beside " + other);
			}
		}
		for (Member dependency : run.member().dependencies) {
			if (isMissing(dependency)) {
				this.violations.add(run + " began without " + dependency);
			}
		}
	}

	private void checkService(GroupState group, Member member) {
		Run run = member.run;
		switch (member.state) {
			case NEW -> must(group != GroupState.RUNNING && group != GroupState.STOPPING, "start %s", member);
			case WAITING -> must(
					member.older != null || isHeldBack(member) || member.dependencies.stream()
						.anyMatch((dependency) -> isMissing(dependency) && dependency.state != ServiceState.FAILED),
					"have something to wait for: %s", member);
			case STARTING, RUNNING -> {
				must(run != null && !run.isEnded() && !run.isCancelled(), "have a run: %s", member);
				must(group != GroupState.STOPPING || hasLiveDependents(member), "cancel %s", member);
			}
			case BACKOFF -> must(member.isSet() || member.delayOver, "start %s again", member);
			case STOPPING, STUCK -> must(run != null && run.isCancelled() && !run.isEnded(), "wait for %s", member);
			case STOPPED, COMPLETED, FAILED -> must(run == null, "have forgotten the run of %s", member);
		}
		if (group != GroupState.STARTING && group != GroupState.RUNNING) {
			must(member.state != ServiceState.WAITING && member.state != ServiceState.BACKOFF, "have stopped %s",
					member);
		}
		must(member.isSet() == mayHaveDeadline(group, member) || member.delayOver, "look after %s (deadline: %s)",
				member, member.isSet());
		must(member.pending == null || run != null || member.older != null, "carry out %s", member.pending);
		checkOrderOfStop(member);
	}

	private boolean mayHaveDeadline(GroupState group, Member member) {
		return switch (member.state) {
			case NEW, STUCK, STOPPED, COMPLETED, FAILED -> false;
			case WAITING -> member.older != null && !this.startTimeout.equals(FOR_EVER);
			case STARTING -> group == GroupState.RUNNING && !this.startTimeout.equals(FOR_EVER)
					|| (group == GroupState.STOPPING && member.isSet());
			case RUNNING -> member.heartbeatTimeout() != Durations.NONE;
			case BACKOFF -> true;
			case STOPPING -> member.interrupted || member.gracePeriod() != Durations.NONE;
		};
	}

	/**
	 * Unless it was forced, the group cancels each after those that depend on it.
	 */
	private void checkOrderOfStop(Member member) {
		CancellationCause cause = member.cause;
		if (member.state != ServiceState.STOPPING || cause == null || !hasLiveDependents(member)) {
			return;
		}
		Instant force = this.simulation.group()
			.snapshot()
			.since()
			.plus(this.shutdownTimeout)
			.minus(LONGEST_INTERRUPT_PERIOD);
		boolean forced = this.interrupted || !force.isAfter(this.simulation.instant());
		must(forced || !Set
			.of(CancellationCause.Kind.GROUP_FAILURE, CancellationCause.Kind.SHUTDOWN,
					CancellationCause.Kind.DEPENDENCY)
			.contains(cause.kind()), "cancel %s after those that depend on it", member);
	}

	private static boolean hasLiveDependents(Member member) {
		return member.dependents.stream().anyMatch((dependent) -> dependent.state.isLive());
	}

	private static boolean isHeldBack(Member member) {
		return member.heldBy != null && member.heldBy.state == ServiceState.BACKOFF;
	}

	/**
	 * Whether those that depend on it may not start.
	 */
	private static boolean isMissing(Member dependency) {
		return switch (dependency.state) {
			case COMPLETED -> false;
			case RUNNING -> dependency.doom != null;
			default -> true;
		};
	}

	private void checkGroup(GroupState state, List<ServiceSnapshot> services) {
		switch (state) {
			case NEW -> throw new AssertionError("it was started");
			case STARTING -> {
				must(services.stream().anyMatch((service) -> switch (service.state()) {
					case NEW, STARTING, BACKOFF, STOPPING -> true;
					case WAITING -> !waitsForOneStoppedByHand(member(service.name()));
					default -> false;
				}), "be running");
				must(this.simulation.elapsed().minus(this.startedAt).compareTo(this.startTimeout) < 0,
						"have started by now");
			}
			case RUNNING -> must(services.stream()
				.anyMatch((service) -> service.state() != ServiceState.COMPLETED
						&& (service.state() != ServiceState.FAILED || service.critical())),
					"have completed");
			case STOPPING -> must(services.stream().anyMatch((service) -> service.state().isLive()), "have ended");
			case STOPPED, COMPLETED, FAILED ->
				must(services.stream().noneMatch((service) -> service.state().isLive()), "have ended altogether");
		}
	}

	private static boolean waitsForOneStoppedByHand(Member member) {
		List<Member> missing = member.dependencies.stream().filter(RandomGroup::isMissing).toList();
		return member.state == ServiceState.WAITING && member.older == null && !isHeldBack(member) && !missing.isEmpty()
				&& missing.stream()
					.allMatch((dependency) -> dependency.state == ServiceState.STOPPED
							|| waitsForOneStoppedByHand(dependency));
	}

	/**
	 * The listeners saw each transition once, in order, and no illegal one.
	 */
	private void checkTransitions() {
		Map<String, Enum<?>> states = new HashMap<>();
		for (Simulation.Transition transition : this.simulation.transitions()) {
			Enum<?> before = states.put(transition.name(), transition.to());
			must(transition.from() == ((before != null) ? before : transition.initial()), "go from %s: %s", before,
					transition);
			must(transition.isLegal(), "not go so: %s", transition);
		}
		for (ServiceSnapshot service : this.simulation.group().services()) {
			must(states.getOrDefault(service.name(), ServiceState.NEW) == service.state(), "tell of %s", service);
		}
	}

	private static void must(boolean condition, String what, @Nullable Object... args) {
		if (!condition) {
			throw new AssertionError("It must " + what.formatted(args));
		}
	}

	private List<Run> liveRuns() {
		return this.simulation.history().stream().filter((run) -> run.hasBegun() && !run.isEnded()).toList();
	}

	private Member member(String name) {
		Member member = this.simulation.group().loop().member(name);
		return Objects.requireNonNull(member, name);
	}

	private boolean isLive() {
		return this.simulation.state().isLive();
	}

	private boolean chance(double probability) {
		return this.random.nextDouble() < probability;
	}

	@SafeVarargs
	private <T> T oneOf(T... values) {
		return values[this.random.nextInt(values.length)];
	}

	private <T> T oneOf(List<T> values) {
		return values.get(this.random.nextInt(values.size()));
	}

	private void note(String format, @Nullable Object... args) {
		this.script.append(this.simulation.elapsed()).append(' ').append(format.formatted(args)).append('\n');
	}

	@Override
	public String toString() {
		return this.script + "" + this.simulation.group() + "\n" + this.simulation.group().services();
	}

}
