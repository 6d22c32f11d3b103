package io.supervisor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

import io.supervisor.faults.FaultPlayer;
import io.supervisor.faults.FaultPoint;
import io.supervisor.faults.Faults;
import org.jspecify.annotations.Nullable;

/**
 * Plays a random tree of groups while the core fails, and looks from outside whether it
 * keeps what it always keeps (rule 26): all ends in time, nothing is unsupervised, every
 * command is answered, and the group can run again.
 */
final class FaultScript {

	private static final long MILLISECOND = 1_000_000L;

	private static final long SECOND = 1000 * MILLISECOND;

	/**
	 * What the end takes beside the shutdown timeout: stacks and listeners have a second
	 * each.
	 */
	private static final long SLACK = 3 * SECOND;

	private final Random random;

	private final Faults faults;

	private final @Nullable StringBuilder text;

	private final FaultedThreads threads;

	private final RandomDefinitions definitions;

	private final List<FaultedGroup> groups = new ArrayList<>();

	private final FaultedGroup root;

	private FaultedThreads.@Nullable Actor caller;

	/**
	 * When the stop was asked for, or began by itself; -1 for not at all.
	 */
	private long stopSince = -1;

	private boolean released;

	private @Nullable RuleBroken broken;

	FaultScript(long seed, Faults faults, @Nullable StringBuilder text) {
		this.random = new Random(seed * 0x9E3779B97F4A7C15L);
		this.faults = faults;
		this.text = text;
		this.threads = new FaultedThreads(this.random, faults);
		this.definitions = new RandomDefinitions(this.random);
		this.root = new FaultedGroup(this, null, "g", 1 + this.random.nextInt(6), 0);
	}

	FaultedThreads threads() {
		return this.threads;
	}

	Random random() {
		return this.random;
	}

	RandomDefinitions definitions() {
		return this.definitions;
	}

	void include(FaultedGroup group) {
		this.groups.add(group);
	}

	/**
	 * Whether those that hang are to end.
	 */
	boolean isReleased() {
		return this.released;
	}

	void note(Supplier<String> line) {
		if (this.text != null) {
			withoutFaults(() -> {
				this.text.append(Duration.ofNanos(this.threads.elapsed())).append(' ').append(line.get()).append('\n');
			});
		}
	}

	/**
	 * Look at the core without being counted.
	 */
	private void withoutFaults(Runnable look) {
		Faults before = FaultPoint.attach(Faults.NONE);
		try {
			look.run();
		}
		finally {
			FaultPoint.attach(before);
		}
	}

	/**
	 * What a user asks for, who gets the error if there is one.
	 * @return what the user got
	 */
	@Nullable Throwable call(Runnable request) {
		Faults before = FaultPoint.attach(this.faults);
		try {
			request.run();
			return null;
		}
		catch (VirtualMachineError ex) {
			note(() -> "the user gets " + ex);
			return ex;
		}
		finally {
			FaultPoint.attach(before);
		}
	}

	void entered(FaultedGroup group, ServiceContext context, @Nullable Long handedAt) {
		note(() -> context + " begins");
		// a nested group runs on until its turn in the stop has come
		if (group == this.root && this.stopSince >= 0 && handedAt != null
				&& handedAt > Math.max(this.stopSince, this.faults.lastAt())) {
			this.broken = new RuleBroken("19", context + " is started after the stop");
		}
	}

	void play() {
		int rounds = 1 + this.random.nextInt(2);
		for (int i = 0; i < rounds; i++) {
			round(this.random.nextInt(12));
		}
		note(() -> "memory is back");
		this.faults.disable();
		round(3);
		if (!this.threads.isEmpty()) {
			throw new RuleBroken("27", "threads are left: " + this.threads.describe());
		}
	}

	private void round(int steps) {
		note(() -> "run");
		this.stopSince = -1;
		this.released = false;
		this.caller = this.threads.actor("caller", this.root.group()::run);
		for (int i = 0; i < steps && !this.caller.isOver(); i++) {
			step();
		}
		if (this.random.nextInt(4) > 0) {
			this.threads.settle();
		}
		stop();
		awaitEnd();
		withoutFaults(this::judgeEnd);
		this.released = true;
		note(() -> "all end");
		do {
			advance(10 * SECOND);
		}
		while (this.threads.elapsed() - this.faults.lastAt() < SECOND);
		withoutFaults(this::judgeRest);
	}

	private void step() {
		switch (this.random.nextInt(12)) {
			case 0, 1, 2, 3 -> advance(this.random.nextInt(3000) * MILLISECOND);
			case 4, 5, 6 -> oneOfGroups().command();
			case 7, 8 -> oneOfGroups().gate();
			case 9 -> advance(20 * SECOND);
			case 10 -> this.threads.goOn(this.random.nextInt(20));
			default -> {
				if (this.random.nextInt(4) == 0) {
					note(() -> "interrupt");
					this.caller.interrupt();
				}
			}
		}
		look();
	}

	private FaultedGroup oneOfGroups() {
		return this.groups.get(this.random.nextInt(this.groups.size()));
	}

	private void look() {
		if (this.broken != null) {
			throw this.broken;
		}
		withoutFaults(() -> {
			if (this.stopSince < 0 && this.root.group().snapshot().state() == GroupState.STOPPING) {
				this.stopSince = this.threads.elapsed();
			}
		});
	}

	/**
	 * Let time pass, and see when it stops.
	 */
	private void advance(long nanos) {
		long until = this.threads.elapsed() + nanos;
		this.threads.settle();
		look();
		while (this.threads.elapsed() < until) {
			this.threads.advance(Math.min(500 * MILLISECOND, until - this.threads.elapsed()));
			look();
		}
	}

	private void stop() {
		// one that comes before the run has no effect on it
		long patience = this.threads.elapsed() + 2 * SECOND;
		while (!isRunning() && !this.caller.isOver()) {
			if (this.threads.goOn(1)) {
				continue;
			}
			// or it has ended already, and waits a second for its listeners
			this.threads.advance(SECOND / 2);
			if (this.threads.elapsed() > patience) {
				throw new RuleBroken("26", "run() does not begin: " + state());
			}
		}
		note(() -> "stop");
		Throwable thrown;
		do {
			GroupState state = this.root.group().snapshot().state();
			thrown = call(this.root.group()::stop);
			if (thrown instanceof OutOfMemoryError && state.isLive()) {
				throw broken("26", "stop() needs memory", thrown);
			}
			if (thrown != null) {
				advance(10 * MILLISECOND);
			}
		}
		while (thrown != null);
		if (this.stopSince < 0) {
			this.stopSince = this.threads.elapsed();
		}
	}

	private boolean isRunning() {
		Faults before = FaultPoint.attach(Faults.NONE);
		try {
			return this.root.group().isRunning();
		}
		finally {
			FaultPoint.attach(before);
		}
	}

	private static RuleBroken broken(String rule, String what, @Nullable Throwable cause) {
		RuleBroken broken = new RuleBroken(rule, what);
		broken.initCause(cause);
		return broken;
	}

	/**
	 * Until all should have ended, if not before.
	 */
	private void awaitEnd() {
		this.threads.settle();
		while (!this.caller.isOver()) {
			long limit = Math.max(this.stopSince, this.faults.lastAt()) + this.root.shutdownTimeout() + SLACK;
			if (this.threads.elapsed() > limit) {
				throw new RuleBroken("26", "run() has not returned " + state());
			}
			advance(500 * MILLISECOND);
		}
	}

	/**
	 * The run of the root is over.
	 */
	private void judgeEnd() {
		Throwable thrown = this.caller.thrown;
		GroupState state = this.root.group().snapshot().state();
		note(() -> "run() is over, " + this.root.group() + ", " + thrown);
		if (state.isLive()) {
			throw broken("26", "run() is over, the group is not: " + state(), thrown);
		}
		boolean failed = thrown instanceof ServiceGroupException;
		if (thrown != null && !failed && !(thrown instanceof VirtualMachineError)) {
			throw broken("26", "run() cannot run", thrown);
		}
		if ((thrown == null || failed) && failed != (state == GroupState.FAILED)) {
			throw broken("11", "run() threw " + thrown + " and the group is " + state, thrown);
		}
		if (failed && this.root.group().failure().isEmpty()) {
			throw broken("11", "run() threw and failure() is empty", thrown);
		}
		for (FaultedGroup group : this.groups) {
			for (ServiceContext context : group.inside()) {
				judgeInside(group, context);
			}
		}
		judgeAnswers(this.root);
		// not while the late end of one that is stuck waits for memory
		if (this.root.group().loop().group().publication.isSettled()) {
			judgeCounts(this.root);
		}
	}

	/**
	 * Who is still there has been asked to go, and was given up.
	 */
	private void judgeInside(FaultedGroup group, ServiceContext context) {
		boolean over = !group.group().snapshot().state().isLive();
		ServiceState state = group.group().service(context.serviceName()).map(ServiceSnapshot::state).orElse(null);
		// FAILED or STOPPED is what has waited for an older run since (rule 21)
		if (over && state != ServiceState.STUCK && state != ServiceState.FAILED && state != ServiceState.STOPPED) {
			throw new RuleBroken("26", context + " runs unsupervised: " + state());
		}
		if (over && !context.isCancelled()) {
			throw new RuleBroken("26", context + " runs and was never cancelled: " + state());
		}
		FaultedGroup parent = group.parent();
		if (!over && parent != null && !parent.group().snapshot().state().isLive()
				&& parent.group()
					.service(group.name())
					.map(ServiceSnapshot::state)
					.orElse(null) != ServiceState.STUCK) {
			throw new RuleBroken("26", group.name() + " runs unsupervised: " + state());
		}
	}

	private void judgeAnswers(FaultedGroup group) {
		group.commands().forEach((future, command) -> {
			if (!future.isDone()) {
				throw new RuleBroken("26", "'" + command + "' is not answered: " + state());
			}
		});
		group.commands().clear();
	}

	private void judgeCounts(FaultedGroup group) {
		Map<ServiceState, Integer> counts = new EnumMap<>(ServiceState.class);
		for (ServiceSnapshot service : group.group().services()) {
			counts.merge(service.state(), 1, Integer::sum);
		}
		if (!counts.equals(group.group().snapshot().counts())) {
			throw new RuleBroken("24", "the counts are not those of the services: " + state());
		}
	}

	/**
	 * All threads of services have ended.
	 */
	private void judgeRest() {
		for (FaultedGroup group : this.groups) {
			if (group.group().snapshot().state().isLive()) {
				throw new RuleBroken("26", group.name() + " has not ended: " + state());
			}
			if (!group.inside().isEmpty()) {
				throw new RuleBroken("26", group.inside() + " are not told to end: " + state());
			}
			for (ServiceSnapshot service : group.group().services()) {
				if (service.state().isLive() || service.state() == ServiceState.STUCK) {
					throw new RuleBroken("26",
							service.name() + " has ended, and is " + service.state() + ": " + state());
				}
			}
			judgeAnswers(group);
			judgeCounts(group);
		}
	}

	private String state() {
		StringBuilder state = new StringBuilder();
		withoutFaults(() -> {
			for (FaultedGroup group : this.groups) {
				state.append('\n').append(group.group());
				group.group().services().forEach((service) -> state.append("\n  ").append(service));
			}
		});
		return state.append('\n').append(this.threads.describe()).toString();
	}

	/**
	 * Plays seeds. A public face without types of ours, so that another class loader can
	 * play them against another core.
	 */
	public static final class Player implements FaultPlayer {

		@Override
		public @Nullable Throwable play(long seed, Faults faults, @Nullable StringBuilder text) {
			Faults before = FaultPoint.attach(Faults.NONE);
			try {
				new FaultScript(seed, faults, text).play();
				return null;
			}
			catch (Throwable ex) {
				return ex;
			}
			finally {
				FaultPoint.attach(before);
			}
		}

	}

}
