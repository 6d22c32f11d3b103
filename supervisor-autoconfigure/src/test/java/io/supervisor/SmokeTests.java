package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SmokeTests {

	@Test
	void simulated() {
		Simulation sim = Simulation.of("a", "b", "c").start();
		assertThat(sim.state()).isEqualTo(GroupState.RUNNING);
		sim.fail("b", new IOException("gone"));
		assertThat(sim.run("a").isCancelled()).isTrue();
		assertThat(sim.state("b")).isEqualTo(ServiceState.FAILED);
		assertThat(sim.state("a")).isEqualTo(ServiceState.STOPPING);
		sim.endCancelled();
		assertThat(sim.state()).isEqualTo(GroupState.FAILED);
		assertThat(sim.group().failure().orElseThrow()).hasMessage("b: java.io.IOException: gone");
		System.out.println(sim.trail());
	}

	@Test
	void stuck() {
		Simulation sim = Simulation.of("a", "b").start();
		sim.group().stop();
		sim.settle();
		sim.end("a");
		sim.advance(Duration.ofSeconds(60));
		assertThat(sim.state()).isEqualTo(GroupState.STOPPED);
		assertThat(sim.state("b")).isEqualTo(ServiceState.STUCK);
		System.out.println(sim.trail());
		sim.end("b");
		assertThat(sim.state("b")).isEqualTo(ServiceState.STOPPED);
	}

	@Test
	void backoff() {
		Simulation sim = new Simulation().service("a", (p) -> p.restart(RestartPolicy.onFailure())).start();
		for (int i = 0; i < 6; i++) {
			sim.fail("a", new IOException("gone"));
			System.out.println(sim.elapsed() + " " + sim.snapshot("a"));
			sim.advance(Duration.ofSeconds(30));
		}
		assertThat(sim.state()).isEqualTo(GroupState.FAILED);
		System.out.println(sim.group().failure());
	}

	@Test
	void real() throws Exception {
		CountDownLatch go = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
			go.await();
			throw new IOException("boom");
		}).service("b", (context) -> context.awaitCancellation()).service("c", (context) -> {
			try {
				context.interruptibly(() -> {
					new CountDownLatch(1).await();
					return 1;
				});
			}
			finally {
				assertThat(Thread.currentThread().isInterrupted()).isFalse();
			}
		}).build();
		go.countDown();
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(group::run)
			.withMessage("a: java.io.IOException: boom");
		assertThat(group.snapshot().state()).isEqualTo(GroupState.FAILED);
		ServiceGroup.builder("empty").build().run();
	}

}
