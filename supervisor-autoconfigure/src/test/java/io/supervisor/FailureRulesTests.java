package io.supervisor;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

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
			new Throwable("neither exception nor error") };

	static final Throwable[] BEYOND_REPAIR = { new OutOfMemoryError("heap"), new InternalError(),
			new NoClassDefFoundError("x"), new ExceptionInInitializerError() };

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
