package io.supervisor.process;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupException;
import io.supervisor.ServiceGroupListener;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

/**
 * Groups in a heap that one of their services keeps full, one after the other; each is
 * stopped after a while. Says what goes wrong, and ends by itself whatever happens.
 */
public final class SmallHeapMain {

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(3);

	/**
	 * Twice the shutdown timeout and what stacks and listeners may take, beside what the
	 * collector takes.
	 */
	private static final long LIMIT = Duration.ofSeconds(8).toNanos();

	/**
	 * With all that the collector takes.
	 */
	private static final long HANGS = Duration.ofSeconds(25).toNanos();

	private static final long ONE_MILLISECOND = 1_000_000L;

	private static final int[] SIZES = { 1 << 16, 1 << 10, 1 << 6, 1 };

	private static final String[] NAMES = { "hog", "failing", "announcing", "dependent", "acting", "failing-late" };

	private static final GarbageCollectorMXBean[] COLLECTORS = ManagementFactory.getGarbageCollectorMXBeans()
		.toArray(new GarbageCollectorMXBean[0]);

	/**
	 * So that there is memory to say what went wrong.
	 */
	private static byte @Nullable [] reserve = new byte[3 << 20];

	private static volatile boolean givesWay;

	private static volatile long watchedUntil = Long.MAX_VALUE;

	private static volatile @Nullable ServiceGroup watched;

	private final Random random;

	private final AtomicInteger[] inside = new AtomicInteger[NAMES.length];

	private final List<Future<ServiceSnapshot>> commands = new ArrayList<>();

	private final ServiceGroup group;

	private @Nullable Throwable thrown;

	private SmallHeapMain(long seed) {
		this.random = new Random(seed);
		givesWay = false;
		for (int i = 0; i < NAMES.length; i++) {
			this.inside[i] = new AtomicInteger();
		}
		RestartPolicy restart = RestartPolicy.onFailure()
			.toBuilder()
			.delay(Duration.ofMillis(5))
			.maxRestarts(RestartPolicy.UNLIMITED)
			.build();
		ServicePolicy policy = ServicePolicy.builder()
			.critical(this.random.nextBoolean())
			.gracePeriod(Duration.ofSeconds(1))
			.interruptPeriod(Duration.ofSeconds(1))
			.restart(restart)
			.build();
		this.group = ServiceGroup.builder("small")
			.shutdownTimeout(SHUTDOWN_TIMEOUT)
			.listener(new Listener())
			.service(service(0, SmallHeapMain::fill, policy))
			.service(service(1, (context) -> {
				throw new IOException("cannot begin");
			}, policy))
			.service(service(2, Service.announcing((context) -> {
				context.ready();
				context.awaitCancellation();
			}), policy))
			.service(service(3, ServiceContext::awaitCancellation, policy, NAMES[2]))
			.service(service(4, (context) -> {
				context.onCancel(() -> {
					throw new IllegalStateException("an action that fails");
				});
				context.interruptibly(() -> {
					Thread.sleep(60_000);
					return "";
				});
			}, policy, NAMES[3]))
			.service(service(5, (context) -> {
				if (!context.awaitCancellation(Duration.ofMillis(20))) {
					throw new IOException("gone");
				}
			}, policy, NAMES[2]))
			.build();
	}

	private ServiceDefinition service(int index, Service service, ServicePolicy policy, String... dependencies) {
		AtomicInteger inside = this.inside[index];
		Service counted = (context) -> {
			inside.incrementAndGet();
			try {
				service.run(context);
			}
			finally {
				inside.decrementAndGet();
			}
		};
		return ServiceDefinition
			.builder(NAMES[index], service.announcesReadiness() ? Service.announcing(counted) : counted)
			.policy(policy)
			.dependsOn(dependencies)
			.build();
	}

	/**
	 * Keep the heap full until cancelled.
	 */
	private static void fill(ServiceContext context) {
		@Nullable Object[] last = null;
		while (!context.isCancelled() && !givesWay) {
			for (int size : SIZES) {
				try {
					while (!context.isCancelled() && !givesWay) {
						last = new @Nullable Object[] { last, new byte[size] };
					}
				}
				catch (OutOfMemoryError ex) {
					// full, for pieces of this size
				}
			}
			LockSupport.parkNanos(2 * ONE_MILLISECOND);
		}
	}

	/**
	 * One run.
	 * @return what went wrong, or {@code null} if nothing did
	 */
	private @Nullable String play() {
		watched = this.group;
		watchedUntil = System.nanoTime() + 2 * HANGS;
		Thread runner = new Thread(this::run, "runner");
		runner.start();
		LockSupport.parkNanos((20 + this.random.nextInt(300)) * ONE_MILLISECOND);
		command();
		LockSupport.parkNanos(this.random.nextInt(50) * ONE_MILLISECOND);
		long collected = collected();
		long start = System.nanoTime();
		watchedUntil = start + HANGS;
		boolean refused = stop();
		while (runner.isAlive()) {
			LockSupport.parkNanos(ONE_MILLISECOND);
		}
		long took = System.nanoTime() - start - (collected() - collected);
		watchedUntil = Long.MAX_VALUE;
		// one that is left must not keep us from saying so
		givesWay = true;
		if (refused) {
			return "stop() needs memory";
		}
		if (took > LIMIT) {
			return "took " + Duration.ofNanos(took) + " beside the collector's time";
		}
		return judge();
	}

	private void run() {
		try {
			this.group.run();
		}
		catch (Throwable ex) {
			this.thrown = ex;
		}
	}

	private void command() {
		try {
			this.commands.add(this.group.restart(NAMES[this.random.nextInt(NAMES.length)]));
		}
		catch (OutOfMemoryError ex) {
			// so the caller knows
		}
	}

	private boolean stop() {
		boolean refused = false;
		while (true) {
			try {
				this.group.stop();
				return refused;
			}
			catch (OutOfMemoryError ex) {
				refused = true;
				LockSupport.parkNanos(ONE_MILLISECOND);
			}
		}
	}

	private @Nullable String judge() {
		GroupSnapshot snapshot = this.group.snapshot();
		if (!snapshot.state().isTerminal()) {
			return "run() is over, with " + this.thrown + ", and the group is not: " + describe(this.group);
		}
		if (this.thrown instanceof ServiceGroupException != (snapshot.state() == GroupState.FAILED)
				&& !(this.thrown instanceof VirtualMachineError)) {
			return "run() threw " + this.thrown + " and the group is " + snapshot.state();
		}
		for (int i = 0; i < NAMES.length; i++) {
			if (this.inside[i].get() > 0 && this.group.service(NAMES[i]).orElseThrow().state() != ServiceState.STUCK) {
				return "'" + NAMES[i] + "' runs unsupervised: " + describe(this.group);
			}
		}
		if (!this.commands.stream().allMatch(Future::isDone)) {
			return "a command is not answered: " + describe(this.group);
		}
		return null;
	}

	private static long collected() {
		long millis = 0;
		for (GarbageCollectorMXBean collector : COLLECTORS) {
			millis += collector.getCollectionTime();
		}
		return millis * ONE_MILLISECOND;
	}

	private static String describe(@Nullable ServiceGroup group) {
		StringBuilder text = new StringBuilder().append(group);
		if (group != null) {
			group.services().forEach((service) -> text.append("\n  ").append(service));
		}
		return text.toString();
	}

	private static void watch() {
		while (System.nanoTime() - watchedUntil < 0 || watchedUntil == Long.MAX_VALUE) {
			LockSupport.parkNanos(100 * ONE_MILLISECOND);
		}
		try {
			reserve = null;
			givesWay = true;
			LockSupport.parkNanos(500 * ONE_MILLISECOND);
			System.out.println("HANGS: " + describe(watched));
			for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
				System.out.println(thread.getKey());
				for (StackTraceElement element : thread.getValue()) {
					System.out.println("\tat " + element);
				}
			}
			System.out.flush();
		}
		finally {
			Runtime.getRuntime().halt(3);
		}
	}

	/**
	 * The input ends when the process ends that has started this one.
	 */
	private static void endWithParent() {
		try (InputStream input = new FileInputStream(FileDescriptor.in)) {
			while (input.read() >= 0) {
				// nothing is to be read
			}
		}
		catch (IOException ex) {
			// as good as its end
		}
		finally {
			Runtime.getRuntime().halt(4);
		}
	}

	private static void daemon(String name, Runnable task) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * Play some.
	 * @param args the first seed, and how many
	 */
	public static void main(String[] args) {
		long first = Long.parseLong(args[0]);
		int runs = Integer.parseInt(args[1]);
		daemon("watchdog", SmallHeapMain::watch);
		daemon("parent", SmallHeapMain::endWithParent);
		int status = 5;
		try {
			for (long seed = first; seed < first + runs; seed++) {
				String wrong = new SmallHeapMain(seed).play();
				watched = null;
				System.out.println((wrong == null) ? "OK " + seed : "WRONG " + seed + ": " + wrong);
			}
			status = 0;
		}
		finally {
			System.out.flush();
			Runtime.getRuntime().halt(status);
		}
	}

	private static final class Listener implements ServiceGroupListener {

		@Override
		public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
			// hears of all
		}

		@Override
		public void groupStateChanged(GroupState from, GroupSnapshot group) {
			// hears of all
		}

	}

}
