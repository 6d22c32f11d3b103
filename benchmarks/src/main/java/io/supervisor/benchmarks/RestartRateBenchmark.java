package io.supervisor.benchmarks;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.supervisor.RestartPolicy;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast a service that fails at once is started again with no delay, beside bare loops
 * that hand each run to a new thread of the same executor and wait for it, and beside an
 * actor of Pekko that is restarted by its supervisor. Failures have no stack to fill in,
 * and restarts are not logged.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
public class RestartRateBenchmark {

	private static final int RUNS = 50_000;

	private static final Exception FAILURE = new Exception("again");

	private final Executor executor = Threads.best().perTask();

	private volatile boolean ended;

	private int runs;

	private @Nullable ActorSystem<Flapping> actors;

	/**
	 * Start the actors' system.
	 */
	@Setup(Level.Trial)
	public void start() {
		this.actors = ActorSystem.create(Behaviors.receive((context, flapping) -> {
			context.spawnAnonymous(flapping.supervised());
			return Behaviors.same();
		}), "benchmarks");
	}

	/**
	 * Stop it.
	 */
	@TearDown(Level.Trial)
	public void stop() {
		if (this.actors != null) {
			this.actors.terminate();
		}
	}

	/**
	 * The floor: one that spins while it waits.
	 */
	@Benchmark
	@OperationsPerInvocation(RUNS)
	public void bareLoop() {
		for (int i = 0; i < RUNS; i++) {
			this.ended = false;
			this.executor.execute(() -> this.ended = true);
			while (!this.ended) {
				Thread.onSpinWait();
			}
		}
	}

	/**
	 * The same, but it parks at once.
	 */
	@Benchmark
	@OperationsPerInvocation(RUNS)
	public void parkingLoop() {
		Thread loop = Thread.currentThread();
		for (int i = 0; i < RUNS; i++) {
			this.ended = false;
			this.executor.execute(() -> {
				this.ended = true;
				LockSupport.unpark(loop);
			});
			while (!this.ended) {
				LockSupport.park(this);
			}
		}
	}

	/**
	 * One actor, as many restarts.
	 */
	@Benchmark
	@OperationsPerInvocation(RUNS)
	public void pekko() {
		Flapping flapping = new Flapping();
		Objects.requireNonNull(this.actors).tell(flapping);
		flapping.over.join();
	}

	/**
	 * One group, one service, as many restarts.
	 */
	@Benchmark
	@OperationsPerInvocation(RUNS)
	public void group() {
		this.runs = 0;
		RestartPolicy restart = RestartPolicy.onFailure()
			.toBuilder()
			.delay(Duration.ZERO)
			.maxRestarts(RestartPolicy.UNLIMITED)
			.build();
		ServiceGroup.builder("group")
			.executor(this.executor, false)
			.service(ServiceDefinition.builder("flapping", (context) -> fail())
				.policy(ServicePolicy.builder().restart(restart).build())
				.build())
			.build()
			.run();
	}

	private void fail() throws Exception {
		if (++this.runs < RUNS) {
			throw FAILURE;
		}
	}

	/**
	 * An actor that fails at the message that each of its incarnations sends itself.
	 */
	private static final class Flapping {

		private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();

		private int runs;

		Behavior<String> supervised() {
			return Behaviors.supervise(Behaviors.<String>setup((context) -> {
				context.getSelf().tell("run");
				return Behaviors.receiveMessage((message) -> run());
			})).onFailure(SupervisorStrategy.restart().withLoggingEnabled(false));
		}

		private Behavior<String> run() throws Exception {
			if (++this.runs < RUNS) {
				throw FAILURE;
			}
			this.over.complete(null);
			return Behaviors.stopped();
		}

	}

}
