package io.supervisor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The threads that call an executor that may block (rule 5).
 */
@Timeout(60)
class SubmitterTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final BlockingQueue<String> submitted = new LinkedBlockingQueue<>();

	private final List<Thread> submitters = new CopyOnWriteArrayList<>();

	private final CountDownLatch released = new CountDownLatch(1);

	/**
	 * How many threads to submit cannot be started.
	 */
	private final AtomicInteger failing = new AtomicInteger();

	@AfterEach
	void release() {
		this.released.countDown();
	}

	@Test
	void runsAreSubmittedInTheOrderOfTheirStarts() throws Exception {
		List<String> names = new ArrayList<>();
		for (int i = 0; i < 300; i++) {
			names.add("s" + i);
		}
		ServiceGroup group = group(this::accept, names.toArray(String[]::new));
		group.start();
		assertThat(group.awaitReady(LONG)).isTrue();
		assertThat(this.submitted).containsExactlyElementsOf(names);
		end(group);
	}

	@Test
	void threadIsADaemonAndEndsWhenThereIsNothingToSubmit() throws Exception {
		ServiceGroup group = group(this::accept, "a");
		group.start();
		assertThat(group.awaitReady(LONG)).isTrue();
		Awaitility.await().atMost(LONG).until(() -> !submitter(0).isAlive());
		assertThat(submitter(0).isDaemon()).isTrue();
		group.restart("a").get(20, TimeUnit.SECONDS);
		assertThat(group.awaitState("a", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		end(group);
	}

	@Test
	void whenTwoAreBlockedTheOthersWaitUntilTheExecutorLetsGoOfOne() throws Exception {
		CountDownLatch first = new CountDownLatch(1);
		ServiceGroup group = group((run) -> {
			awaitIn(run, "a", first);
			awaitIn(run, "b", this.released);
			accept(run);
		}, "a", "b", "c");
		group.start();
		Awaitility.await().atMost(LONG).until(() -> this.submitters.size() == 2);
		first.countDown();
		assertThat(group.awaitState("c", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		assertThat(group.service("b").orElseThrow().state()).isEqualTo(ServiceState.STARTING);
		this.released.countDown();
		assertThat(group.awaitReady(LONG)).isTrue();
		assertThat(this.submitted).containsExactly("a", "c", "b");
		end(group);
	}

	@Test
	void oneThatWasBlockedEndsWhereAnotherGoesOn() throws Exception {
		ServiceGroup group = group((run) -> {
			awaitIn(run, "a", this.released);
			accept(run);
		}, "a", "b");
		group.start();
		assertThat(group.awaitState("b", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		this.released.countDown();
		assertThat(group.awaitReady(LONG)).isTrue();
		Awaitility.await().atMost(LONG).until(() -> this.submitters.stream().noneMatch(Thread::isAlive));
		assertThat(this.submitters).hasSize(2);
		end(group);
	}

	@Test
	void whatAnExecutorThrowsTooLateIsOfNoInterest() throws Exception {
		CountDownLatch thrown = new CountDownLatch(1);
		ServiceGroup group = group((run) -> {
			if (((Run) run).attempt() == 1) {
				awaitIn(run, "a", this.released);
				thrown.countDown();
				throw new IllegalStateException("too late");
			}
			accept(run);
		}, "a");
		group.start();
		Awaitility.await().atMost(LONG).until(() -> !this.submitters.isEmpty());
		group.stop("a").get(20, TimeUnit.SECONDS);
		group.start("a").get(20, TimeUnit.SECONDS);
		assertThat(this.submitted).isEmpty();
		this.released.countDown();
		assertThat(thrown.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(group.awaitState("a", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		assertThat(group.service("a").orElseThrow().lastFailure()).isEmpty();
		end(group);
	}

	@Test
	void whatAnExecutorThrowsIsNamed() throws Exception {
		ServiceGroup group = group((run) -> {
			throw new IllegalStateException("no context");
		}, "a");
		group.start();
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(group.failure().orElseThrow()).hasMessage(
				"a: java.lang.IllegalStateException: The executor could not start it: java.lang.IllegalStateException: no context")
			.hasRootCauseMessage("no context");
	}

	@Test
	void errorThatNoRestartCanMendIsFinal() throws Exception {
		RestartPolicy restart = RestartPolicy.onFailure().toBuilder().delay(Duration.ZERO).build();
		ServiceGroup group = builder((run) -> {
			throw new NoClassDefFoundError("gone");
		}).defaults(ServicePolicy.builder().restart(restart).build()).service("a", (context) -> {
		}).build();
		group.start();
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(group.service("a").orElseThrow().attempt()).isOne();
	}

	@Test
	void threadThatCannotBeStartedIsAFailureOfTheServiceThatWantedIt() throws Exception {
		this.failing.set(1);
		ServiceGroup group = group(this::accept, "a");
		group.start();
		assertThat(group.awaitTermination(LONG)).isTrue();
		assertThat(group.failure().orElseThrow())
			.hasMessageStartingWith("a: java.lang.IllegalStateException: No thread could be created for it");
		assertThat(this.submitted).isEmpty();
		group.start();
		assertThat(group.awaitReady(LONG)).isTrue();
		assertThat(this.submitted).containsExactly("a");
		end(group);
	}

	/**
	 * The first is blocked meanwhile.
	 */
	@Test
	void secondThreadThatCannotBeStartedIsTriedAgain() throws Exception {
		ServiceGroup group = group((run) -> {
			if (((Run) run).serviceName().equals("a")) {
				this.failing.set(2);
			}
			awaitIn(run, "a", this.released);
			accept(run);
		}, "a", "b");
		group.start();
		assertThat(group.awaitState("b", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		assertThat(this.failing).hasValue(0);
		this.released.countDown();
		assertThat(group.awaitReady(LONG)).isTrue();
		end(group);
	}

	@Test
	void groupThatRunsAgainWhileTheExecutorBlocksStartsWhatItCan() throws Exception {
		ServiceGroup group = group((run) -> {
			awaitIn(run, "a", this.released);
			accept(run);
		}, "a", "b");
		group.start();
		assertThat(group.awaitState("b", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		end(group);
		group.start();
		assertThat(group.awaitState("b", (state) -> state == ServiceState.RUNNING, LONG)).isTrue();
		assertThat(group.service("a").orElseThrow().attempt()).isEqualTo(2);
		this.released.countDown();
		assertThat(group.awaitReady(LONG)).isTrue();
		end(group);
	}

	private ServiceGroup group(Executor executor, String... services) {
		ServiceGroup.Builder builder = builder(executor);
		for (String service : services) {
			builder.service(service, ServiceContext::awaitCancellation);
		}
		return builder.build();
	}

	private ServiceGroup.Builder builder(Executor executor) {
		return ServiceGroup.builder("links")
			.executor(executor)
			.startTimeout(Duration.ofDays(1))
			.timing(new RecordingTiming(), () -> 0.5);
	}

	private void accept(Runnable run) {
		this.submitted.add(((Run) run).serviceName());
		Thread thread = new Thread(run);
		thread.setDaemon(true);
		thread.start();
	}

	private static void awaitIn(Runnable run, String service, CountDownLatch latch) {
		if (((Run) run).serviceName().equals(service)) {
			try {
				latch.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	private static void end(ServiceGroup group) throws InterruptedException {
		group.stop();
		assertThat(group.awaitTermination(LONG)).isTrue();
	}

	private Thread submitter(int index) {
		return this.submitters.get(index);
	}

	/**
	 * The time of the machine, and the threads that submit.
	 */
	private final class RecordingTiming extends DelegatingTiming {

		@Override
		public void start(Thread thread) {
			if (thread.getName().equals("supervisor-submitter")) {
				if (SubmitterTests.this.failing.getAndUpdate((count) -> Math.max(0, count - 1)) > 0) {
					throw new OutOfMemoryError("unable to create native thread");
				}
				SubmitterTests.this.submitters.add(thread);
			}
			thread.start();
		}

	}

}
