package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Rule 11: whatever comes, one group error, nothing lost, no hang.
 */
@Timeout(60)
@ExtendWith(SilentLog.class)
class ExtremeTests {

	/**
	 * Each step of the start must not follow the last one to the one that it waits for in
	 * the end.
	 */
	@Test
	void rule03_hundredsOfThousandsInAChain() {
		int size = 200_000;
		Simulation simulation = new Simulation();
		for (int i = 0; i < size; i++) {
			simulation.service("s" + i, (policy) -> policy.critical(false),
					(i > 0) ? new String[] { "s" + (i - 1) } : new String[0]);
		}
		simulation.service("last", (policy) -> {
		}, "s" + (size - 1)).start();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule11_twoFailuresInTheSameInstant() {
		IOException first = new IOException("first");
		IOException second = new IOException("second");
		Simulation simulation = Simulation.of("a", "b", "c").start();
		simulation.endUnseen(simulation.run("a"), first).endUnseen(simulation.run("b"), second).settle().end("c");
		ServiceGroupException error = simulation.group().failure().orElseThrow();
		assertThat(error).hasCause(first).hasSuppressedException(second);
		assertThat(error.failures()).extracting(ServiceFailure::service).containsExactly("a", "b");
		assertThat(simulation.state("b")).as("ended before it was cancelled").isEqualTo(ServiceState.FAILED);
	}

	@Test
	void rule11_sameInstanceTwice() {
		IOException shared = new IOException("shared");
		Simulation simulation = Simulation.of("a", "b").start();
		simulation.endUnseen(simulation.run("a"), shared).endUnseen(simulation.run("b"), shared).settle();
		ServiceGroupException error = simulation.group().failure().orElseThrow();
		assertThat(error).hasCause(shared).hasNoSuppressedExceptions();
		assertThat(error.failures()).hasSize(2);
	}

	@Test
	void rule11_cyclicCauses() {
		IOException one = new IOException("one");
		IOException two = new IOException("two", one);
		one.initCause(two);
		Simulation simulation = new Simulation()
			.service("a", (policy) -> policy.restart(RestartPolicy.onFailure().toBuilder().maxRestarts(1).build()))
			.service("b", (policy) -> {
			})
			.start()
			.fail("a", one)
			.advance(Duration.ofSeconds(1))
			.fail("a", two);
		simulation.fail("b", one);
		assertThat(simulation.group().failure().orElseThrow()).hasMessage("""
				2 of 2 services failed
				  a: java.io.IOException: two (failed 2 times in a row)
				  b: java.io.IOException: one""");
	}

	@Test
	void rule11_failureThatHasItselfSuppressed() {
		IOException one = new IOException("one");
		IOException two = new IOException("two");
		one.addSuppressed(two);
		two.addSuppressed(one);
		assertThat(failing(one).failure().orElseThrow()).hasCause(one);
	}

	@Test
	void rule11_suppressionDisabled() {
		Throwable first = new Throwable("first", null, false, false) {
		};
		Throwable second = new Throwable("second", null, false, false) {
		};
		Simulation simulation = Simulation.of("a", "b").start().fail("a", first).fail("b", second);
		assertThat(simulation.group().failure().orElseThrow()).hasCause(first).hasSuppressedException(second);
	}

	@Test
	void rule11_getMessageThatThrows() {
		Throwable hostile = new RuntimeException() {

			@Override
			public String getMessage() {
				throw new StackOverflowError();
			}

		};
		ServiceGroupException error = failing(hostile).failure().orElseThrow();
		assertThat(error.failures().get(0).cause()).isSameAs(hostile);
		assertThat(error.getMessage())
			.startsWith("a: " + hostile.getClass().getName() + " (its message could not be read");
	}

	@Test
	void rule11_getCauseThatThrows() {
		Throwable hostile = new RuntimeException("hostile") {

			@Override
			public synchronized Throwable getCause() {
				throw new IllegalStateException("no cause");
			}

		};
		assertThat(failing(hostile).failure().orElseThrow().getMessage()).endsWith(": hostile");
	}

	@Test
	void rule11_errorOfAnEarlierRunThrownAgain() {
		ServiceGroupException[] earlier = new ServiceGroupException[1];
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			throw (earlier[0] != null) ? earlier[0] : new IOException("gone");
		}).build();
		for (int i = 0; i < 3; i++) {
			earlier[0] = run(group);
		}
		assertThat(earlier[0]).hasMessage("a/a/a: java.io.IOException: gone");
	}

	@Test
	void rule11_hundredThousandFailures() {
		int services = 100_000;
		Simulation simulation = new Simulation();
		for (int i = 0; i < services; i++) {
			simulation.service("s" + i, (policy) -> {
			});
		}
		simulation.start();
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		simulation.history().forEach((run) -> simulation.endUnseen(run, new Stackless()));
		simulation.settle();
		ServiceGroupException error = simulation.group().failure().orElseThrow();
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(error.failures()).hasSize(services);
		assertThat(error.getSuppressed()).hasSize(services - 1);
		assertThat(error.getMessage()).endsWith("... and 99 980 more");
	}

	@Test
	void rule11_thousandsOfThreadsFailAtOnce() {
		int services = 2_000;
		CountDownLatch allRunning = new CountDownLatch(services);
		ServiceGroup.Builder builder = ServiceGroup.builder("links");
		for (int i = 0; i < services; i++) {
			builder.service("s" + i, (context) -> {
				allRunning.countDown();
				allRunning.await();
				throw new Stackless();
			});
		}
		ServiceGroupException error = run(builder.build());
		assertThat(error.failures()).hasSize(services);
	}

	@Test
	void rule11_runDoesNotThrowForSecondaryFailuresAlone() {
		IOException secondary = new IOException("too");
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			context.awaitCancellation();
			throw secondary;
		}).service("b", ServiceContext::awaitCancellation).build();
		Thread.currentThread().interrupt();
		group.run();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
		assertThat(group.failure()).isEmpty();
	}

	@Test
	void rule11_runOutOfMemory() {
		OutOfMemoryError thrown = new OutOfMemoryError("as if");
		assertThat(failing(thrown).failure().orElseThrow()).hasCause(thrown)
			.hasMessage("a: java.lang.OutOfMemoryError: as if");
	}

	private static ServiceGroup failing(Throwable thrown) {
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			throw ExtremeTests.<RuntimeException>sneak(thrown);
		}).service("b", ServiceContext::awaitCancellation).build();
		run(group);
		return group;
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> T sneak(Throwable thrown) throws T {
		throw (T) thrown;
	}

	private static ServiceGroupException run(ServiceGroup group) {
		ServiceGroupException[] thrown = new ServiceGroupException[1];
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(group::run).satisfies((ex) -> thrown[0] = ex);
		return thrown[0];
	}

	/**
	 * Cheap to make in masses.
	 */
	private static final class Stackless extends RuntimeException {

		Stackless() {
			super("stackless", null, false, false);
		}

	}

}
