package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.supervisor.faults.FaultPlayer;
import io.supervisor.faults.FaultPoint;
import io.supervisor.faults.Faults;
import org.jspecify.annotations.Nullable;

/**
 * A random group on real threads whose core fails once, wherever a thread of it happens
 * to be.
 */
public final class FaultStress implements FaultPlayer {

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(2);

	/**
	 * Long, for a machine that is busy.
	 */
	private static final long PATIENCE = Duration.ofSeconds(20).toMillis();

	private static final int SERVICES = 6;

	private final Queue<ServiceContext> inside = new ConcurrentLinkedQueue<>();

	private final Queue<Future<ServiceSnapshot>> commands = new ConcurrentLinkedQueue<>();

	private final AtomicInteger groups = new AtomicInteger();

	@Override
	public @Nullable Throwable play(long seed, Faults faults, @Nullable StringBuilder text) {
		this.inside.clear();
		this.commands.clear();
		Faults before = FaultPoint.attach(Faults.NONE);
		FaultPoint.attachEverywhere(faults);
		try {
			play(new Random(seed), faults);
			return null;
		}
		catch (Throwable ex) {
			return ex;
		}
		finally {
			faults.disable();
			FaultPoint.attachEverywhere(null);
			FaultPoint.attach(before);
		}
	}

	private void play(Random random, Faults faults) throws Exception {
		ServiceGroup group = group(random);
		run(group, random, faults);
		faults.disable();
		run(group, random, faults);
	}

	private void run(ServiceGroup group, Random random, Faults faults) throws Exception {
		Throwable[] thrown = new Throwable[1];
		Thread caller = new Thread(() -> {
			try {
				group.run();
			}
			catch (Throwable ex) {
				thrown[0] = ex;
			}
		}, "caller");
		caller.setDaemon(true);
		caller.start();
		Thread user = new Thread(() -> use(group, caller, new Random(random.nextLong())), "user");
		user.setDaemon(true);
		user.start();
		user.join(PATIENCE);
		caller.join(PATIENCE);
		if (user.isAlive() || caller.isAlive()) {
			throw broken("run() has not returned: ", group, caller);
		}
		GroupSnapshot snapshot = group.snapshot();
		if (snapshot.state().isLive()) {
			throw broken("run() is over, with " + thrown[0] + ", and the group is not: ", group, caller);
		}
		if ((thrown[0] == null || thrown[0] instanceof ServiceGroupException)
				&& (thrown[0] != null) != (snapshot.state() == GroupState.FAILED)) {
			throw broken("run() threw " + thrown[0], group, caller);
		}
		for (ServiceContext context : this.inside) {
			if (group.service(context.serviceName()).orElseThrow().state() != ServiceState.STUCK) {
				throw broken(context + " runs unsupervised: ", group, caller);
			}
		}
		for (Future<ServiceSnapshot> command : this.commands) {
			if (!command.isDone()) {
				throw broken("a command is not answered: ", group, caller);
			}
		}
	}

	/**
	 * Ask for this and that, then for the end until the group has heard it.
	 */
	private void use(ServiceGroup group, Thread caller, Random random) {
		// a stop that comes before the run has no effect on it
		while (!group.isRunning() && caller.isAlive()) {
			Thread.onSpinWait();
		}
		for (int i = random.nextInt(20); i > 0; i--) {
			LockSupport.parkNanos(random.nextInt(1_000_000));
			try {
				String name = "s" + random.nextInt(SERVICES);
				this.commands.add((random.nextBoolean()) ? group.restart(name) : group.stop(name));
			}
			catch (VirtualMachineError ex) {
				// so the user knows
			}
		}
		while (true) {
			try {
				group.stop();
				return;
			}
			catch (VirtualMachineError ex) {
				LockSupport.parkNanos(100_000);
			}
		}
	}

	private static RuleBroken broken(String what, ServiceGroup group, Thread caller) {
		StringBuilder text = new StringBuilder(what).append(group);
		group.services().forEach((service) -> text.append("\n  ").append(service));
		List.of(caller.getStackTrace()).forEach((element) -> text.append("\n\tat ").append(element));
		return new RuleBroken("26", text.toString());
	}

	private ServiceGroup group(Random random) {
		ServiceGroup.Builder builder = ServiceGroup.builder("stress" + this.groups.incrementAndGet())
			.shutdownTimeout(SHUTDOWN_TIMEOUT)
			.executor((run) -> {
				Thread thread = new Thread(run);
				thread.setDaemon(true);
				thread.start();
			});
		if (random.nextBoolean()) {
			builder.listener(new ServiceGroupListener() {
			});
		}
		for (int i = 0; i < SERVICES; i++) {
			int kind = random.nextInt(6);
			Service service = (context) -> serve(context, kind);
			ServiceDefinition.Builder definition = ServiceDefinition
				.builder("s" + i, random.nextInt(3) == 0 ? Service.announcing(service) : service)
				.policy(ServicePolicy.builder()
					.critical(random.nextBoolean())
					.gracePeriod(Duration.ofMillis(random.nextInt(20)))
					.interruptPeriod(Duration.ofMillis(500))
					.restart(RestartPolicy.onFailure().toBuilder().delay(Duration.ofMillis(1)).build())
					.build());
			if (i > 0 && random.nextInt(3) == 0) {
				definition.dependsOn("s" + random.nextInt(i));
			}
			builder.service(definition.build());
		}
		return builder.build();
	}

	private void serve(ServiceContext context, int kind) throws Exception {
		this.inside.add(context);
		try {
			context.ready();
			switch (kind) {
				case 0, 1 -> context.awaitCancellation();
				case 2 -> context.interruptibly(() -> {
					Thread.sleep(60_000);
					return "";
				});
				case 3 -> {
					context.onCancel(() -> {
						throw new IllegalStateException("an action that fails");
					});
					context.awaitCancellation();
				}
				case 4 -> {
					if (!context.awaitCancellation(Duration.ofMillis(1))) {
						throw new IOException("gone");
					}
				}
				default -> Thread.sleep(60_000);
			}
		}
		finally {
			this.inside.remove(context);
		}
	}

}
