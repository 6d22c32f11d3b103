package io.supervisor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Services that live and die together. Each runs on a thread of its own; the first one to
 * fail cancels all others; {@link #run()} returns when every thread has ended or was
 * given up, and throws one error that names each service that failed. <pre>{@code
 * ServiceGroup.builder("links").service("crawler", crawler).service("indexer", indexer).build().run();
 * }</pre>
 * <p>
 * Every method may be called from any thread, a service's own thread and a listener
 * included. Reading never blocks and is never blocked (rule 24).
 * <p>
 * <strong>Commands</strong> on one service return at once; their future is done when they
 * are carried out. They touch only the service that they name.
 * <table>
 * <caption>What a command does in each state of the service</caption>
 * <tr>
 * <th>State</th>
 * <th>start</th>
 * <th>stop</th>
 * <th>restart</th>
 * <th>remove</th>
 * </tr>
 * <tr>
 * <td>NEW, in a group that starts</td>
 * <td>nothing: it is about to</td>
 * <td>STOPPED</td>
 * <td>nothing: it is about to start</td>
 * <td>removed</td>
 * </tr>
 * <tr>
 * <td>WAITING</td>
 * <td>nothing</td>
 * <td>STOPPED</td>
 * <td>nothing</td>
 * <td>removed</td>
 * </tr>
 * <tr>
 * <td>STARTING, RUNNING</td>
 * <td>nothing</td>
 * <td>cancelled; done when it has ended or is STUCK</td>
 * <td>cancelled, then started; done when the old run has ended. One that has not begun is
 * left alone</td>
 * <td>cancelled, then removed; done when removed</td>
 * </tr>
 * <tr>
 * <td>BACKOFF</td>
 * <td>starts now</td>
 * <td>STOPPED</td>
 * <td>starts now</td>
 * <td>removed</td>
 * </tr>
 * <tr>
 * <td>STOPPING, STUCK</td>
 * <td>starts once its thread has ended</td>
 * <td>stays stopped; done when its thread has ended or it is STUCK</td>
 * <td>starts once its thread has ended</td>
 * <td>removed once its thread has ended</td>
 * </tr>
 * <tr>
 * <td>STOPPED, COMPLETED, FAILED</td>
 * <td>starts</td>
 * <td>nothing</td>
 * <td>starts</td>
 * <td>removed</td>
 * </tr>
 * </table>
 * Of several commands that wait for the end of one thread the last start, stop or restart
 * counts, and the others are done with it. A start or restart by hand clears the count of
 * restarts. An unknown name fails the future with {@link NoSuchElementException}, what is
 * not possible in this state with {@link IllegalStateException}: anything but {@code add}
 * and {@code remove} in a group that does not run, anything but {@code stop} in one that
 * is stopping, and {@code remove} of a service that others depend on.
 *
 * @see Service
 */
public final class ServiceGroup {

	private final GroupLoop loop;

	private final @Nullable Executor runner;

	private final ProcessEnd processEnd;

	private ServiceGroup(GroupLoop loop, @Nullable Executor runner, ProcessEnd processEnd) {
		this.loop = loop;
		this.runner = runner;
		this.processEnd = processEnd;
	}

	/**
	 * A builder for a group.
	 * @param name the name of the group, which stands in its log lines and errors: not
	 * blank, no {@code /}, no control characters
	 * @return the builder
	 */
	public static Builder builder(String name) {
		return new Builder(name);
	}

	/**
	 * Run the group in the calling thread, until it has ended. Interrupting that thread
	 * is {@link #stop()}; interrupting it again ends the grace periods (rule 22).
	 * @throws ServiceGroupException if a critical service failed
	 * @throws IllegalStateException if the group is running already
	 */
	public void run() {
		claimAndRun(null);
	}

	/**
	 * Run the group in the calling thread as a part of another run: the cancel of that
	 * one stops the group.
	 * @param parent the context of the other run
	 * @throws ServiceGroupException if a critical service failed
	 * @throws IllegalStateException if the group is running already
	 */
	public void run(ServiceContext parent) {
		claimAndRun(Objects.requireNonNull(parent, "'parent' must not be null"));
	}

	private void claimAndRun(@Nullable ServiceContext parent) {
		StackSpace.require();
		this.loop.claim();
		this.processEnd.runClaimed(this, parent);
	}

	/**
	 * Run the group on a new thread that keeps the JVM alive until the group has ended.
	 * Returns at once; what the run throws is in {@link #failure()}.
	 * @throws IllegalStateException if the group is running already
	 */
	public void start() {
		start(false);
	}

	/**
	 * Run the group again after a {@link #stop()}, like {@link #start()}, but only what
	 * the stop ended: a service that had completed, had failed without failing the group
	 * or was stopped by hand stays as it is.
	 * @throws IllegalStateException if the group is running already
	 */
	public void resume() {
		start(true);
	}

	private void start(boolean resume) {
		Runnable claimed = () -> runClaimed(resume);
		this.loop.claim();
		boolean started = false;
		try {
			run(claimed);
			started = true;
		}
		finally {
			if (!started) {
				this.loop.abandonClaim();
			}
		}
	}

	private void run(Runnable claimed) {
		if (this.runner != null) {
			this.runner.execute(claimed);
			return;
		}
		GroupThreads.platform(threadName(), claimed, this.loop.group().classLoader).start();
	}

	private String threadName() {
		return name().equals("supervisor") ? name() : "supervisor " + name();
	}

	private void runClaimed(boolean resume) {
		try {
			if (resume) {
				this.loop.resume();
			}
			this.processEnd.runClaimed(this, null);
		}
		catch (ServiceGroupException ex) {
			// stays in failure(), and each part of it is in the log
		}
	}

	/**
	 * Whether a run of the group is under way: from the call that begins it, which may be
	 * a little before the group's state shows it, until it has ended. For any thread;
	 * never blocks.
	 * @return whether the group runs, or is about to
	 */
	public boolean isRunning() {
		return this.loop.isClaimed() || state().isLive();
	}

	/**
	 * Ask the group to end. Does not wait; idempotent. Before the group's first run it
	 * makes that run return at once; on a group that has ended it does nothing (rule 19).
	 */
	public void stop() {
		this.loop.stop(false);
	}

	/**
	 * Ask the group to end at once: a {@link #stop()} that ends the grace of all as well,
	 * as a second interrupt does (rule 22). Each service is cancelled and interrupted,
	 * whatever depends on it, and stuck after its interrupt period. Also for a group that
	 * is stopping already. Does not wait; idempotent.
	 */
	public void stopNow() {
		this.loop.stop(true);
	}

	/**
	 * Ask the group to end, for somebody who waits for that and keeps a run of the group
	 * from ending meanwhile: the calling thread is in that run, or the run has called
	 * {@code System.exit}, which waits for the calling thread. Such a run is cancelled,
	 * but it is neither interrupted nor are those that it depends on kept waiting for it.
	 * Does not wait, and does nothing if there is no such run.
	 * @param whenOthersHaveEnded called once all other runs have ended, on a thread of
	 * its own
	 * @return whether there is such a run
	 */
	public boolean stopFromWithin(Runnable whenOthersHaveEnded) {
		Objects.requireNonNull(whenOthersHaveEnded, "'whenOthersHaveEnded' must not be null");
		List<Run> excused = new Excuses().find(this);
		if (excused.isEmpty()) {
			return false;
		}
		stop();
		this.loop.timing().start(GroupThreads.daemon("supervisor-stop", () -> {
			try {
				await(() -> hasEnded() || isLeftTo(excused), Duration.ofNanos(Long.MAX_VALUE));
			}
			catch (InterruptedException ex) {
				// nobody does that; who waits matters more
			}
			whenOthersHaveEnded.run();
		}, this.loop.group().classLoader));
		return true;
	}

	/**
	 * Whether a group that stops has no other runs left.
	 */
	private boolean isLeftTo(List<Run> excused) {
		GroupSnapshot snapshot = snapshot();
		int live = 0;
		for (ServiceState state : ServiceState.values()) {
			live += (state.isTerminal() || state == ServiceState.STUCK) ? 0 : snapshot.count(state);
		}
		return snapshot.state() == GroupState.STOPPING
				&& live <= excused.stream().filter((run) -> !run.isEnded()).count();
	}

	/**
	 * Start a service.
	 * @param service its name
	 * @return done once the service is on its way
	 */
	public Future<ServiceSnapshot> start(String service) {
		return post(new Command(Command.Kind.START, service));
	}

	/**
	 * Stop a service. It stays stopped until it is started by hand, or the group runs
	 * again.
	 * @param service its name
	 * @return done once its run has ended or is stuck
	 */
	public Future<ServiceSnapshot> stop(String service) {
		return post(new Command(Command.Kind.STOP, service));
	}

	/**
	 * Stop a service and start it again.
	 * @param service its name
	 * @return done once its old run has ended and the new one is on its way
	 */
	public Future<ServiceSnapshot> restart(String service) {
		return post(new Command(Command.Kind.RESTART, service));
	}

	/**
	 * Give a service another policy from its next start on, whatever makes it start: the
	 * end of a run that is under way is judged by the policy with which it began. Does
	 * nothing if there is no such service.
	 * @param service its name
	 * @param policy how the group is to treat it
	 */
	public void changePolicy(String service, ServicePolicy policy) {
		this.loop.post(new Signal.ChangePolicy(Objects.requireNonNull(service, "'service' must not be null"),
				Objects.requireNonNull(policy, "'policy' must not be null")));
	}

	/**
	 * Add a service. In a running group it starts like any other.
	 * @param definition the service
	 * @return done once it is a member; fails with an {@link IllegalArgumentException} if
	 * its name is taken or it depends on an unknown service
	 */
	public Future<ServiceSnapshot> add(ServiceDefinition definition) {
		Objects.requireNonNull(definition, "'definition' must not be null");
		return post(new Command(new Member(definition, this.loop.timing().instant())));
	}

	/**
	 * Remove a service, after stopping it.
	 * @param service its name
	 * @return done once it is not a member any more
	 */
	public Future<ServiceSnapshot> remove(String service) {
		return post(new Command(Command.Kind.REMOVE, service));
	}

	private Future<ServiceSnapshot> post(Command command) {
		Objects.requireNonNull(command.name(), "'service' must not be null");
		this.loop.post(command);
		return command.result();
	}

	/**
	 * Add a listener, as {@link Builder#listener(ServiceGroupListener)} does for a group
	 * that is being built: for what finds the group only later, such as a tool that walks
	 * a tree of groups.
	 * @param listener told of every transition from about now on, on a thread of its own
	 */
	public void addListener(ServiceGroupListener listener) {
		this.loop.post(new Signal.Listen(Objects.requireNonNull(listener, "'listener' must not be null")));
	}

	/**
	 * Remove a listener that was added to the group or its builder. It is told of nothing
	 * that comes after about now, and its thread ends; what it is being told is told to
	 * its end, which nobody waits for. Does nothing if there is no such listener; one
	 * that was added more than once is told once less.
	 * @param listener the listener, the same object
	 */
	public void removeListener(ServiceGroupListener listener) {
		this.loop.post(new Signal.Unlisten(Objects.requireNonNull(listener, "'listener' must not be null")));
	}

	/**
	 * Wait until the group is running: until each critical service is ready, or need not
	 * be waited for (rule 3).
	 * @param timeout how long at most; zero looks without waiting
	 * @return {@code false} if it has ended, is about to, or the time is over
	 * @throws InterruptedException if the thread was interrupted
	 */
	public boolean awaitReady(Duration timeout) throws InterruptedException {
		return await(() -> state() == GroupState.RUNNING || state() == GroupState.STOPPING || hasEnded(), timeout)
				&& (state() == GroupState.RUNNING || state() == GroupState.COMPLETED);
	}

	/**
	 * Whether the latest run has ended and none is about to begin.
	 */
	private boolean hasEnded() {
		return !this.loop.isClaimed() && state().isTerminal();
	}

	/**
	 * Wait until the group has ended.
	 * @param timeout how long at most; zero looks without waiting
	 * @return {@code false} if the time is over
	 * @throws InterruptedException if the thread was interrupted
	 */
	public boolean awaitTermination(Duration timeout) throws InterruptedException {
		return await(this::hasEnded, timeout);
	}

	/**
	 * Wait until a service is in a certain state. States that it passes through quickly
	 * may be missed; a {@link ServiceGroupListener} misses none.
	 * @param service its name
	 * @param test which states will do; called on the waiting thread
	 * @param timeout how long at most; zero looks without waiting
	 * @return {@code false} if the time is over
	 * @throws InterruptedException if the thread was interrupted
	 * @throws NoSuchElementException if there is no such service
	 */
	public boolean awaitState(String service, Predicate<ServiceState> test, Duration timeout)
			throws InterruptedException {
		return await(service, () -> member(service).snapshot(), (snapshot) -> test.test(snapshot.state()), timeout);
	}

	private Member member(String service) {
		Member member = this.loop.group().roster.get(service);
		if (member == null) {
			throw new NoSuchElementException("There is no service '%s' in '%s'".formatted(service, name()));
		}
		return member;
	}

	private boolean await(BooleanSupplier condition, Duration timeout) throws InterruptedException {
		return await(null, condition::getAsBoolean, Boolean::booleanValue, timeout);
	}

	private <T> boolean await(@Nullable String service, Supplier<T> look, Predicate<T> test, Duration timeout)
			throws InterruptedException {
		return this.loop.group().publication.waiters()
			.await(service, look, test, this.loop.group().publication::isSettled,
					Durations.toNanos(Durations.requireNotNegative("timeout", timeout)));
	}

	/**
	 * The name of the group.
	 * @return the name
	 */
	public String name() {
		return this.loop.name();
	}

	private GroupState state() {
		return snapshot().state();
	}

	/**
	 * The group at this moment. Costs one read, whatever the number of services is.
	 * @return the snapshot
	 */
	public GroupSnapshot snapshot() {
		return this.loop.group().publication.snapshot();
	}

	/**
	 * The services at this moment, each after those that it depends on. Each snapshot is
	 * consistent in itself; they are read one by one.
	 * @return the snapshots
	 */
	public List<ServiceSnapshot> services() {
		return Arrays.stream(this.loop.group().roster.members()).map(Member::look).toList();
	}

	/**
	 * One service at this moment.
	 * @param service its name
	 * @return the snapshot, or empty if there is no such service
	 */
	public Optional<ServiceSnapshot> service(String service) {
		Member member = this.loop.group().roster.get(service);
		return (member != null) ? Optional.of(member.look()) : Optional.empty();
	}

	/**
	 * Where the thread of a service is at this moment, also a virtual one. Costs that
	 * thread a pause.
	 * @param service the name of the service
	 * @return the stack, innermost frame first; empty if there is no such service, or no
	 * thread is in its run
	 */
	public List<StackTraceElement> stack(String service) {
		Member member = this.loop.group().roster.get(service);
		return (member != null) ? member.stackNow() : List.of();
	}

	/**
	 * The error of the group's latest run: present from the first failure of a critical
	 * service on, complete once the group has ended.
	 * @return the error, or empty if there is none
	 */
	public Optional<ServiceGroupException> failure() {
		return Optional.ofNullable(this.loop.group().publication.failure());
	}

	GroupLoop loop() {
		return this.loop;
	}

	@Override
	public String toString() {
		return "ServiceGroup[name=" + name() + ", state=" + state() + ", services=" + snapshot().counts() + "]";
	}

	/**
	 * Builds a {@link ServiceGroup}.
	 */
	public static final class Builder {

		private final String name;

		private final Map<String, String> spellings = new LinkedHashMap<>();

		private final List<Entry> entries = new ArrayList<>();

		private final List<ServiceGroupListener> listeners = new ArrayList<>();

		private ServicePolicy defaults = ServicePolicy.defaults();

		private @Nullable Executor executor;

		private boolean mayBlock;

		private @Nullable Executor runner;

		private @Nullable ClassLoader classLoader;

		private @Nullable StepObserver stepObserver;

		private boolean keepOpen;

		private boolean stopOnShutdown;

		private boolean exitOnFailure;

		private Duration startTimeout = Duration.ofSeconds(30);

		private Duration shutdownTimeout = Duration.ofSeconds(25);

		private Timing timing = Timing.SYSTEM;

		private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

		private Builder(String name) {
			this.name = Names.requireValid("group", name);
		}

		/**
		 * Add a service with the {@linkplain #defaults(ServicePolicy) default policy}.
		 * @param name its name
		 * @param service the work
		 * @return this builder
		 * @throws IllegalArgumentException if the name is not allowed, or taken
		 */
		public Builder service(String name, Service service) {
			return add(ServiceDefinition.of(name, service), true);
		}

		/**
		 * Add a service.
		 * @param definition the service with its policy and dependencies
		 * @return this builder
		 * @throws IllegalArgumentException if the name is taken
		 */
		public Builder service(ServiceDefinition definition) {
			return add(Objects.requireNonNull(definition, "'definition' must not be null"), false);
		}

		/**
		 * Add a group as a service, with the {@linkplain #defaults(ServicePolicy) default
		 * policy}: its failure is the failure of that service, its restart restarts all
		 * of it, its grace period is its own shutdown timeout, and it has no start
		 * timeout, since its members have theirs.
		 * @param name its name within this group
		 * @param group the group
		 * @return this builder
		 * @throws IllegalArgumentException if the name is not allowed, or taken
		 */
		public Builder service(String name, ServiceGroup group) {
			return add(ServiceDefinition.builder(name, group).build(), true);
		}

		private Builder add(ServiceDefinition definition, boolean withDefaults) {
			String other = this.spellings.putIfAbsent(Names.canonical(definition.name()), definition.name());
			if (other != null) {
				throw new IllegalArgumentException(
						"The names '%s' and '%s' in '%s' differ at most in case or punctuation: rename one of the services"
							.formatted(other, definition.name(), this.name));
			}
			this.entries.add(new Entry(definition, withDefaults));
			return this;
		}

		/**
		 * Take out the services that were added so far: for a tool that lets others add
		 * services, and adds them itself when it knows more of each.
		 * @return their definitions in the order in which they were added, those that
		 * were added by name with the {@linkplain #defaults(ServicePolicy) default
		 * policy}
		 */
		public List<ServiceDefinition> takeServices() {
			List<ServiceDefinition> definitions = definitions();
			this.entries.clear();
			this.spellings.clear();
			return definitions;
		}

		private List<ServiceDefinition> definitions() {
			List<ServiceDefinition> definitions = new ArrayList<>(this.entries.size());
			for (Entry entry : this.entries) {
				definitions.add(entry.withDefaults ? withDefaults(entry.definition) : entry.definition);
			}
			return definitions;
		}

		/**
		 * Set the policy of the services that are added by name.
		 * @param policy the policy
		 * @return this builder
		 */
		public Builder defaults(ServicePolicy policy) {
			this.defaults = Objects.requireNonNull(policy, "'policy' must not be null");
			return this;
		}

		/**
		 * Set what runs the services. It must begin every run at once on a thread of its
		 * own (rule 5). By default each run has a new platform thread, a daemon. To hand
		 * it a run may block, which holds up the start of that service alone.
		 * @param executor the executor; the group never shuts it down
		 * @return this builder
		 */
		public Builder executor(Executor executor) {
			return executor(executor, true);
		}

		/**
		 * Set what runs the services, as {@link #executor(Executor)} does, and say
		 * whether to hand it a run may block, as it does where the executor limits how
		 * many there are at once. If so, threads of their own do that, so that stops and
		 * time-outs hold meanwhile. If not, as for
		 * {@code Executors.newVirtualThreadPerTaskExecutor()}, these are spared, and the
		 * group hangs if it blocks after all.
		 * @param executor the executor; the group never shuts it down
		 * @param mayBlock whether its {@link Executor#execute} may block
		 * @return this builder
		 */
		public Builder executor(Executor executor, boolean mayBlock) {
			this.executor = Objects.requireNonNull(executor, "'executor' must not be null");
			this.mayBlock = mayBlock;
			return this;
		}

		/**
		 * Set what runs the group itself on {@link ServiceGroup#start()}. It must begin
		 * at once on a thread of its own, and is done when the run is over. By default it
		 * is a new thread that keeps the JVM alive.
		 * @param runner the executor; the group never shuts it down
		 * @return this builder
		 */
		public Builder runner(Executor runner) {
			this.runner = Objects.requireNonNull(runner, "'runner' must not be null");
			return this;
		}

		/**
		 * Set the context class loader of the threads that the group makes: those that it
		 * runs on, those of listeners and of actions for a cancel, and by default those
		 * of services. Without it they have that of the thread that builds the group.
		 * @param classLoader the class loader of the application
		 * @return this builder
		 */
		public Builder classLoader(ClassLoader classLoader) {
			this.classLoader = Objects.requireNonNull(classLoader, "'classLoader' must not be null");
			return this;
		}

		/**
		 * Let the group go on when all of its services are completed or failed, and when
		 * there are none: it ends when it is stopped, when a critical service fails, or
		 * when a service whose {@linkplain OnCompletion#STOP_GROUP completion stops it}
		 * completes. For a group to which services are
		 * {@linkplain ServiceGroup#add(ServiceDefinition) added} while it runs.
		 * @param keepOpen whether it goes on; {@code false} by default
		 * @return this builder
		 */
		public Builder keepOpen(boolean keepOpen) {
			this.keepOpen = keepOpen;
			return this;
		}

		/**
		 * Stop the group when the process is told to end, as by SIGTERM, and let that
		 * wait for the end of the group. For a plain {@code main}: under Spring the
		 * context does so.
		 * @return this builder
		 */
		public Builder stopOnShutdown() {
			this.stopOnShutdown = true;
			return this;
		}

		/**
		 * End the process with exit code 1 when a run of the group has failed, whatever
		 * other threads there are. For a plain {@code main}: under Spring it is
		 * configured.
		 * @return this builder
		 */
		public Builder exitOnFailure() {
			this.exitOnFailure = true;
			return this;
		}

		/**
		 * Add a listener.
		 * @param listener told of every transition, on a thread of its own
		 * @return this builder
		 */
		public Builder listener(ServiceGroupListener listener) {
			this.listeners.add(Objects.requireNonNull(listener, "'listener' must not be null"));
			return this;
		}

		/**
		 * Set who sees the {@linkplain ServiceContext#step(String, Callable) steps} of
		 * the services. A group inside another one that has none of its own has that of
		 * the other one. In a Spring application with Micrometer there is one.
		 * @param observer called on the threads of the services
		 * @return this builder
		 */
		public Builder stepObserver(StepObserver observer) {
			this.stepObserver = Objects.requireNonNull(observer, "'observer' must not be null");
			return this;
		}

		/**
		 * Set how long each attempt of a service may take until it is ready, where its
		 * {@linkplain ServicePolicy#startTimeout() policy} does not say (rule 3). The
		 * start of the group as a whole has no limit: see
		 * {@link ServiceGroup#awaitReady(Duration)}.
		 * @param startTimeout the time; 30 s by default
		 * @return this builder
		 */
		public Builder startTimeout(Duration startTimeout) {
			this.startTimeout = Durations.requireNotNegative("start-timeout", startTimeout);
			return this;
		}

		/**
		 * Set how long the stop of the group may take; what has not ended then is given
		 * up as stuck (rule 18). A short one shortens the periods of the services: of the
		 * time that is left when a service is cancelled, its interrupt comes after all
		 * but its interrupt period, or after two thirds, whichever is later, unless its
		 * grace period is over before. Who waits for others to end is cancelled after as
		 * long a share of the whole time.
		 * @param shutdownTimeout the time; 25 s by default
		 * @return this builder
		 */
		public Builder shutdownTimeout(Duration shutdownTimeout) {
			this.shutdownTimeout = Durations.requireNotNegative("shutdown-timeout", shutdownTimeout);
			return this;
		}

		/**
		 * For tests: simulated time, and the numbers that place a delay in its jitter.
		 */
		Builder timing(Timing timing, DoubleSupplier random) {
			this.timing = timing;
			this.random = random;
			return this;
		}

		/**
		 * Build the group.
		 * @return the group, not started
		 * @throws IllegalArgumentException if a service depends on an unknown one or on
		 * one that is removed when it is done, if there is a circle of dependencies, or
		 * if all services are auxiliary; the message names them
		 */
		public ServiceGroup build() {
			List<ServiceDefinition> definitions = definitions();
			if (!this.keepOpen && !definitions.isEmpty()
					&& definitions.stream().allMatch((definition) -> definition.policy().auxiliary())) {
				throw new IllegalArgumentException(
						"All services of '%s' are auxiliary, so that it would end at once: let one of them be more, or keep the group open"
							.formatted(this.name));
			}
			ClassLoader classLoader = (this.classLoader != null) ? this.classLoader
					: Thread.currentThread().getContextClassLoader();
			Executor executor = (this.executor != null) ? this.executor
					: (run) -> GroupThreads.daemon("supervisor-service", run, classLoader).start();
			return new ServiceGroup(
					new GroupLoop(this.name, executor, this.mayBlock, this.timing, this.random,
							Durations.toNanos(this.startTimeout), Durations.toNanos(this.shutdownTimeout),
							this.keepOpen, classLoader, this.stepObserver, this.listeners, definitions),
					this.runner, new ProcessEnd(this.stopOnShutdown, this.exitOnFailure));
		}

		private ServiceDefinition withDefaults(ServiceDefinition definition) {
			ServicePolicy policy = this.defaults;
			if (definition.group().isPresent()) {
				policy = policy.toBuilder().startTimeout(null).build();
			}
			return definition.toBuilder().policy(policy).build();
		}

		private record Entry(ServiceDefinition definition, boolean withDefaults) {

		}

	}

}
