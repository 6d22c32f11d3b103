package io.supervisor;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A random group on real threads: what it is made of comes from a seed, what happens when
 * from the machine.
 */
final class StressedGroup implements ServiceGroupListener {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final Duration ONE_MILLISECOND = Duration.ofMillis(1);

	private static final String ADDED = "added";

	private final Random random;

	private final String prefix;

	private final WatchedThreads threads;

	private final ServiceGroup group;

	private final Map<String, AtomicInteger> inside = new ConcurrentHashMap<>();

	private final Map<String, ServiceState> told = new ConcurrentHashMap<>();

	private final Queue<String> problems = new ConcurrentLinkedQueue<>();

	private final Queue<TrackedAction> actions = new ConcurrentLinkedQueue<>();

	private final Queue<Future<ServiceSnapshot>> commands = new ConcurrentLinkedQueue<>();

	private final Queue<WeakReference<?>> left = new ConcurrentLinkedQueue<>();

	/**
	 * Keeps those in their runs that ignore everything.
	 */
	private final CountDownLatch patience = new CountDownLatch(1);

	private final AtomicInteger helpers = new AtomicInteger();

	private final boolean stopsFromListener;

	private final boolean interruptsCaller;

	private final boolean refusing;

	StressedGroup(long seed, WatchedThreads threads) {
		this.random = new Random(seed);
		this.prefix = "stress" + seed + "x";
		this.threads = threads;
		this.stopsFromListener = oneIn(8);
		this.interruptsCaller = oneIn(5);
		this.refusing = oneIn(20);
		this.group = group(this.prefix, 1 + this.random.nextInt(8), oneIn(4), Duration.ofSeconds(20));
		this.left.add(new WeakReference<>(this.group));
	}

	private boolean oneIn(int n) {
		return this.random.nextInt(n) == 0;
	}

	private ServiceGroup group(String prefix, int size, boolean nested, Duration shutdownTimeout) {
		boolean hangs = oneIn(10);
		ServiceGroup.Builder builder = ServiceGroup.builder(prefix)
			.executor(this::execute, false)
			.startTimeout(PATIENCE)
			.shutdownTimeout(hangs ? Duration.ofMillis(this.random.nextInt(20)) : shutdownTimeout)
			.listener(this);
		for (int i = 0; i < size; i++) {
			builder.service(definition(prefix + i, (hangs && i == 0) ? this::hang : this::serve, i, prefix));
		}
		if (nested) {
			builder.service(prefix + "nested",
					group(prefix + "n", 1 + this.random.nextInt(3), oneIn(3), Duration.ofSeconds(10)));
		}
		return builder.build();
	}

	private ServiceDefinition definition(String name, Service service, int index, String prefix) {
		RestartPolicy restart = switch (this.random.nextInt(4)) {
			case 0 -> RestartPolicy.onFailure();
			case 1 -> RestartPolicy.always();
			default -> RestartPolicy.never();
		};
		ServiceDefinition.Builder definition = ServiceDefinition
			.builder(name, oneIn(5) ? Service.announcing(service) : service)
			.policy(ServicePolicy.builder()
				.critical(!oneIn(3))
				.onCompletion(OnCompletion.values()[this.random.nextInt(OnCompletion.values().length)])
				.gracePeriod(Duration.ofMillis(this.random.nextInt(5)))
				.interruptPeriod(Duration.ofSeconds(10))
				.restart(restart.toBuilder()
					.delay(Duration.ZERO)
					.maxRestarts(1 + this.random.nextInt(10))
					.scope(oneIn(3) ? RestartPolicy.Scope.DEPENDENTS : RestartPolicy.Scope.SERVICE)
					.build())
				.build());
		if (index > 0 && oneIn(3)) {
			definition.dependsOn(prefix + this.random.nextInt(index));
		}
		return definition.build();
	}

	private void execute(Runnable run) {
		if (this.refusing && run.hashCode() % 16 == 0) {
			throw new RejectedExecutionException("full");
		}
		this.threads.execute(run);
	}

	/**
	 * Run the group, disturb it, and look at what is left.
	 */
	void play() throws InterruptedException {
		AtomicBoolean interrupted = new AtomicBoolean();
		List<Throwable> thrown = new ArrayList<>();
		Thread caller = new Thread(() -> {
			try {
				this.group.run();
			}
			catch (Throwable ex) {
				thrown.add(ex);
			}
			interrupted.set(Thread.interrupted());
		}, this.prefix + "caller");
		caller.start();
		disturb(caller);
		caller.join(PATIENCE.toMillis());
		assertThat(caller.isAlive()).as("run() has not returned: " + List.of(caller.getStackTrace())).isFalse();
		checkEnd(thrown);
		if (!this.interruptsCaller) {
			assertThat(interrupted).as("interrupt flag of the caller").isFalse();
		}
		this.patience.countDown();
		awaitUntil(() -> this.inside.values().stream().allMatch((count) -> count.get() == 0));
		awaitUntil(() -> this.helpers.get() == 0);
		awaitUntil(() -> this.group.services().stream().allMatch(StressedGroup::isAtRest));
		awaitUntil(() -> this.commands.stream().allMatch(Future::isDone));
		for (TrackedAction action : this.actions) {
			awaitUntil(action::isSettled);
			action.check(this.problems);
		}
		assertThat(this.problems).isEmpty();
	}

	/**
	 * Most of it is so already, and there are thousands of groups.
	 */
	private static void awaitUntil(BooleanSupplier condition) {
		if (!condition.getAsBoolean()) {
			await().pollInterval(ONE_MILLISECOND).atMost(PATIENCE).until(condition::getAsBoolean);
		}
	}

	private void disturb(Thread caller) {
		int disturbances = this.random.nextInt(12);
		for (int i = 0; i < disturbances; i++) {
			linger();
			command(this.random);
		}
		linger();
		if (this.interruptsCaller) {
			// before its run it would be one of the thread's own, which stops the run as
			// well
			caller.interrupt();
			linger();
			caller.interrupt();
		}
		this.group.stop();
	}

	private void linger() {
		int turns = this.random.nextInt(4) * this.random.nextInt(2000);
		for (int i = 0; i < turns; i++) {
			Thread.onSpinWait();
		}
	}

	private void command(Random random) {
		String service = this.prefix + random.nextInt(8);
		Future<ServiceSnapshot> command = switch (random.nextInt(8)) {
			case 0, 1 -> this.group.start(service);
			case 2, 3 -> this.group.stop(service);
			case 4 -> this.group.remove(service);
			case 5 -> this.group.add(ServiceDefinition.of(service + ADDED, ServiceContext::awaitCancellation));
			default -> this.group.restart(service);
		};
		this.commands.add(command);
	}

	private void checkEnd(List<Throwable> thrown) {
		GroupSnapshot end = this.group.snapshot();
		assertThat(end.state()).isIn(GroupState.STOPPED, GroupState.COMPLETED, GroupState.FAILED);
		assertThat(thrown).hasSize((end.state() == GroupState.FAILED) ? 1 : 0);
		if (!thrown.isEmpty()) {
			assertThat(thrown.get(0)).isInstanceOf(ServiceGroupException.class)
				.isSameAs(this.group.failure().orElseThrow());
			ServiceGroupException error = (ServiceGroupException) thrown.get(0);
			assertThat(error.getCause()).isSameAs(error.failures().get(0).cause());
		}
		assertThat(end.failures()).extracting(ServiceFailure::service).doesNotContain("supervisor");
		assertThat(end.size()).isEqualTo(this.group.services().size());
		assertThat(this.group.services())
			.allMatch((service) -> service.state() == ServiceState.STUCK || isAtRest(service));
	}

	/**
	 * What was added to the group after its end is new.
	 */
	private static boolean isAtRest(ServiceSnapshot service) {
		return service.state().isTerminal() || (service.state() == ServiceState.NEW && service.name().endsWith(ADDED));
	}

	private void serve(ServiceContext context) throws Exception {
		enter(context);
		try {
			live(context, new Random(31L * this.prefix.hashCode() + context.serviceName().hashCode() * 7
					+ context.attempt() * 1_000_003L));
		}
		finally {
			leave(context);
		}
	}

	private void hang(ServiceContext context) {
		enter(context);
		try {
			while (this.patience.getCount() > 0) {
				try {
					this.patience.await();
				}
				catch (InterruptedException ex) {
					// ignored, as some do
				}
			}
		}
		finally {
			leave(context);
		}
	}

	private void enter(ServiceContext context) {
		this.left.add(new WeakReference<>(context));
		if (inside(context).getAndIncrement() != 0) {
			this.problems.add("two runs at once: " + context);
		}
		context.ready();
	}

	private void leave(ServiceContext context) {
		inside(context).decrementAndGet();
	}

	private AtomicInteger inside(ServiceContext context) {
		return this.inside.computeIfAbsent(context.serviceName(), (name) -> new AtomicInteger());
	}

	private void live(ServiceContext context, Random random) throws Exception {
		switch (random.nextInt(20)) {
			case 0 -> context.heartbeat();
			case 1 -> throw new IOException("gone");
			case 2 -> throw new AssertionError("wrong");
			case 3 -> recurse(0);
			case 4 -> {
				while (!context.awaitCancellation(Duration.ofNanos(random.nextInt(100_000)))) {
					context.heartbeat();
				}
			}
			case 5, 6 -> context.interruptibly(() -> new LinkedBlockingQueue<>().take());
			case 7 -> {
				try {
					context.interruptibly(() -> new LinkedBlockingQueue<>().take());
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
			case 8 -> {
				while (!context.isCancelled()) {
					context.interruptibly(() -> random.nextInt());
				}
			}
			case 9 -> new LinkedBlockingQueue<>().take();
			case 10 -> {
				context.awaitCancellation();
				for (int i = 0; i < 100_000; i++) {
					Thread.onSpinWait();
				}
			}
			case 11 -> {
				try (ServerSocketChannel channel = ServerSocketChannel.open()) {
					channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
					context.interruptibly(channel::accept);
				}
			}
			case 12 -> {
				try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
					context.onCancel(() -> closeUnchecked(socket));
					socket.accept();
				}
			}
			case 13, 14 -> registerAndWithdraw(context, random);
			case 15 -> {
				helper(context);
				context.awaitCancellation();
			}
			case 16 -> {
				this.group.stop();
				context.awaitCancellation();
			}
			case 17 -> {
				command(random);
				context.awaitCancellation();
			}
			case 18 -> {
				context.awaitCancellation();
				throw new IllegalStateException("while stopping");
			}
			default -> context.awaitCancellation();
		}
	}

	private static int recurse(int depth) {
		return recurse(depth + 1) + 1;
	}

	private static void closeUnchecked(ServerSocket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void registerAndWithdraw(ServiceContext context, Random random) throws Exception {
		int turns = random.nextInt(200);
		List<TrackedAction> mine = new ArrayList<>();
		for (int i = 0; i < turns || (random.nextBoolean() && !context.isCancelled()); i++) {
			TrackedAction action = new TrackedAction(context, oneInThousand(random));
			this.actions.add(action);
			mine.add(action);
			action.registration = context.onCancel(action);
			if (random.nextBoolean()) {
				mine.remove(random.nextInt(mine.size())).close();
			}
		}
		if (random.nextBoolean()) {
			context.awaitCancellation();
		}
	}

	private static boolean oneInThousand(Random random) {
		return random.nextInt(1000) == 0;
	}

	/**
	 * A thread beside that of the run, which an action waits for.
	 */
	private void helper(ServiceContext context) {
		this.helpers.incrementAndGet();
		Thread helper = new Thread(() -> {
			try {
				context.awaitCancellation();
			}
			catch (InterruptedException ex) {
				this.problems.add("a helper was interrupted");
			}
			finally {
				this.helpers.decrementAndGet();
			}
		}, "supervisor-" + this.prefix + "helper");
		helper.start();
		context.onCancel(() -> {
			try {
				helper.join();
			}
			catch (InterruptedException ex) {
				// in the thread of a run that is cancelled already
				Thread.currentThread().interrupt();
			}
		});
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
		ServiceState before = this.told.put(service.name(), service.state());
		if (before != null && before != from && from != ServiceState.NEW) {
			this.problems.add("told of " + service.name() + " that it went from " + from + ", which was " + before);
		}
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot group) {
		if (this.stopsFromListener && group.state() == GroupState.RUNNING) {
			this.group.stop();
		}
	}

	/**
	 * What must be garbage once this is.
	 */
	Queue<WeakReference<?>> left() {
		return this.left;
	}

	@Override
	public String toString() {
		return this.group.services() + "\n" + this.problems;
	}

	/**
	 * An action, which knows how often it ought to be performed.
	 */
	private static final class TrackedAction implements Runnable {

		private final ServiceContext context;

		private final boolean failing;

		private final AtomicInteger performed = new AtomicInteger();

		private volatile boolean closed;

		private @Nullable Registration registration;

		TrackedAction(ServiceContext context, boolean failing) {
			this.context = context;
			this.failing = failing;
		}

		@Override
		public void run() {
			this.performed.incrementAndGet();
			if (this.failing) {
				throw new IllegalStateException("in an action");
			}
		}

		void close() {
			this.registration.close();
			this.closed = true;
		}

		boolean isSettled() {
			return this.closed || this.performed.get() > 0 || this.context.cancellationCause().isEmpty();
		}

		void check(Queue<String> problems) {
			int most = this.context.cancellationCause().isPresent() ? 1 : 0;
			if (this.performed.get() > most) {
				problems.add("an action of " + this.context + " was performed " + this.performed + " times");
			}
		}

	}

}
