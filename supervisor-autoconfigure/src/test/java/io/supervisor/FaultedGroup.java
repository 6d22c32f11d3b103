package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * A random group of a play with faults, and what its services, its executor, its gate and
 * its listener do: from outside, as an application has them.
 */
final class FaultedGroup implements Executor, RunGate, ServiceGroupListener {

	private static final long MILLISECOND = 1_000_000L;

	private final FaultScript script;

	private final FaultedThreads threads;

	private final Random random;

	private final ServiceGroup group;

	private final long shutdownTimeout;

	private final @Nullable FaultedGroup parent;

	private final String nameInParent;

	private final List<String> names = new ArrayList<>();

	/**
	 * When the run that a thread is for was handed to the executor.
	 */
	private final Map<Thread, Long> handed = new IdentityHashMap<>();

	/**
	 * The runs that services are inside of.
	 */
	private final List<ServiceContext> inside = new ArrayList<>();

	private final Map<Future<ServiceSnapshot>, String> commands = new LinkedHashMap<>();

	private final List<Pass> passes = new ArrayList<>();

	FaultedGroup(FaultScript script, @Nullable FaultedGroup parent, String name, int size, int depth) {
		this.script = script;
		this.threads = script.threads();
		this.random = script.random();
		this.parent = parent;
		this.nameInParent = name;
		RandomDefinitions definitions = script.definitions();
		this.shutdownTimeout = definitions.shutdownTimeout();
		ServiceGroup.Builder builder = ServiceGroup.builder(name)
			.executor(this, chance(0.5))
			.timing(this.threads, definitions::jitter)
			.startTimeout(RandomDefinitions.duration(definitions.startTimeout()))
			.shutdownTimeout(RandomDefinitions.duration(this.shutdownTimeout));
		if (chance(0.7)) {
			builder.listener(this);
		}
		script.note(() -> name + ": shutdown-timeout " + RandomDefinitions.duration(this.shutdownTimeout));
		for (int i = 0; i < size; i++) {
			builder.service(definition(definitions, name + "-" + i, depth));
		}
		this.group = builder.build();
		script.include(this);
	}

	private ServiceDefinition definition(RandomDefinitions definitions, String name, int depth) {
		ServiceDefinition.Builder definition;
		boolean gated = chance(0.1);
		if (definitions.nests(depth)) {
			gated = false;
			definition = ServiceDefinition.builder(name,
					new FaultedGroup(this.script, this, name, definitions.smallSize(), depth + 1).group);
		}
		else {
			definition = ServiceDefinition.builder(name, chance(0.3) ? Service.announcing(this::serve) : this::serve);
		}
		ServicePolicy policy = definitions.policy(gated);
		if (policy.restart().delay().isZero()) {
			// one that fails at once would be restarted for ever at the same moment
			policy = policy.toBuilder()
				.restart(policy.restart().toBuilder().delay(Duration.ofMillis(50)).build())
				.build();
		}
		definition.policy(policy).gate(gated ? this : null);
		for (String other : this.names) {
			if (chance(0.25)) {
				definition.dependsOn(other);
			}
		}
		this.names.add(name);
		ServiceDefinition made = definition.build();
		this.script.note(() -> name + " is " + made);
		return made;
	}

	String name() {
		return this.nameInParent;
	}

	@Nullable FaultedGroup parent() {
		return this.parent;
	}

	ServiceGroup group() {
		return this.group;
	}

	long shutdownTimeout() {
		return this.shutdownTimeout;
	}

	List<ServiceContext> inside() {
		return this.inside;
	}

	Map<Future<ServiceSnapshot>, String> commands() {
		return this.commands;
	}

	private boolean chance(double probability) {
		return this.random.nextDouble() < probability;
	}

	@Override
	public void execute(Runnable run) {
		if (chance(0.02)) {
			throw new RejectedExecutionException("full");
		}
		long delay = chance(0.2) ? this.random.nextInt(1000) * MILLISECOND : 0;
		this.handed.put(this.threads.actor("run", run, delay), this.threads.elapsed());
	}

	/**
	 * A command of a user, who may get an error for it.
	 */
	void command() {
		String name = chance(0.05) ? "unknown" : this.names.get(this.random.nextInt(this.names.size()));
		int kind = this.random.nextInt(11);
		String what = (kind < 3) ? "start"
				: (kind < 6) ? "stop" : (kind < 9) ? "restart" : (kind < 10) ? "remove" : "add";
		this.script.note(() -> what + " " + this.nameInParent + "/" + name);
		this.script.call(() -> {
			Future<ServiceSnapshot> result = switch (what) {
				case "start" -> this.group.start(name);
				case "stop" -> this.group.stop(name);
				case "restart" -> this.group.restart(name);
				case "remove" -> this.group.remove(name);
				default -> this.group
					.add(ServiceDefinition.of(this.nameInParent + "-t" + this.random.nextInt(100), this::serve));
			};
			this.commands.put(result, what + " " + name);
		});
	}

	@Override
	public void request(Pass pass) {
		this.passes.add(pass);
	}

	@Override
	public void release(Pass pass) {
		this.passes.remove(pass);
	}

	/**
	 * Something happens to a lease.
	 */
	void gate() {
		if (this.passes.isEmpty()) {
			return;
		}
		Pass pass = this.passes.get(this.random.nextInt(this.passes.size()));
		int what = this.random.nextInt(10);
		this.script.note(() -> "lease of " + pass.service() + ": " + what);
		long until = this.threads.nanoTime() + (1 + this.random.nextInt(40)) * 500 * MILLISECOND;
		this.script.call(() -> {
			switch (what) {
				case 0 -> pass.revoked();
				case 1 -> pass.handOver();
				case 2, 3 -> pass.extended(until);
				case 4 -> pass.heldBy("another", null);
				default -> pass.granted(7, until);
			}
		});
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
		this.script.note(() -> "told: " + service.name() + " " + service.state());
		if (chance(0.02)) {
			throw new IllegalStateException("a listener that fails");
		}
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot group) {
		this.script.note(() -> "told: " + group.name() + " " + group.state());
	}

	private void serve(ServiceContext context) throws Exception {
		this.script.entered(this, context, this.handed.get(Thread.currentThread()));
		this.inside.add(context);
		try {
			live(context);
			this.script.note(() -> context + " returns");
		}
		catch (Throwable ex) {
			this.script.note(() -> context + " throws " + ex);
			throw ex;
		}
		finally {
			this.inside.remove(context);
		}
	}

	private void live(ServiceContext context) throws Exception {
		if (chance(0.5)) {
			this.threads.sleep(this.random.nextInt(1000) * MILLISECOND);
		}
		if (chance(0.9)) {
			context.ready();
		}
		int kind = this.script.isReleased() ? 0 : this.random.nextInt(14);
		long nanos = this.random.nextInt(5000) * MILLISECOND;
		switch (kind) {
			case 0, 1 -> context.awaitCancellation();
			case 2, 3 -> {
				while (!context.awaitCancellation(Duration.ofMillis(700))) {
					context.heartbeat();
				}
			}
			case 4 -> context.interruptibly(() -> {
				this.threads.sleep(Duration.ofHours(1).toNanos());
				return "";
			});
			case 5 -> this.threads.sleep(nanos);
			case 6, 7 -> {
				this.threads.sleep(nanos);
				throw new IOException("gone");
			}
			case 8 -> throw new IOException("cannot begin");
			case 9 -> this.threads.sleepUntil(this.script::isReleased);
			case 10 -> {
				context.onCancel(() -> {
					throw new IllegalStateException("an action that fails");
				});
				context.onCancel(() -> {
				});
				context.awaitCancellation();
			}
			case 11 -> {
				context.awaitCancellation();
				long until = this.threads.elapsed() + nanos;
				this.threads.sleepUntil(() -> this.threads.elapsed() >= until);
			}
			case 12 -> {
				this.threads.sleep(nanos);
				this.commands.put(this.group.restart(context.serviceName()), "restart itself " + context);
				context.awaitCancellation();
			}
			default -> {
				// until it is interrupted
				this.threads.sleep(Duration.ofHours(1).toNanos());
			}
		}
	}

}
