package io.supervisor.benchmarks;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.supervisor.RestartPolicy;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast a service that fails at once is started again with no delay, beside a bare
 * loop that hands each run to a new thread of the same executor and waits for it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(3)
public class RestartRateBenchmark {

	private static final int RUNS = 50_000;

	private static final Exception FAILURE = new Exception("again");

	private final Executor executor = Threads.best().perTask();

	private volatile boolean ended;

	private int runs;

	/**
	 * The floor.
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
			.executor(this.executor)
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

}
