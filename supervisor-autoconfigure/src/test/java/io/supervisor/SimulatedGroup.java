package io.supervisor;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * A group whose loop, executor and threads are the player: it looks when the script says
 * so, and a judge sees all of it from outside.
 */
final class SimulatedGroup implements Executor {

	private final RandomScript script;

	private final ServiceGroup group;

	private final Judge judge;

	/**
	 * The groups that are members of this one.
	 */
	private final Map<String, SimulatedGroup> nested = new HashMap<>();

	/**
	 * The run of another group that runs this one.
	 */
	private @Nullable SimulatedRun parent;

	private @Nullable Registration parentCancel;

	private boolean claimed;

	private boolean interruptPending;

	/**
	 * Whether something may have happened since the judge had a look.
	 */
	private boolean touched;

	SimulatedGroup(RandomScript script, RandomDefinitions definitions, String name, int size, int depth) {
		this.script = script;
		long startTimeout = definitions.startTimeout();
		long shutdownTimeout = definitions.shutdownTimeout();
		boolean keepOpen = definitions.keepsOpen();
		this.judge = new Judge(name, script.threads(), script.coverage(), startTimeout, shutdownTimeout, keepOpen);
		ServiceGroup.Builder builder = ServiceGroup.builder(name)
			.executor(this, false)
			.listener(this.judge)
			.timing(script.threads(), definitions::jitter)
			.startTimeout(RandomDefinitions.duration(startTimeout))
			.shutdownTimeout(RandomDefinitions.duration(shutdownTimeout))
			.keepOpen(keepOpen);
		script.note(() -> "%s: start-timeout %s, shutdown-timeout %s%s".formatted(name,
				RandomDefinitions.duration(startTimeout), RandomDefinitions.duration(shutdownTimeout),
				keepOpen ? ", kept open" : ""));
		for (int i = 0; i < size; i++) {
			builder.service(definition(definitions, "s" + i, depth));
		}
		this.group = builder.build();
	}

	private ServiceDefinition definition(RandomDefinitions definitions, String name, int depth) {
		ServiceDefinition definition;
		if (definitions.nests(depth)) {
			SimulatedGroup child = this.script.group(definitions, this.judge.name() + "." + name,
					definitions.smallSize(), depth + 1);
			this.nested.put(name, child);
			definition = definitions.nested(name, child.group, this.judge);
		}
		else {
			definition = definitions.service(name, this.judge, new SimulatedGate(this, this.script));
		}
		this.script.note(
				() -> name() + " has " + definition + (definition.service().announcesReadiness() ? " announcing" : ""));
		this.judge.include(definition);
		return definition;
	}

	String name() {
		return this.judge.name();
	}

	ServiceGroup group() {
		return this.group;
	}

	Judge judge() {
		return this.judge;
	}

	private GroupLoop loop() {
		return this.group.loop();
	}

	boolean isLive() {
		return this.group.snapshot().state().isLive();
	}

	/**
	 * Begin a run of the group.
	 * @param resume whether it takes up only what a stop has ended
	 * @param parent the run that it is a part of, if any
	 * @param stopFirst whether somebody stops it before it has begun
	 */
	void begin(boolean resume, @Nullable SimulatedRun parent, boolean stopFirst) {
		loop().claim();
		this.claimed = true;
		if (resume) {
			loop().resume();
			this.script.saw(Sight.GROUP_RESUMED);
		}
		this.judge.begins(resume, (parent != null) ? parent.judged : null);
		this.parent = parent;
		if (parent == null) {
			if (stopFirst) {
				this.script.saw(Sight.STOPPED_BEFORE_BEGIN);
				stop();
			}
			loop().acquire();
			loop().begin(null, null);
		}
		else {
			if (parent.run.isCancelled()) {
				this.judge.stopAskedByParent();
			}
			this.parentCancel = loop().stopWith(parent.run);
			loop().acquire();
			loop().begin(parent.run, () -> {
				parent.group.judge.readied(parent.judged);
				parent.run.ready();
			});
		}
		listen();
	}

	void stop() {
		this.judge.stopAsked(this.claimed);
		this.group.stop();
		touch();
	}

	void stopNow() {
		this.judge.stopNowAsked(this.claimed);
		this.group.stopNow();
		touch();
	}

	/**
	 * The cancel of the run that runs this group arrives.
	 */
	void stopWith(SimulatedRun run) {
		if (this.parent == run) {
			this.judge.stopAskedByParent();
		}
		touch();
	}

	/**
	 * Interrupt the thread that runs the group.
	 */
	void interrupt() {
		this.interruptPending = isLive();
		touch();
	}

	/**
	 * Whether the loop would not wait.
	 */
	boolean isAwake() {
		return isLive() && (this.interruptPending || loop().hasSignals() || loop().hasWork() || isDue());
	}

	boolean isDue() {
		return isLive() && loop().untilNextDeadline() == 0;
	}

	long untilNextDeadline() {
		return isLive() ? loop().untilNextDeadline() : Durations.NONE;
	}

	/**
	 * Let the loop have a look.
	 */
	void turn() {
		boolean interrupt = this.interruptPending;
		this.interruptPending = false;
		this.judge.turnBegins(interrupt);
		if (interrupt) {
			Thread.currentThread().interrupt();
		}
		loop().turn();
		Thread.interrupted();
		listen();
		if (!isLive()) {
			end();
		}
	}

	private void end() {
		this.claimed = false;
		loop().release();
		listen();
		SimulatedRun parent = this.parent;
		if (parent != null) {
			this.parent = null;
			if (this.parentCancel != null) {
				this.parentCancel.close();
			}
			parent.end(this.group.failure().orElse(null));
			this.script.left(parent);
		}
	}

	/**
	 * Let the judge hear of what has happened.
	 */
	private void listen() {
		loop().awaitListeners();
		this.judge.turnEnds();
		this.touched = true;
	}

	/**
	 * Something was asked of the group: one that does not run answers at once.
	 */
	void touch() {
		this.touched = true;
	}

	/**
	 * The loop would wait now.
	 */
	void settled(boolean timeHasPassed) {
		if (this.touched || timeHasPassed) {
			if (this.touched && !isLive()) {
				listen();
			}
			this.touched = false;
			this.judge.settled(this.group);
		}
	}

	void command(Command.Kind kind, String service) {
		Future<ServiceSnapshot> result = switch (kind) {
			case START -> this.group.start(service);
			case STOP -> this.group.stop(service);
			case RESTART -> this.group.restart(service);
			case REMOVE -> this.group.remove(service);
			case ADD -> throw new IllegalArgumentException("needs a definition");
		};
		this.judge.command(kind, service, null, result);
		touch();
	}

	void add(RandomDefinitions definitions, String name) {
		ServiceDefinition definition = definitions.service(name, this.judge, new SimulatedGate(this, this.script));
		this.script.note(() -> "add " + definition);
		this.judge.command(Command.Kind.ADD, name, definition, this.group.add(definition));
		touch();
	}

	@Override
	public void execute(Runnable task) {
		Run run = (Run) task;
		JudgedRun.Handling handling = this.script.handling();
		this.script.note(() -> name() + "/" + run + " is handed to the executor: " + handling);
		JudgedRun judged = this.judge.handed(run.member().definition(), run.attempt(), handling);
		switch (handling) {
			case REFUSED -> throw new RejectedExecutionException("full");
			case CALLED_IN_THE_LOOP -> task.run();
			case ACCEPTED -> this.script.submitted(this, run, judged, this.nested.get(run.serviceName()));
		}
	}

}
