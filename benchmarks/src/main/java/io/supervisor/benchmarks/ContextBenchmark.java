package io.supervisor.benchmarks;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a service calls in its innermost loop, on a context that a running group has made.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 2, time = 1)
@Fork(3)
public class ContextBenchmark {

	private @Nullable ServiceGroup group;

	private @Nullable ServiceContext context;

	/**
	 * Start a group of one service.
	 */
	@Setup(Level.Trial)
	public void start() {
		CompletableFuture<ServiceContext> context = new CompletableFuture<>();
		ServiceGroup group = ServiceGroup.builder("group").service("measured", (running) -> {
			context.complete(running);
			running.awaitCancellation();
		}).build();
		group.start();
		this.group = group;
		this.context = context.join();
	}

	/**
	 * Stop the group.
	 * @throws InterruptedException if interrupted
	 */
	@TearDown(Level.Trial)
	public void stop() throws InterruptedException {
		if (this.group != null) {
			this.group.stop();
			this.group.awaitTermination(Duration.ofSeconds(30));
		}
	}

	/**
	 * Look at the token.
	 * @return what it says
	 */
	@Benchmark
	@SuppressWarnings("NullAway") // set before: a check would be measured as well
	public boolean isCancelled() {
		return this.context.isCancelled();
	}

	/**
	 * Give a sign of life.
	 */
	@Benchmark
	@SuppressWarnings("NullAway") // set before: a check would be measured as well
	public void heartbeat() {
		this.context.heartbeat();
	}

}
