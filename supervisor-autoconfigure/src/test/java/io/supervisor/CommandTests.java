package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * The table of commands in the Javadoc of {@link ServiceGroup}.
 */
class CommandTests {

	private static final Service SERVICE = (context) -> {
	};

	/**
	 * The state after the command, whether the command is done, and after that the state
	 * once a run that was cancelled has ended ({@code gone}: removed).
	 */
	@ParameterizedTest
	@CsvSource(textBlock = """
			# state,   command, then,     done,  in the end
			NEW,       START,   RUNNING,  true,  RUNNING
			NEW,       STOP,    STOPPED,  true,  STOPPED
			NEW,       RESTART, RUNNING,  true,  RUNNING
			NEW,       REMOVE,  gone,     true,  gone
			WAITING,   START,   WAITING,  true,  WAITING
			WAITING,   STOP,    STOPPED,  true,  STOPPED
			WAITING,   RESTART, WAITING,  true,  WAITING
			WAITING,   REMOVE,  gone,     true,  gone
			STARTING,  START,   STARTING, true,  STARTING
			STARTING,  STOP,    STOPPING, false, STOPPED
			STARTING,  RESTART, STOPPING, false, STARTING
			STARTING,  REMOVE,  STOPPING, false, gone
			RUNNING,   START,   RUNNING,  true,  RUNNING
			RUNNING,   STOP,    STOPPING, false, STOPPED
			RUNNING,   RESTART, STOPPING, false, RUNNING
			RUNNING,   REMOVE,  STOPPING, false, gone
			BACKOFF,   START,   RUNNING,  true,  RUNNING
			BACKOFF,   STOP,    STOPPED,  true,  STOPPED
			BACKOFF,   RESTART, RUNNING,  true,  RUNNING
			BACKOFF,   REMOVE,  gone,     true,  gone
			STOPPING,  START,   STOPPING, false, RUNNING
			STOPPING,  STOP,    STOPPING, false, STOPPED
			STOPPING,  RESTART, STOPPING, false, RUNNING
			STOPPING,  REMOVE,  STOPPING, false, gone
			STUCK,     START,   STUCK,    false, RUNNING
			STUCK,     STOP,    STUCK,    true,  STOPPED
			STUCK,     RESTART, STUCK,    false, RUNNING
			STUCK,     REMOVE,  STUCK,    false, gone
			STOPPED,   START,   RUNNING,  true,  RUNNING
			STOPPED,   STOP,    STOPPED,  true,  STOPPED
			STOPPED,   RESTART, RUNNING,  true,  RUNNING
			STOPPED,   REMOVE,  gone,     true,  gone
			COMPLETED, START,   RUNNING,  true,  RUNNING
			COMPLETED, STOP,    COMPLETED,true,  COMPLETED
			COMPLETED, RESTART, RUNNING,  true,  RUNNING
			COMPLETED, REMOVE,  gone,     true,  gone
			FAILED,    START,   RUNNING,  true,  RUNNING
			FAILED,    STOP,    FAILED,   true,  FAILED
			FAILED,    RESTART, RUNNING,  true,  RUNNING
			FAILED,    REMOVE,  gone,     true,  gone
			""")
	void doesWhatTheTableSays(ServiceState state, Command.Kind command, String then, boolean done, String inTheEnd)
			throws Exception {
		Simulation simulation = new Simulation();
		Future<ServiceSnapshot> result;
		if (state == ServiceState.NEW) {
			CompletableFuture<Future<ServiceSnapshot>> early = new CompletableFuture<>();
			simulation.service("a", CommandTests::defaults).service("other", CommandTests::defaults);
			simulation.beforeFirstTurn(() -> early.complete(command(simulation, command))).start();
			result = early.get();
		}
		else {
			bring(simulation, state);
			result = command(simulation, command);
			simulation.settle();
		}
		assertThat(stateOrGone(simulation)).isEqualTo(then);
		assertThat(result.isDone()).isEqualTo(done);
		simulation.endCancelled();
		assertThat(stateOrGone(simulation)).isEqualTo(inTheEnd);
		assertThat(result.get().name()).isEqualTo("a");
		assertThat(simulation.state("other")).isEqualTo(ServiceState.RUNNING);
	}

	private static Future<ServiceSnapshot> command(Simulation simulation, Command.Kind command) {
		ServiceGroup group = simulation.group();
		return switch (command) {
			case START -> group.start("a");
			case STOP -> group.stop("a");
			case RESTART -> group.restart("a");
			case REMOVE -> group.remove("a");
			case ADD -> throw new IllegalArgumentException();
		};
	}

	private static String stateOrGone(Simulation simulation) {
		return simulation.group().service("a").map((service) -> service.state().name()).orElse("gone");
	}

	private static void bring(Simulation simulation, ServiceState state) {
		simulation.service("other", CommandTests::defaults);
		if (state == ServiceState.WAITING) {
			simulation.announcing("needed", CommandTests::defaults).service("a", CommandTests::defaults, "needed");
		}
		else if (state == ServiceState.STARTING) {
			simulation.announcing("a", CommandTests::defaults);
		}
		else if (state == ServiceState.BACKOFF) {
			simulation.service("a", (policy) -> policy.restart(RestartPolicy.onFailure()));
		}
		else {
			simulation.service("a", (policy) -> policy.critical(false));
		}
		simulation.start();
		switch (state) {
			case NEW, WAITING, STARTING, RUNNING -> {
			}
			case BACKOFF, FAILED -> simulation.fail("a", new IOException("gone"));
			case STOPPING -> simulation.group().stop("a");
			case STUCK -> {
				simulation.group().stop("a");
				simulation.advance(Duration.ofSeconds(15));
			}
			case STOPPED -> {
				simulation.group().stop("a");
				simulation.settle().end("a");
			}
			case COMPLETED -> simulation.end("a");
		}
		assertThat(simulation.settle().state("a")).isEqualTo(state);
	}

	@Test
	void stopIsDoneOnceTheServiceIsStuck() throws Exception {
		Simulation simulation = Simulation.of("a", "b").start();
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(14));
		assertThat(stop).isNotDone();
		simulation.advance(Duration.ofSeconds(1));
		assertThat(stop.get().state()).isEqualTo(ServiceState.STUCK);
	}

	/**
	 * Only the stop that had cancelled it was done.
	 */
	@ParameterizedTest
	@EnumSource(names = { "STOP", "RESTART", "REMOVE" })
	void stopOfOneThatIsStoppingAnywayIsDoneOnceTheServiceIsStuck(Command.Kind first) throws Exception {
		Simulation simulation = Simulation.of("other").service("a", (policy) -> policy.critical(false)).start();
		command(simulation, first);
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPING);
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		Future<ServiceSnapshot> another = simulation.group().stop("a");
		simulation.advance(Duration.ofMillis(14_999));
		assertThat(stop).isNotDone();
		simulation.advance(Duration.ofMillis(1));
		assertThat(stop).isDone();
		assertThat(stop.get().state()).isEqualTo(ServiceState.STUCK);
		assertThat(another).isDone();
	}

	/**
	 * It waited for the end of the thread, which may be never.
	 */
	@Test
	void stopOfAStuckOneIsDoneAtOnceAndKeepsItFromGoingOn() throws Exception {
		Simulation simulation = Simulation.of("other").service("a", (policy) -> policy.critical(false)).start();
		simulation.group().restart("a");
		simulation.advance(Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		simulation.settle();
		assertThat(stop).isDone();
		assertThat(stop.get().state()).isEqualTo(ServiceState.STUCK);
		simulation.end("a").advance(Duration.ofDays(1));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(1);
	}

	/**
	 * They were carried out one by one when the thread ended, each start with a run that
	 * the stop after it withdrew.
	 */
	@ParameterizedTest
	@EnumSource(names = { "START", "RESTART", "STOP" })
	void lastOfManyCommandsOnAStuckOneCounts(Command.Kind last) {
		Simulation simulation = Simulation.of("other").service("a", (policy) -> policy.critical(false)).start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		List<Future<ServiceSnapshot>> results = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			results.add(simulation.group().start("a"));
			results.add(simulation.group().restart("a"));
			results.add(simulation.group().stop("a"));
		}
		results.add(command(simulation, last));
		int before = simulation.settle().trail().size();
		simulation.end("a").settle();
		boolean runs = last != Command.Kind.STOP;
		assertThat(simulation.state("a")).isEqualTo(runs ? ServiceState.RUNNING : ServiceState.STOPPED);
		assertThat(simulation.history()).hasSize(runs ? 3 : 2);
		assertThat(simulation.snapshot("a").attempt()).isEqualTo(runs ? 2 : 1);
		assertThat(simulation.trail().size() - before).isLessThanOrEqualTo(4);
		assertThat(results).allMatch(Future::isDone);
	}

	@Test
	void removeAfterManyCommandsOnAStuckOneCounts() {
		Simulation simulation = Simulation.of("other").service("a", (policy) -> policy.critical(false)).start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(15));
		List<Future<ServiceSnapshot>> results = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			results.add(simulation.group().stop("a"));
			results.add(simulation.group().start("a"));
		}
		results.add(simulation.group().remove("a"));
		simulation.settle().end("a");
		assertThat(stateOrGone(simulation)).isEqualTo("gone");
		assertThat(simulation.history()).hasSize(2);
		assertThat(results).allMatch(Future::isDone);
	}

	@Test
	void restartIsDoneOnceTheOldRunHasEndedAndTheNewOneIsOnItsWay() throws Exception {
		Simulation simulation = Simulation.of("a").withSlowExecutor().start().enter("a");
		Future<ServiceSnapshot> restart = simulation.group().restart("a");
		simulation.settle().end("a");
		assertThat(restart.get().attempt()).isBetween(1, 2);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STARTING);
	}

	@Test
	void restartOfOneThatHasNotBegunLeavesItAlone() {
		Simulation simulation = Simulation.of("a").withSlowExecutor().start();
		Future<ServiceSnapshot> restart = simulation.group().restart("a");
		simulation.settle();
		assertThat(restart).isDone();
		assertThat(simulation.history()).hasSize(1);
		simulation.enter("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void stopOfOneThatHasNotBegunIsDoneAtOnce() throws Exception {
		Simulation simulation = Simulation.of("a", "b").withSlowExecutor().start();
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		simulation.settle();
		assertThat(stop.get().state()).isEqualTo(ServiceState.STOPPED);
	}

	@Test
	void commandTouchesOnlyTheServiceThatItNames() {
		Simulation simulation = Simulation.of("a").service("b", CommandTests::defaults, "a").start();
		simulation.group().stop("a");
		simulation.settle().end("a");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		simulation.group().restart("b");
		simulation.settle().end("b");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.WAITING);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
	}

	@ParameterizedTest
	@EnumSource(names = { "START", "STOP", "RESTART", "REMOVE" })
	void unknownNameIsSaid(Command.Kind command) {
		Simulation simulation = Simulation.of("b").start();
		Future<ServiceSnapshot> result = command(simulation, command);
		simulation.settle();
		assertFailed(result, NoSuchElementException.class, "There is no service 'a' in 'test'");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@ParameterizedTest
	@EnumSource(names = { "START", "STOP", "RESTART" })
	void groupThatIsNotRunningRefuses(Command.Kind command) {
		Simulation simulation = Simulation.of("a");
		assertFailed(command(simulation, command), IllegalStateException.class, "'test' is not running");
		simulation.start().end("a");
		assertFailed(command(simulation, command), IllegalStateException.class, "'test' is not running");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.COMPLETED);
	}

	/**
	 * {@link ServiceGroup#start()} has returned, and its thread has not begun.
	 */
	@ParameterizedTest
	@CsvSource({ "START, RUNNING", "STOP, STOPPED", "RESTART, RUNNING" })
	void groupThatIsAboutToRunCarriesItOutThere(Command.Kind command, ServiceState then) {
		Simulation simulation = Simulation.of("a", "b").start().end("a");
		simulation.group().stop();
		simulation.settle().end("b");
		simulation.group().loop().claim();
		Future<ServiceSnapshot> result = command(simulation, command);
		assertThat(result).isNotDone();
		simulation.runClaimed();
		assertThat(result).succeedsWithin(Duration.ZERO);
		assertThat(simulation.state("a")).isEqualTo(then);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void groupThatIsAboutToRunRemovesThere() {
		Simulation simulation = Simulation.of("a", "b");
		simulation.group().loop().claim();
		Future<ServiceSnapshot> start = simulation.group().start("a");
		Future<ServiceSnapshot> remove = simulation.group().remove("a");
		simulation.runClaimed();
		assertThat(start).succeedsWithin(Duration.ZERO);
		assertThat(remove).succeedsWithin(Duration.ZERO);
		assertThat(simulation.group().services()).extracting(ServiceSnapshot::name).containsExactly("b");
	}

	/**
	 * The later one was carried out first, and the earlier one never.
	 */
	@ParameterizedTest
	@EnumSource(names = { "STOP", "REMOVE" })
	void groupThatIsAboutToRunKeepsTheOrder(Command.Kind later) {
		Simulation simulation = Simulation.of("a", "b");
		simulation.group().loop().claim();
		Future<ServiceSnapshot> start = simulation.group().start("a");
		List<Future<ServiceSnapshot>> then = new ArrayList<>();
		simulation.beforeFirstTurn(() -> then.add(command(simulation, later)));
		simulation.runClaimed();
		assertThat(start).succeedsWithin(Duration.ZERO);
		assertThat(then.get(0)).succeedsWithin(Duration.ZERO);
		assertThat(simulation.wasRun("a")).isFalse();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void groupThatDoesNotRunAfterAllRefuses() {
		CompletableFuture<Future<ServiceSnapshot>> posted = new CompletableFuture<>();
		CompletableFuture<ServiceGroup> group = new CompletableFuture<>();
		group.complete(ServiceGroup.builder("links").service("a", SERVICE).runner((run) -> {
			posted.complete(group.join().stop("a"));
			throw new RejectedExecutionException("full");
		}).build());
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(group.join()::start);
		assertFailed(posted.join(), IllegalStateException.class, "'a' cannot be stopped: 'links' could not be run");
	}

	/**
	 * The stack overflowed in our own methods, which lost the ownership of the group:
	 * from then on no command was answered, and the next run waited for ever.
	 */
	@ParameterizedTest
	@EnumSource(names = { "STOP", "REMOVE" })
	void rule26_commandsUntilTheStackOverflowsLeaveTheGroupAsItIs(Command.Kind kind) throws Exception {
		ServiceGroup group = ServiceGroup.builder("links").service("a", SERVICE).service("b", SERVICE).build();
		group.run();
		for (int i = 0; i < 20; i++) {
			int frames = i;
			Thread thread = new Thread(null, () -> {
				try {
					deeper(frames, () -> postUntilTheStackOverflows(group, kind));
				}
				catch (StackOverflowError ex) {
					// that was the point
				}
			}, "recursing", 256 * 1024);
			thread.start();
			thread.join();
		}
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> group.stop("b").get(10, TimeUnit.SECONDS))
			.withMessageContaining("'links' is not running");
		group.start();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThat(group.service("b").orElseThrow().attempt()).isEqualTo(2);
	}

	/**
	 * Where in our methods it overflows depends on what there is on the stack.
	 */
	private static void deeper(int frames, Runnable then) {
		if (frames > 0) {
			deeper(frames - 1, then);
		}
		else {
			then.run();
		}
	}

	private static void postUntilTheStackOverflows(ServiceGroup group, Command.Kind kind) {
		if (kind == Command.Kind.STOP) {
			group.stop("a");
		}
		else {
			group.remove("nobody");
		}
		postUntilTheStackOverflows(group, kind);
	}

	/**
	 * The same on a service's own thread, in a group that runs.
	 */
	@Test
	void rule26_commandsOfAServiceUntilItsStackOverflowsLeaveTheGroupAsItIs() throws Exception {
		CompletableFuture<ServiceGroup> built = new CompletableFuture<>();
		CompletableFuture<Boolean> overflowed = new CompletableFuture<>();
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			try {
				postUntilTheStackOverflows(built.join(), Command.Kind.STOP);
			}
			catch (StackOverflowError ex) {
				overflowed.complete(true);
			}
			context.awaitCancellation();
		})
			.service("b", ServiceContext::awaitCancellation)
			.executor((run) -> new Thread(null, run, "small", 256 * 1024).start())
			.build();
		built.complete(group);
		group.start();
		assertThat(overflowed.get(10, TimeUnit.SECONDS)).isTrue();
		assertThat(group.stop("b").get(10, TimeUnit.SECONDS).state()).isEqualTo(ServiceState.STOPPED);
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	@ParameterizedTest
	@EnumSource(names = { "START", "RESTART", "REMOVE" })
	void groupThatIsStoppingRefusesAllButStop(Command.Kind command) {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop();
		Future<ServiceSnapshot> refused = command(simulation, command);
		Future<ServiceSnapshot> added = simulation.group().add(ServiceDefinition.of("c", SERVICE));
		Future<ServiceSnapshot> stop = simulation.group().stop("b");
		simulation.settle();
		assertFailed(refused, IllegalStateException.class, "'test' is stopping");
		assertFailed(added, IllegalStateException.class, "'c' cannot be added: 'test' is stopping");
		simulation.endCancelled();
		assertThat(stop).succeedsWithin(Duration.ofSeconds(10));
	}

	/**
	 * One that waits for its turn to be stopped may end by itself meanwhile; the command
	 * to stop it was then refused in the end.
	 */
	@Test
	void stopOfOneThatEndsByItselfWhileTheGroupStopsIsDone() throws Exception {
		Simulation simulation = Simulation.of("a").service("b", CommandTests::defaults, "a").start();
		simulation.group().stop();
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		simulation.settle();
		assertThat(stop).isNotDone();
		simulation.end("a");
		assertThat(stop.get().state()).isEqualTo(ServiceState.COMPLETED);
	}

	@Test
	void stopOfOneThatHasNotBegunWhileTheGroupStopsIsDone() throws Exception {
		Simulation simulation = new Simulation().withSlowExecutor()
			.service("a", CommandTests::defaults)
			.service("b", CommandTests::defaults, "a")
			.start()
			.enter("a")
			.enter("b");
		simulation.group().restart("a");
		simulation.settle().end("a");
		simulation.group().stop();
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		simulation.settle().end("b");
		assertThat(stop.get().state()).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
	}

	@Test
	void whatWaitsForAStuckThreadIsRefusedWhenTheGroupEnds() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop("a");
		simulation.advance(Duration.ofSeconds(15));
		Future<ServiceSnapshot> restart = simulation.group().restart("a");
		simulation.group().stop();
		simulation.settle().end("b");
		assertFailed(restart, IllegalStateException.class, "'test' has ended");
	}

	@Test
	void serviceThatOthersDependOnIsNotRemoved() {
		Simulation simulation = Simulation.of("a").service("b", CommandTests::defaults, "a").start();
		Future<ServiceSnapshot> remove = simulation.group().remove("a");
		simulation.settle();
		assertFailed(remove, IllegalStateException.class, "'a' cannot be removed: 'b' depends on it");
		simulation.group().remove("b");
		simulation.settle().end("b");
		remove = simulation.group().remove("a");
		simulation.settle().end("a");
		assertThat(remove).isDone();
		assertThat(simulation.group().services()).isEmpty();
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void addedServiceStartsLikeAnyOther() throws Exception {
		Simulation simulation = Simulation.of("a").start();
		Future<ServiceSnapshot> add = simulation.group()
			.add(ServiceDefinition.builder("b", SERVICE).dependsOn("a").build());
		simulation.settle();
		assertThat(add.get().name()).isEqualTo("b");
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.group().snapshot().size()).isEqualTo(2);
		simulation.group().stop();
		simulation.settle();
		assertThat(simulation.cancelled()).containsExactly("b");
	}

	@Test
	void serviceAddedToAGroupThatDoesNotRunStartsWithIt() {
		Simulation simulation = Simulation.of("a");
		simulation.group().add(ServiceDefinition.of("b", SERVICE));
		assertThat(simulation.group().services()).hasSize(2);
		simulation.group().remove("a");
		assertThat(simulation.group().services()).hasSize(1);
		simulation.start();
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.wasRun("a")).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "crawler", "Crawler", "CRAW-LER", "craw_ler" })
	void nameOfAnAddedServiceMustNotBeTaken(String name) {
		Simulation simulation = Simulation.of("crawler").start();
		Future<ServiceSnapshot> add = simulation.group().add(ServiceDefinition.of(name, SERVICE));
		simulation.settle();
		assertFailed(add, IllegalArgumentException.class, "There is a service 'crawler' in 'test' already");
	}

	@Test
	void addedServiceMustNotDependOnAnUnknownOne() {
		Simulation simulation = Simulation.of("a").start();
		Future<ServiceSnapshot> add = simulation.group()
			.add(ServiceDefinition.builder("b", SERVICE).dependsOn("a", "x").build());
		simulation.settle();
		assertFailed(add, IllegalArgumentException.class, "'b' depends on 'x', which is not in the group");
		assertThat(simulation.group().remove("a")).isNotNull();
		simulation.settle().end("a");
		assertThat(simulation.group().services()).as("a has no dependent").isEmpty();
	}

	/**
	 * The question came in the loop, and an answer that threw was taken for a defect of
	 * the group's own.
	 */
	@Test
	void addedServiceIsAskedForItsReadinessByTheCaller() {
		Service hostile = new Service() {

			@Override
			public void run(ServiceContext context) {
			}

			@Override
			public boolean announcesReadiness() {
				throw new IllegalStateException("do not ask");
			}

		};
		Simulation simulation = Simulation.of("a").start();
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> simulation.group().add(ServiceDefinition.of("b", hostile)))
			.withMessageStartingWith("'b' cannot say whether it announces its readiness: ")
			.withRootCauseInstanceOf(IllegalStateException.class)
			.havingCause()
			.withMessage("do not ask");
		simulation.settle();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void removedNameMayBeUsedAgain() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().remove("a");
		simulation.group().add(ServiceDefinition.of("A", SERVICE));
		simulation.settle();
		assertThat(simulation.group().service("A")).as("before the thread has ended").isEmpty();
		simulation.end("a");
		simulation.group().add(ServiceDefinition.of("A", SERVICE));
		simulation.settle();
		assertThat(simulation.state("A")).isEqualTo(ServiceState.RUNNING);
	}

	@ParameterizedTest
	@EnumSource(names = { "START", "RESTART" })
	void startOfOneThatOutlastedAStopIsNotLostOnTheWayToIt(Command.Kind command) throws Exception {
		Simulation simulation = Simulation.of("a", "other").start();
		simulation.group().stop("a");
		simulation.settle().end("a");
		simulation.group().stop();
		simulation.settle().endCancelled();
		CompletableFuture<Future<ServiceSnapshot>> early = new CompletableFuture<>();
		simulation.beforeFirstTurn(() -> early.complete(command(simulation, command))).resume();
		assertThat(early.get().get().state()).isEqualTo(ServiceState.STARTING);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	/**
	 * The stop was carried out before the restart, which then waited for ever.
	 */
	@Test
	void whatIsAskedForBeforeTheStartHasReachedAServiceIsDoneInOrder() {
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.group().stop();
		simulation.settle().endCancelled();
		List<Future<ServiceSnapshot>> results = new ArrayList<>();
		simulation.beforeFirstTurn(() -> {
			results.add(simulation.group().restart("a"));
			results.add(simulation.group().stop("a"));
		}).start();
		assertThat(results).allMatch(Future::isDone);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void removedServiceNoLongerCountsForWhenAStopIsForced() {
		Simulation simulation = new Simulation().with((builder) -> builder.shutdownTimeout(Duration.ofSeconds(25)))
			.service("slow", (policy) -> policy.interruptPeriod(Duration.ofSeconds(20)))
			.service("a", (policy) -> policy.gracePeriod(Duration.ofMinutes(1)).interruptPeriod(Duration.ofSeconds(5)))
			.start();
		simulation.group().remove("slow");
		simulation.settle().end("slow");
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(19));
		assertThat(simulation.group().loop().group().roster.get("a").interrupted).isFalse();
		simulation.advance(Duration.ofSeconds(1));
		assertThat(simulation.group().loop().group().roster.get("a").interrupted).isTrue();
	}

	@Test
	void removalWhileTheGroupStartsSkipsNobody() {
		Simulation simulation = new Simulation();
		for (int i = 0; i < 1000; i++) {
			simulation.service("s" + i, CommandTests::defaults);
		}
		simulation.beforeFirstTurn(() -> {
			simulation.group().loop().turn();
			simulation.group().remove("s1");
			simulation.group().remove("s999");
		}).start();
		assertThat(simulation.group().services()).hasSize(998)
			.allMatch((service) -> service.state() == ServiceState.RUNNING);
	}

	@Test
	void commandsFromAServicesOwnThread() throws Exception {
		CompletableFuture<ServiceGroup> group = new CompletableFuture<>();
		CompletableFuture<Future<ServiceSnapshot>> result = new CompletableFuture<>();
		ServiceGroup built = ServiceGroup.builder("links").service("a", (context) -> {
			if (context.attempt() == 1) {
				result.complete(group.get().restart("a"));
			}
			context.awaitCancellation();
		}).build();
		group.complete(built);
		built.start();
		assertThat(result.get(10, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS).name()).isEqualTo("a");
		assertThat(built.awaitState("a", (state) -> state == ServiceState.RUNNING, Duration.ofSeconds(10))).isTrue();
		assertThat(built.service("a").orElseThrow().attempt()).isEqualTo(2);
		built.stop();
		assertThat(built.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	void commandsFromAListener() throws Exception {
		CompletableFuture<ServiceGroup> group = new CompletableFuture<>();
		CompletableFuture<ServiceSnapshot> restarted = new CompletableFuture<>();
		ServiceGroup built = ServiceGroup.builder("links")
			.service("a", ServiceContext::awaitCancellation)
			.listener(new ServiceGroupListener() {

				@Override
				public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
					if (service.state() == ServiceState.RUNNING && service.attempt() == 1) {
						try {
							restarted.complete(group.get().restart("a").get());
						}
						catch (InterruptedException | ExecutionException ex) {
							restarted.completeExceptionally(ex);
						}
					}
				}

			})
			.build();
		group.complete(built);
		built.start();
		assertThat(restarted).succeedsWithin(Duration.ofSeconds(10));
		built.stop();
		assertThat(built.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	@SuppressWarnings("NullAway")
	void nullIsRefusedInTheCaller() {
		ServiceGroup group = ServiceGroup.builder("links").build();
		assertThatNullPointerException().isThrownBy(() -> group.start(null)).withMessage("'service' must not be null");
		assertThatNullPointerException().isThrownBy(() -> group.add(null)).withMessage("'definition' must not be null");
	}

	@Test
	void resultIsDecidedByTheGroupAlone() {
		Simulation simulation = Simulation.of("a", "b").start();
		Future<ServiceSnapshot> stop = simulation.group().stop("a");
		simulation.settle();
		stop.cancel(true);
		simulation.end("a");
		assertThat(stop.isCancelled()).isTrue();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	private static void assertFailed(Future<ServiceSnapshot> result, Class<? extends Throwable> type, String message) {
		assertThat(result).failsWithin(Duration.ofSeconds(10))
			.withThrowableOfType(ExecutionException.class)
			.havingCause()
			.isInstanceOf(type)
			.withMessageContaining(message);
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

}
