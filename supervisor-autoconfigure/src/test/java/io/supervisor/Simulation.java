package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A group on simulated time and without threads: the test is the loop, the threads of the
 * runs and the clock, and decides what happens and in which order. The code between the
 * executor and the service is the real one.
 */
final class Simulation implements Executor {

	private SimulatedTime time = new SimulatedTime();

	private final ServiceGroup.Builder builder = ServiceGroup.builder("test").executor(this, false);

	/**
	 * All runs that were handed to the executor.
	 */
	private final List<Run> history = new ArrayList<>();

	/**
	 * The latest run of each service.
	 */
	private final Map<String, Run> runs = new LinkedHashMap<>();

	private final List<Run> submitted = new ArrayList<>();

	private final Queue<Transition> transitions = new ConcurrentLinkedQueue<>();

	private boolean entersByItself = true;

	/**
	 * Whether the test owns the group, as the thread of the loop does while it runs.
	 */
	private boolean owning;

	private DoubleSupplier random = () -> 0.5;

	private Consumer<Run> whenSubmitted = (run) -> {
	};

	private Runnable beforeFirstTurn = () -> {
	};

	private @Nullable ServiceGroup group;

	private @Nullable Throwable refusal;

	Simulation() {
		this.builder.listener(new ServiceGroupListener() {

			@Override
			public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
				Simulation.this.transitions.add(new Transition(service.name(), from, service.state()));
			}

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot group) {
				Simulation.this.transitions.add(new Transition(group.name(), from, group.state()));
			}

		});
	}

	/**
	 * A simulation of plain services with the default policy.
	 */
	static Simulation of(String... names) {
		Simulation simulation = new Simulation();
		for (String name : names) {
			simulation.service(name, (policy) -> {
			});
		}
		return simulation;
	}

	Simulation with(Consumer<ServiceGroup.Builder> settings) {
		settings.accept(this.builder);
		return this;
	}

	Simulation service(String name, Consumer<ServicePolicy.Builder> policy, String... dependencies) {
		return add(name, (context) -> {
		}, policy, dependencies);
	}

	Simulation announcing(String name, Consumer<ServicePolicy.Builder> policy, String... dependencies) {
		return add(name, Service.announcing((context) -> {
		}), policy, dependencies);
	}

	private Simulation add(String name, Service service, Consumer<ServicePolicy.Builder> policy,
			String... dependencies) {
		ServicePolicy.Builder builder = ServicePolicy.builder();
		policy.accept(builder);
		this.builder
			.service(ServiceDefinition.builder(name, service).policy(builder.build()).dependsOn(dependencies).build());
		return this;
	}

	/**
	 * Share the time with another simulation, which is advanced by itself.
	 */
	Simulation sharing(SimulatedTime time) {
		this.time = time;
		return this;
	}

	/**
	 * Runs are not entered before the test calls {@link #enter(String)}.
	 */
	Simulation withSlowExecutor() {
		this.entersByItself = false;
		return this;
	}

	/**
	 * The executor refuses the next run.
	 */
	Simulation refusingOnce(Throwable refusal) {
		this.refusal = refusal;
		return this;
	}

	/**
	 * Look at each run when the loop hands it to the executor.
	 */
	Simulation whenSubmitted(Consumer<Run> look) {
		this.whenSubmitted = look;
		return this;
	}

	/**
	 * Where in its jitter each delay is, from 0 to 1.
	 */
	Simulation withRandom(DoubleSupplier random) {
		this.random = random;
		return this;
	}

	ServiceGroup group() {
		if (this.group == null) {
			this.group = this.builder.timing(this.time, () -> this.random.getAsDouble()).build();
		}
		return this.group;
	}

	private GroupLoop loop() {
		return group().loop();
	}

	/**
	 * Do something right after the group has been started, before the loop has a look.
	 */
	Simulation beforeFirstTurn(Runnable action) {
		this.beforeFirstTurn = action;
		return this;
	}

	/**
	 * Begin a run of the group.
	 */
	Simulation start() {
		loop().claim();
		return runClaimed();
	}

	/**
	 * Begin a run of the group with what a stop has ended.
	 */
	Simulation resume() {
		loop().claim();
		loop().resume();
		return runClaimed();
	}

	/**
	 * Begin a run of the group as a member of another one.
	 */
	Simulation startIn(ServiceContext parent) {
		loop().claim();
		loop().stopWith(parent);
		return runClaimed(parent, parent::ready);
	}

	/**
	 * Begin a run of the group that was claimed.
	 */
	Simulation runClaimed() {
		return runClaimed(null, null);
	}

	private Simulation runClaimed(@Nullable ServiceContext parent, @Nullable Runnable onRunning) {
		loop().acquire();
		this.owning = true;
		loop().begin(parent, onRunning);
		this.beforeFirstTurn.run();
		return settle();
	}

	/**
	 * Let the loop do what there is to do, until it would wait.
	 */
	Simulation settle() {
		boolean more = true;
		while (more) {
			more = isLive() && (loop().turn() || loop().untilNextDeadline() == 0) && isLive();
			if (this.entersByItself) {
				for (Run run : List.copyOf(this.submitted)) {
					enter(run);
					more = true;
				}
			}
			if (!isLive()) {
				if (!this.owning) {
					loop().acquire();
				}
				this.owning = false;
				loop().release();
			}
		}
		return this;
	}

	/**
	 * Wait for a signal from another thread, and let the loop handle it.
	 */
	Simulation awaitSignal() {
		Awaitility.await().until(loop()::hasSignals);
		return settle();
	}

	private boolean isLive() {
		return group().snapshot().state().isLive();
	}

	/**
	 * Let time pass, stopping at each deadline on the way.
	 */
	Simulation advance(Duration duration) {
		long left = duration.toNanos();
		settle();
		while (isLive()) {
			long step = Math.min(left, loop().untilNextDeadline());
			this.time.advance(step);
			left -= step;
			settle();
			if (left == 0) {
				return this;
			}
		}
		this.time.advance(left);
		return this;
	}

	/**
	 * Let time pass from deadline to deadline until something has come about.
	 */
	Simulation advanceUntil(BooleanSupplier condition) {
		settle();
		while (!condition.getAsBoolean()) {
			advance(Duration.ofNanos(loop().untilNextDeadline()));
		}
		return this;
	}

	/**
	 * Let time pass without the loop having a look: a paused process.
	 */
	Simulation pause(Duration duration) {
		this.time.advance(duration.toNanos());
		return settle();
	}

	Duration elapsed() {
		return this.time.elapsed();
	}

	Instant instant() {
		return this.time.instant();
	}

	@Override
	public void execute(Runnable task) {
		Throwable refusal = this.refusal;
		if (refusal != null) {
			this.refusal = null;
			if (refusal instanceof Error error) {
				throw error;
			}
			throw (RuntimeException) refusal;
		}
		Run run = (Run) task;
		this.whenSubmitted.accept(run);
		this.history.add(run);
		this.runs.put(run.serviceName(), run);
		this.submitted.add(run);
	}

	/**
	 * The executor begins the submitted run.
	 */
	Simulation enter(String name) {
		enter(run(name));
		return settle();
	}

	/**
	 * The executor begins the run, and the loop has not looked yet.
	 */
	void enter(Run run) {
		this.submitted.remove(run);
		if (run.begin(new Thread(() -> {
		}, run.serviceName()))) {
			run.announceEntry();
		}
	}

	/**
	 * The latest run of a service.
	 */
	Run run(String name) {
		Run run = this.runs.get(name);
		if (run == null) {
			throw new AssertionError("'" + name + "' was never handed to the executor");
		}
		return run;
	}

	List<Run> history() {
		return this.history;
	}

	/**
	 * Handed to the executor and not begun yet.
	 */
	List<Run> submitted() {
		return List.copyOf(this.submitted);
	}

	boolean wasRun(String name) {
		return this.runs.containsKey(name);
	}

	Simulation ready(String name) {
		run(name).ready();
		return settle();
	}

	Simulation beat(String name) {
		run(name).heartbeat();
		return this;
	}

	/**
	 * The run returns.
	 */
	Simulation end(String name) {
		return end(run(name), null);
	}

	/**
	 * The run throws.
	 */
	Simulation fail(String name, Throwable thrown) {
		return end(run(name), thrown);
	}

	Simulation end(Run run, @Nullable Throwable thrown) {
		endUnseen(run, thrown);
		return settle();
	}

	/**
	 * The run ends, and the loop has not looked yet.
	 */
	Simulation endUnseen(Run run, @Nullable Throwable thrown) {
		run.conclude(thrown, run.leave());
		run.loop().post(run);
		return this;
	}

	/**
	 * All runs that were cancelled return.
	 */
	Simulation endCancelled() {
		List.copyOf(this.runs.values())
			.stream()
			.filter((run) -> run.isCancelRequested() && !run.isEnded())
			.forEach((run) -> end(run, null));
		return this;
	}

	/**
	 * The services whose latest run was cancelled.
	 */
	List<String> cancelled() {
		return this.runs.values().stream().filter(Run::isCancelRequested).map(Run::serviceName).toList();
	}

	ServiceState state(String name) {
		return snapshot(name).state();
	}

	ServiceSnapshot snapshot(String name) {
		return group().service(name).orElseThrow();
	}

	GroupState state() {
		return group().snapshot().state();
	}

	/**
	 * All transitions so far, as the listener was told of them.
	 */
	List<Transition> transitions() {
		loop().awaitListeners();
		return List.copyOf(this.transitions);
	}

	/**
	 * All transitions so far, such as {@code a RUNNING}.
	 */
	List<String> trail() {
		return transitions().stream().map(Transition::toString).toList();
	}

	/**
	 * A transition of a service or of the group.
	 */
	record Transition(String name, Enum<?> from, Enum<?> to) {

		Enum<?> initial() {
			return (this.from instanceof ServiceState) ? ServiceState.NEW : GroupState.NEW;
		}

		boolean isLegal() {
			return (this.from instanceof ServiceState service) ? service.canMoveTo((ServiceState) this.to)
					: ((GroupState) this.from).canMoveTo((GroupState) this.to);
		}

		@Override
		public String toString() {
			return this.name + " " + this.to;
		}

	}

}
