package io.supervisor;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

import net.bytebuddy.ByteBuddy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Rules 6 to 11; what is extreme about rule 11 is in {@link ExtremeTests}.
 */
class FailureRulesTests {

	static final Throwable[] ECHOES = { new InterruptedException(), new CancellationException(),
			new InterruptedIOException(), new AsynchronousCloseException(), new ClosedByInterruptException(),
			new FileLockInterruptionException(), new CompletionException(new InterruptedException()),
			new IllegalStateException(new IOException(new ClosedByInterruptException())) };

	static final Throwable[] NO_ECHOES = { new IOException("gone"), new SocketTimeoutException("slow"),
			new SocketException("reset"), new IllegalStateException(), new AssertionError(),
			new IOException(new SocketTimeoutException("slow")) };

	static final Throwable[] MENDABLE = { new IOException("gone"), new StackOverflowError(), new AssertionError(),
			new Throwable("neither exception nor error"), new ExecutionException(new StackOverflowError()),
			new IllegalStateException(new IOException(new StackOverflowError())) };

	static final Throwable[] BEYOND_REPAIR = { new OutOfMemoryError("heap"), new InternalError(),
			new NoClassDefFoundError("x"), new ExceptionInInitializerError(),
			new ExecutionException(new OutOfMemoryError("heap")),
			new CompletionException(new IllegalStateException(new NoClassDefFoundError("x"))),
			new StackOverflowError().initCause(new OutOfMemoryError("heap")),
			new ServiceGroupException(List.of(new ServiceFailure("inner", 1, new InternalError(), Instant.EPOCH)), 1) };

	@Test
	void rule06_firstFailureCancelsAllOthersAtOnce() {
		Simulation simulation = Simulation.of("a", "b", "c").start().fail("b", new IOException("gone"));
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
		assertThat(simulation.group().snapshot().failed()).as("shown at once").isTrue();
		assertThat(simulation.group().failure().orElseThrow()).hasMessage("b: java.io.IOException: gone");
		assertThat(simulation.run("a").cancellationCause()).contains(CancellationCause.groupFailure("b"));
		assertThat(simulation.run("c").isCancelled()).isTrue();
		simulation.endCancelled();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.snapshot("a").reason()).contains("'b' failed");
	}

	@Test
	void rule06_failureIsLoggedBeforeTheLoopKnowsOfIt() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("a").start();
			simulation.endUnseen(simulation.run("a"), new IOException("gone"));
			assertThat(log.problems()).containsExactly("ERROR 'a' failed: java.io.IOException: gone");
		}
	}

	@Test
	void rule06_failureIsInTheLogOnceAtErrorAndBeforeTheCancel() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation.of("a", "b").start().fail("a", new IOException("gone")).endCancelled().trail();
			assertThat(log.problems()).containsExactly("ERROR 'a' failed: java.io.IOException: gone",
					"WARN 'test' is stopping because 'a' failed: 1 service to end",
					"WARN 'test' has failed because 'a' failed; every thread has ended");
		}
	}

	@Test
	void rule06_failureIsLoggedAlsoWhereItsMessageOrStackCannotBeRead() {
		Throwable hostile = new HostileException();
		try (RecordedLog log = new RecordedLog()) {
			Simulation.of("a").start().fail("a", hostile);
			assertThat(log.problems().get(0)).startsWith("ERROR 'a' failed: " + HostileException.class.getName());
		}
	}

	@ParameterizedTest
	@FieldSource("MENDABLE")
	void rule07_anyThrowableIsAFailureThatARestartMayMend(Throwable thrown) {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start()
			.fail("a", thrown);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
		assertThat(simulation.snapshot("a").lastFailure().orElseThrow().cause()).isSameAs(thrown);
	}

	@ParameterizedTest
	@FieldSource("BEYOND_REPAIR")
	void rule07_errorsOfTheMachineAndOfLinkageAreNeverRestarted(Throwable thrown) {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.restart(RestartPolicy.onFailure()))
			.start()
			.fail("a", thrown);
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasCause(thrown);
	}

	@ParameterizedTest
	@FieldSource("ECHOES")
	void rule08_whatEchoesTheCancelIsNoFailure(Throwable thrown) {
		Simulation simulation = Simulation.of("a", "b").start().fail("a", new IOException("gone"));
		simulation.fail("b", thrown);
		assertThat(simulation.state("b")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().failure().orElseThrow().failures()).hasSize(1);
		assertThat(simulation.group().snapshot().failures()).hasSize(1);
	}

	@ParameterizedTest
	@FieldSource("NO_ECHOES")
	void rule08_whatElseAStoppedRunThrowsIsASecondaryFailure(Throwable thrown) {
		IOException first = new IOException("first");
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("a", "b").start().fail("a", first);
			simulation.fail("b", thrown);
			assertThat(simulation.state("b")).isEqualTo(ServiceState.STOPPED);
			ServiceGroupException error = simulation.group().failure().orElseThrow();
			assertThat(error).hasCause(first).hasSuppressedException(thrown);
			assertThat(error.failures()).extracting(ServiceFailure::service).containsExactly("a", "b");
			assertThat(log.problems())
				.contains("WARN 'b' failed while it was stopping: " + error.failures().get(1).description());
		}
	}

	@ParameterizedTest
	@FieldSource("ECHOES")
	void rule08_echoWithoutACancelIsAFailure(Throwable thrown) {
		Simulation simulation = Simulation.of("a").start().fail("a", thrown);
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasCause(thrown);
	}

	/**
	 * The body of a try-with-resources gets our interrupt, and then close() fails: data
	 * were lost, and nobody was told.
	 */
	@ParameterizedTest
	@FieldSource("ECHOES")
	void rule08_whatAnEchoHasSuppressedIsJudgedByItself(Throwable echo) {
		IOException lost = new IOException("data lost");
		Throwable thrown = suppressing(echo, lost);
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("a", "b").start().fail("a", new IOException("gone"));
			simulation.fail("b", thrown);
			assertThat(simulation.state("b")).isEqualTo(ServiceState.STOPPED);
			assertThat(simulation.snapshot("b").lastFailure()).isPresent();
			ServiceGroupException error = simulation.group().failure().orElseThrow();
			assertThat(error).hasSuppressedException(lost);
			assertThat(error.failures()).extracting(ServiceFailure::service).containsExactly("a", "b");
			assertThat(log.problems())
				.contains("WARN 'b' failed while it was stopping: java.io.IOException: data lost");
		}
	}

	/**
	 * Wherever in the chain it is, and so that the echoes of other tests stay as they
	 * are.
	 */
	private static Throwable suppressing(Throwable echo, Throwable suppressed) {
		Throwable cause = new IllegalStateException(echo);
		Throwable middle = new IOException("in between");
		middle.initCause(cause);
		middle.addSuppressed(suppressed);
		return new CompletionException(middle);
	}

	@Test
	void rule08_whatAnEchoHasSuppressedIsSecondaryInACleanStopToo() {
		InterruptedException thrown = new InterruptedException();
		IOException lost = new IOException("data lost");
		thrown.addSuppressed(lost);
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.settle().fail("a", thrown);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause).containsExactly(lost);
	}

	@Test
	void rule08_echoesThatAnEchoHasSuppressedAreNoFailures() {
		Throwable thrown = new InterruptedException();
		for (Throwable echo : ECHOES) {
			thrown.addSuppressed(echo);
		}
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.settle().fail("a", thrown);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	/**
	 * Several resources are closed, one after the other.
	 */
	@Test
	void rule08_lossBehindEchoesThatAnEchoHasSuppressedIsFound() {
		IOException lost = new IOException("data lost");
		InterruptedException inner = new InterruptedException("inner");
		inner.addSuppressed(lost);
		InterruptedException thrown = new InterruptedException("outer");
		thrown.addSuppressed(new ClosedByInterruptException());
		thrown.addSuppressed(new IllegalStateException(inner));
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.settle().fail("a", thrown);
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause).containsExactly(lost);
	}

	@Test
	void rule08_suppressedInACircleDoNotHangTheRun() {
		InterruptedException first = new InterruptedException("first");
		InterruptedException second = new InterruptedException("second");
		first.addSuppressed(second);
		second.addSuppressed(first);
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.settle().fail("a", first);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	/**
	 * A consumer that was told to wake up by an action ended with a WARN and a stack
	 * trace each time.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "WakeupException", "InterruptException" })
	void rule08_whatKafkaThrowsWhenItIsWokenIsAnEcho(String name) {
		try (RecordedLog log = new RecordedLog()) {
			for (RuntimeException thrown : kafkas(name)) {
				Simulation simulation = Simulation.of("a", "b").start().fail("b", new IOException("gone"));
				simulation.fail("a", thrown);
				assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
				assertThat(simulation.group().failure().orElseThrow()).hasMessage("b: java.io.IOException: gone");
			}
			assertThat(log.lines()).noneMatch((line) -> line.contains("while it was stopping"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "WakeupException", "InterruptException" })
	void rule08_whatKafkaThrowsWithoutACancelIsAFailure(String name) {
		for (RuntimeException thrown : kafkas(name)) {
			Simulation simulation = Simulation.of("a").start().fail("a", thrown);
			assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		}
	}

	@Test
	void rule08_whatElseKafkaThrowsIsASecondaryFailure() {
		for (RuntimeException thrown : kafkas("CommitFailedException")) {
			Simulation simulation = Simulation.of("a").start();
			simulation.group().stop();
			simulation.settle().fail("a", thrown);
			assertThat(simulation.group().snapshot().failures()).hasSize(1);
		}
	}

	/**
	 * One of Kafka's by its name, a subclass of that, and both inside another.
	 */
	private static List<RuntimeException> kafkas(String name) {
		RuntimeException plain = standIn(RuntimeException.class, "org.apache.kafka.common.errors." + name);
		RuntimeException special = standIn(plain.getClass(), "org.example.Special" + name);
		return List.of(plain, special, new IllegalStateException(plain),
				new CompletionException(new IllegalStateException(special)));
	}

	/**
	 * Made here, since the real one is a class that need not be there.
	 */
	private static RuntimeException standIn(Class<? extends RuntimeException> superclass, String name) {
		try {
			return new ByteBuddy().subclass(superclass)
				.name(name)
				.make()
				.load(superclass.getClassLoader())
				.getLoaded()
				.getDeclaredConstructor()
				.newInstance();
		}
		catch (ReflectiveOperationException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void rule08_socketExceptionIsAnEchoOnceAnInterruptHasBegun() {
		Simulation simulation = Simulation.of("a").start();
		simulation.group().stop();
		simulation.advance(Duration.ofSeconds(10)).fail("a", new IOException(new SocketException("closed")));
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	@Test
	void rule08_socketExceptionIsAnEchoOnceAnActionHasBegun() throws Exception {
		Simulation simulation = Simulation.of("a").start();
		CountDownLatch closed = new CountDownLatch(1);
		simulation.run("a").onCancel(closed::countDown);
		simulation.group().stop();
		simulation.settle();
		closed.await();
		simulation.fail("a", new SocketException("closed"));
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	/**
	 * The loop cancels a run that has ended but whose end it has not taken: stopped by
	 * the loop's order, but no echo, as the run never saw a cancel.
	 */
	@Test
	void rule08_whatARunThrewBeforeItSawItsTokenIsNoEcho() {
		Simulation simulation = Simulation.of("a").start();
		InterruptedException thrown = new InterruptedException("somebody else's");
		Run run = simulation.run("a");
		boolean cancelled = run.leave();
		simulation.group().stop();
		simulation.settle();
		run.conclude(thrown, cancelled);
		run.loop().post(run);
		simulation.settle();
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).extracting(ServiceFailure::cause).containsExactly(thrown);
	}

	@Test
	void rule09_oneThatIsNotCriticalFailsAlone() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = new Simulation().service("a", (policy) -> policy.critical(false))
				.service("b", FailureRulesTests::defaults)
				.start()
				.fail("a", new IOException("gone"));
			assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
			assertThat(simulation.state("b")).isEqualTo(ServiceState.RUNNING);
			assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
			assertThat(simulation.group().snapshot().failures()).hasSize(1);
			assertThat(simulation.group().failure()).isEmpty();
			simulation.trail();
			assertThat(log.problems()).containsExactly("ERROR 'a' failed: java.io.IOException: gone");
			simulation.group().stop();
			simulation.settle().endCancelled();
			assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
			assertThat(simulation.group().failure()).isEmpty();
		}
	}

	@Test
	void rule10_completionIsFine() {
		try (RecordedLog log = new RecordedLog()) {
			Simulation simulation = Simulation.of("a", "b").start().end("a");
			assertThat(simulation.state("a")).isEqualTo(ServiceState.COMPLETED);
			assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
			simulation.trail();
			assertThat(log.lines()).contains("INFO 'a' has completed");
		}
	}

	@Test
	void rule10_completionMayBeAFailure() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.onCompletion(OnCompletion.FAIL))
			.start()
			.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.FAILED);
		assertThat(simulation.group().failure().orElseThrow())
			.hasMessage("a: java.lang.IllegalStateException: It has completed, which its policy takes for a failure");
	}

	@Test
	void rule10_completionThatIsAFailureIsRestartedOnFailure() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.onCompletion(OnCompletion.FAIL).restart(RestartPolicy.onFailure()))
			.start()
			.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.BACKOFF);
	}

	@Test
	void rule10_returnAfterACancelIsNeverAFailure() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.onCompletion(OnCompletion.FAIL))
			.start();
		simulation.group().stop();
		simulation.settle().end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STOPPED);
		assertThat(simulation.group().snapshot().failures()).isEmpty();
	}

	@Test
	void rule10_completionMayStopTheGroup() {
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.onCompletion(OnCompletion.STOP_GROUP).restart(RestartPolicy.always()))
			.service("b", FailureRulesTests::defaults)
			.start()
			.end("a");
		assertThat(simulation.state("a")).isEqualTo(ServiceState.COMPLETED);
		assertThat(simulation.run("b").isCancelled()).isTrue();
		simulation.end("b");
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(simulation.group().failure()).isEmpty();
	}

	@Test
	void rule11_runThrowsExactlyIfThereWasAPrimaryFailure() {
		IOException cause = new IOException("gone");
		ServiceGroup failing = ServiceGroup.builder("links").service("a", (context) -> {
			throw cause;
		}).build();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(failing::run).withCause(cause);
		ServiceGroup secondary = ServiceGroup.builder("links").service("a", (context) -> {
			context.awaitCancellation();
			throw cause;
		}).build();
		secondary.start();
		secondary.stop();
		assertThat(secondary.failure()).isEmpty();
	}

	private static void defaults(ServicePolicy.Builder policy) {
	}

	/**
	 * Answers nothing.
	 */
	private static final class HostileException extends RuntimeException {

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message");
		}

		@Override
		public StackTraceElement[] getStackTrace() {
			throw new IllegalStateException("no stack");
		}

		@Override
		public synchronized Throwable getCause() {
			throw new IllegalStateException("no cause");
		}

	}

}
