package io.supervisor.lifecycle;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.ExitCodeEvent;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class GroupExitTests {

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();

	private final BlockingQueue<Integer> events = new LinkedBlockingQueue<>();

	private final ServiceGroup failing = ServiceGroup.builder("supervisor").service("failing", (context) -> {
		throw new IllegalStateException("boom");
	}).build();

	private final GroupExit exit = new GroupExit(this.failing, this.context, this.exits::add);

	@BeforeEach
	void refresh() {
		this.context.registerBean(ExitCodeGenerator.class, () -> () -> 3);
		this.context.addApplicationListener(
				(ApplicationListener<ExitCodeEvent>) (event) -> this.events.add(event.getExitCode()));
		this.context.refresh();
	}

	@AfterEach
	void close() {
		this.context.close();
	}

	@Test
	void exitWhenArmedClosesTheContextAndEndsTheProcess() throws InterruptedException {
		this.exit.arm();
		fail();
		this.exit.exitIfFailed();
		assertThat(this.exits.poll(30, TimeUnit.SECONDS)).isEqualTo(3);
		assertThat(this.context.isActive()).isFalse();
		assertThat(this.events).containsExactly(3);
	}

	@Test
	void exitWhenNotArmedWaitsUntilItIs() throws InterruptedException {
		fail();
		this.exit.exitIfFailed();
		assertThat(this.exits).isEmpty();
		assertThat(this.context.isActive()).isTrue();
		this.exit.arm();
		assertThat(this.exits.poll(30, TimeUnit.SECONDS)).isEqualTo(3);
	}

	@Test
	void exitHappensOnce() throws InterruptedException {
		fail();
		this.exit.arm();
		this.exit.exitIfFailed();
		this.exit.exitIfFailed();
		assertThat(this.exits.poll(30, TimeUnit.SECONDS)).isEqualTo(3);
		assertThat(this.events).hasSize(1);
	}

	@Test
	void exitWhenTheGroupHasNotFailedDoesNotHappen() {
		this.exit.arm();
		this.exit.exitIfFailed();
		assertThat(this.context.isActive()).isTrue();
	}

	private void fail() {
		assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(this.failing::run);
	}

}
