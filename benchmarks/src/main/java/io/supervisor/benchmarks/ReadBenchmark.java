package io.supervisor.benchmarks;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceState;
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
 * Reading a group that runs, in a small one and in a large one.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 2, time = 1)
@Fork(3)
public class ReadBenchmark {

	/**
	 * How many services there are.
	 */
	@Param({ "10", "100000" })
	private int services;

	private String name = "";

	private ServiceGroup group = ServiceGroup.builder("empty").build();

	/**
	 * Start the group.
	 * @throws InterruptedException if interrupted
	 */
	@Setup(Level.Trial)
	public void start() throws InterruptedException {
		ServiceGroup.Builder builder = ServiceGroup.builder("group").executor(Threads.best().perTask(), false);
		for (int i = 0; i < this.services; i++) {
			builder.service("service-" + i, ServiceContext::awaitCancellation);
		}
		this.group = builder.build();
		this.group.start();
		if (!this.group.awaitReady(Duration.ofSeconds(30))) {
			throw new IllegalStateException("not ready: " + this.group);
		}
		// not the same instance as in the definition, as in a request
		this.name = new StringBuilder("service-").append(this.services / 2).toString();
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
	 * One service by its name.
	 * @return its state
	 */
	@Benchmark
	public ServiceState service() {
		return this.group.service(this.name).orElseThrow().state();
	}

	/**
	 * How many services run and how many have failed.
	 * @return the sum, so that neither is left out
	 */
	@Benchmark
	public int counts() {
		var snapshot = this.group.snapshot();
		return snapshot.count(ServiceState.RUNNING) + snapshot.count(ServiceState.FAILED);
	}

}
