package io.supervisor.benchmarks;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.supervisor.RestartPolicy;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one restart costs in a small group and in a large one: time, and with the
 * collector's profiler the memory allocated.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 2, time = 1)
@Fork(3)
public class RestartCostBenchmark {

	private static final Exception FAILURE = new Exception("again");

	/**
	 * How many services there are besides the one that restarts.
	 */
	@Param({ "10", "10000" })
	private int services;

	private ServiceGroup group = ServiceGroup.builder("empty").build();

	private final Semaphore begun = new Semaphore(0);

	private final Semaphore failures = new Semaphore(0);

	/**
	 * Start the group.
	 * @throws InterruptedException if interrupted
	 */
	@Setup(Level.Trial)
	public void start() throws InterruptedException {
		RestartPolicy restart = RestartPolicy.onFailure()
			.toBuilder()
			.delay(Duration.ZERO)
			.maxRestarts(RestartPolicy.UNLIMITED)
			.build();
		ServiceGroup.Builder builder = ServiceGroup.builder("group").executor(Threads.best().perTask(), false);
		for (int i = 0; i < this.services; i++) {
			builder.service("service-" + i, ServiceContext::awaitCancellation);
		}
		builder.service(ServiceDefinition.builder("flapping", this::failWhenTold)
			.policy(ServicePolicy.builder().restart(restart).build())
			.build());
		this.group = builder.build();
		this.group.start();
		if (!this.group.awaitReady(Duration.ofSeconds(30))) {
			throw new IllegalStateException("not ready: " + this.group);
		}
		this.begun.acquire();
	}

	private void failWhenTold(ServiceContext context) throws Exception {
		this.begun.release();
		context.interruptibly(() -> {
			this.failures.acquire();
			return null;
		});
		throw FAILURE;
	}

	/**
	 * Stop the group.
	 * @throws InterruptedException if interrupted
	 */
	@TearDown(Level.Trial)
	public void stop() throws InterruptedException {
		this.group.stop();
		this.group.awaitTermination(Duration.ofSeconds(30));
	}

	/**
	 * From the failure of one run until the next one has begun.
	 */
	@Benchmark
	public void cost() {
		this.failures.release();
		this.begun.acquireUninterruptibly();
	}

}
