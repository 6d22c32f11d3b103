package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ObjectAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The context, exactly (design §4), on real threads: what a service does here it does in
 * its run.
 */
@Timeout(60)
class ServiceContextTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private static final Duration FOR_EVER = Duration.ofDays(100_000);

	/**
	 * No interrupt but that of {@code interruptibly}: the grace period does not end.
	 */
	private static final ServicePolicy PATIENT = ServicePolicy.builder().gracePeriod(FOR_EVER).build();

	private static final ServicePolicy IMPATIENT = ServicePolicy.builder().gracePeriod(Duration.ZERO).build();

	private final CountDownLatch mayEnd = new CountDownLatch(1);

	private ServiceGroup group = ServiceGroup.builder("links").build();

	@AfterEach
	void end() throws InterruptedException {
		this.mayEnd.countDown();
		this.group.stop();
		if (this.group.snapshot().state() != GroupState.NEW) {
			assertThat(this.group.awaitTermination(LONG)).isTrue();
		}
	}

	@Test
	void awaitCancellationIsASleepThatReturnsFalse() throws Exception {
		assertThatInRun(PATIENT, (context) -> List.of(context.awaitCancellation(Duration.ZERO),
				context.awaitCancellation(Duration.ofNanos(1)), context.awaitCancellation(Duration.ofMillis(1))))
			.isEqualTo(List.of(false, false, false));
	}

	@Test
	void awaitCancellationIsEndedByACancel() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			this.group.stop();
			return context.awaitCancellation(LONG);
		}).isEqualTo(true);
	}

	@Test
	void awaitCancellationWithoutALimitIsEndedByACancel() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			this.group.stop();
			context.awaitCancellation();
			context.awaitCancellation();
			return context.awaitCancellation(FOR_EVER) && context.isCancelled() && !Thread.interrupted();
		}).isEqualTo(true);
	}

	@Test
	void awaitCancellationIsEndedByTheInterruptOfTheCancelToo() throws Exception {
		assertThatInRun(IMPATIENT, (context) -> {
			this.group.stop();
			return context.awaitCancellation(LONG);
		}).isEqualTo(true);
	}

	@Test
	void awaitCancellationThrowsOnAForeignInterrupt() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> context.awaitCancellation(LONG));
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(context::awaitCancellation);
			return Thread.interrupted();
		}).isEqualTo(false);
	}

	@Test
	void awaitCancellationOfACancelledRunLeavesAForeignInterruptAlone() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			cancel(context);
			Thread.currentThread().interrupt();
			return context.awaitCancellation(LONG) && Thread.interrupted();
		}).isEqualTo(true);
	}

	@Test
	void awaitCancellationRefusesANegativeTimeout() throws Exception {
		inRun(PATIENT,
				(context) -> assertThatIllegalArgumentException()
					.isThrownBy(() -> context.awaitCancellation(Duration.ofMillis(-1)))
					.withMessage("'timeout' must not be negative, but is PT-0.001S"));
	}

	@Test
	void awaitCancellationIsNotEndedByAStrayPermit() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			LockSupport.unpark(Thread.currentThread());
			return context.awaitCancellation(Duration.ofMillis(1));
		}).isEqualTo(false);
	}

	@Test
	void helperThreadsWaitForTheCancelToo() throws Exception {
		int helpers = 10;
		BlockingQueue<Boolean> answers = new LinkedBlockingQueue<>();
		assertThatInRun(PATIENT, (context) -> {
			for (int i = 0; i < helpers; i++) {
				new Thread(() -> answers.add(callUnchecked(() -> context.awaitCancellation(LONG)))).start();
			}
			assertThat(answers.poll(1, TimeUnit.MILLISECONDS)).isNull();
			cancel(context);
			List<Boolean> all = new ArrayList<>();
			for (int i = 0; i < helpers; i++) {
				all.add(answers.poll(30, TimeUnit.SECONDS));
			}
			return all;
		}).isEqualTo(Collections.nCopies(helpers, true));
	}

	@Test
	void helperThreadsAreWokenWhenTheRunEndsByItself() throws Exception {
		CompletableFuture<Boolean> answer = new CompletableFuture<>();
		CountDownLatch waiting = new CountDownLatch(1);
		inRun(PATIENT, (context) -> {
			new Thread(() -> {
				waiting.countDown();
				answer.complete(callUnchecked(() -> context.awaitCancellation(FOR_EVER)));
			}).start();
			waiting.await();
			return true;
		});
		this.mayEnd.countDown();
		assertThat(answer.get(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.group.service("a").orElseThrow().state()).isIn(ServiceState.RUNNING, ServiceState.COMPLETED);
	}

	/**
	 * An action that waited for a helper once waited for ever: the helper's own wake-up
	 * came after it.
	 */
	@Test
	void helperThreadsAreWokenAlthoughAnActionWaitsForThem() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			CompletableFuture<Boolean> helped = new CompletableFuture<>();
			CompletableFuture<Boolean> stopped = new CompletableFuture<>();
			Thread helper = new Thread(() -> helped.complete(callUnchecked(() -> context.awaitCancellation(FOR_EVER))));
			helper.start();
			await().until(() -> helper.getState() == Thread.State.WAITING);
			context.onCancel(() -> stopped.complete(callUnchecked(helped::get)));
			this.group.stop();
			return stopped.get(30, TimeUnit.SECONDS);
		}).isEqualTo(true);
	}

	@Test
	void helperThreadsOfARunThatHasEndedDoNotWait() throws Exception {
		ServiceContext context = inRun(PATIENT, (running) -> running);
		this.mayEnd.countDown();
		assertThat(this.group.awaitTermination(LONG)).isTrue();
		assertThat(context.awaitCancellation(FOR_EVER)).isTrue();
		assertThat(context.isCancelled()).isTrue();
		assertThat(context.cancellationCause()).isEmpty();
		context.ready();
		context.heartbeat();
		context.onCancel(() -> {
			throw new AssertionError("dropped");
		}).close();
		assertThat(this.group.snapshot().state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void interruptiblyReturnsAndThrowsWhatTheCallDoes() throws Exception {
		IOException thrown = new IOException("gone");
		assertThatInRun(PATIENT, (context) -> {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> context.interruptibly(() -> {
				throw thrown;
			})).isSameAs(thrown);
			return context.interruptibly(() -> "value");
		}).isEqualTo("value");
	}

	@Test
	void interruptiblyIsInterruptedAtOnceByACancel() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> context.interruptibly(() -> {
				this.group.stop();
				return new ArrayBlockingQueue<>(1).take();
			}));
			return context.isCancelled() && !Thread.interrupted();
		}).isEqualTo(true);
	}

	@Test
	void interruptiblyReturnsWhatTheCallReturnedAlsoIfItWasCancelledMeanwhile() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			String value = context.interruptibly(() -> {
				cancel(context);
				return "value";
			});
			assertThat(Thread.interrupted()).as("our interrupt").isFalse();
			return value;
		}).isEqualTo("value");
	}

	@Test
	void interruptiblyOfACancelledRunThrowsWithoutCalling() throws Exception {
		AtomicBoolean called = new AtomicBoolean();
		inRun(PATIENT, (context) -> {
			cancel(context);
			assertThatExceptionOfType(InterruptedException.class)
				.isThrownBy(() -> context.interruptibly(() -> called.getAndSet(true)))
				.withMessage("'a' is cancelled");
			return assertThat(Thread.interrupted()).isFalse();
		});
		assertThat(called).isFalse();
	}

	@Test
	void interruptiblyNests() throws Exception {
		assertThatInRun(PATIENT, (context) -> context.interruptibly(() -> {
			int inner = context.interruptibly(() -> context.interruptibly(() -> 1) + 1);
			this.group.stop();
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> new ArrayBlockingQueue<>(1).take());
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> context.interruptibly(() -> inner));
			return inner;
		})).isEqualTo(2);
	}

	@Test
	void interruptiblyInnerCallThatIsInterruptedLeavesTheOuterOneOpen() throws Exception {
		assertThatInRun(PATIENT, (context) -> context.interruptibly(() -> {
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> context.interruptibly(() -> {
				this.group.stop();
				return new ArrayBlockingQueue<>(1).take();
			}));
			return context.isCancelled();
		})).isEqualTo(true);
	}

	@Test
	void awaitCancellationInsideInterruptiblyIsEndedByTheCancel() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			boolean cancelled = context.interruptibly(() -> {
				this.group.stop();
				return context.awaitCancellation(LONG);
			});
			return cancelled && !Thread.interrupted();
		}).isEqualTo(true);
	}

	@Test
	void foreignInterruptIsLeftAlone() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			context.interruptibly(() -> {
				Thread.currentThread().interrupt();
				return true;
			});
			boolean after = Thread.interrupted();
			Thread.currentThread().interrupt();
			boolean inside = context.interruptibly(Thread::interrupted);
			return after && inside;
		}).isEqualTo(true);
	}

	@Test
	void foreignInterruptIsLeftToTheThreadWhenTheRunEnds() throws Exception {
		CompletableFuture<Boolean> flag = new CompletableFuture<>();
		this.group = ServiceGroup.builder("links")
			.service("a", (context) -> Thread.currentThread().interrupt())
			.executor((run) -> new Thread(() -> {
				run.run();
				flag.complete(Thread.interrupted());
			}).start())
			.build();
		this.group.run();
		assertThat(flag.get(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void ourInterruptThatTheServiceHasRestoredIsNotLeftToTheThreadWhenTheRunEnds() throws Exception {
		CountDownLatch inside = new CountDownLatch(1);
		assertThatRunLeavesNoInterrupt(inside, (context) -> context.interruptibly(() -> {
			inside.countDown();
			return new LinkedBlockingQueue<String>().take();
		}));
	}

	@Test
	void interruptOfAGateThatWasNotEnteredIsNotLeftToTheThreadWhenTheRunEnds() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		assertThatRunLeavesNoInterrupt(begun, (context) -> {
			begun.countDown();
			context.awaitCancellation();
			context.interruptibly(() -> true);
		});
	}

	/**
	 * The service does what careful people do with an {@link InterruptedException}.
	 */
	private void assertThatRunLeavesNoInterrupt(CountDownLatch underWay, Service service) throws Exception {
		CompletableFuture<Boolean> flag = new CompletableFuture<>();
		this.group = ServiceGroup.builder("links").defaults(PATIENT).service("a", (context) -> {
			try {
				service.run(context);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}).executor((run) -> new Thread(() -> {
			run.run();
			flag.complete(Thread.interrupted());
		}).start()).build();
		this.group.start();
		underWay.await();
		this.group.stop();
		assertThat(flag.get(30, TimeUnit.SECONDS)).isFalse();
	}

	@Test
	void ourInterruptIsNotLeftToTheThreadWhenTheRunEnds() throws Exception {
		CompletableFuture<Boolean> flag = new CompletableFuture<>();
		this.group = ServiceGroup.builder("links").defaults(IMPATIENT).service("a", (context) -> {
			while (!Thread.currentThread().isInterrupted()) {
				Thread.onSpinWait();
			}
		}).executor((run) -> new Thread(() -> {
			run.run();
			flag.complete(Thread.interrupted());
		}).start()).build();
		this.group.start();
		this.group.stop();
		assertThat(this.group.awaitTermination(LONG)).isTrue();
		if (this.group.service("a").orElseThrow().attempt() > 0) {
			assertThat(flag.get(30, TimeUnit.SECONDS)).isFalse();
		}
	}

	@Test
	void interruptiblyIsForTheThreadOfTheRunOnly() throws Exception {
		ServiceContext outside = inRun(PATIENT, (context) -> {
			CompletableFuture<Throwable> thrown = new CompletableFuture<>();
			new Thread(() -> {
				try {
					context.interruptibly(() -> true);
				}
				catch (Exception ex) {
					thrown.complete(ex);
				}
			}).start();
			assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class)
				.hasMessageStartingWith("'a' called interruptibly(...) outside its run");
			return context;
		});
		this.mayEnd.countDown();
		assertThat(this.group.awaitTermination(LONG)).isTrue();
		assertThatIllegalStateException().isThrownBy(() -> outside.interruptibly(() -> true));
	}

	/**
	 * Runs that are cancelled at random moments inside and outside of their gates, on
	 * threads that are used again: an interrupt that comes late hits an innocent.
	 */
	@Test
	void noInterruptIsEverDeliveredOutsideTheRunThatItIsMeantFor() throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);
		AtomicInteger astray = new AtomicInteger();
		AtomicInteger runs = new AtomicInteger();
		ServiceGroup.Builder builder = ServiceGroup.builder("links")
			.defaults(PATIENT)
			.executor((run) -> pool.execute(() -> {
				if (Thread.interrupted()) {
					astray.incrementAndGet();
				}
				run.run();
				if (Thread.interrupted()) {
					astray.incrementAndGet();
				}
			}));
		for (int i = 0; i < 2; i++) {
			builder.service("s" + i, (context) -> {
				runs.incrementAndGet();
				while (!context.isCancelled()) {
					try {
						context.interruptibly(() -> {
							Thread.onSpinWait();
							return true;
						});
					}
					catch (InterruptedException ex) {
						// the gate was closed
					}
					if (Thread.interrupted()) {
						astray.incrementAndGet();
					}
				}
			});
		}
		this.group = builder.build();
		this.group.start();
		assertThat(this.group.awaitReady(LONG)).isTrue();
		for (int i = 0; runs.get() < 400; i++) {
			this.group.restart("s" + i % 2).get(30, TimeUnit.SECONDS);
		}
		this.group.stop();
		assertThat(this.group.awaitTermination(LONG)).isTrue();
		pool.shutdown();
		assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
		assertThat(astray).as("interrupts astray").hasValue(0);
	}

	@Test
	void interruptsAfterTheGraceDoNotGoAstrayEither() throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);
		AtomicInteger astray = new AtomicInteger();
		this.group = ServiceGroup.builder("links").defaults(IMPATIENT).executor((run) -> pool.execute(() -> {
			run.run();
			if (Thread.interrupted()) {
				astray.incrementAndGet();
			}
		})).service("a", (context) -> {
			while (!context.isCancelled()) {
				Thread.onSpinWait();
			}
		}).build();
		this.group.start();
		assertThat(this.group.awaitReady(LONG)).isTrue();
		for (int i = 0; i < 1000; i++) {
			this.group.restart("a").get(30, TimeUnit.SECONDS);
		}
		this.group.stop();
		assertThat(this.group.awaitTermination(LONG)).isTrue();
		pool.shutdown();
		assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
		assertThat(astray).hasValue(0);
	}

	@Test
	void actionsGoOneAfterAnotherLastRegisteredFirstOnOneThreadOfTheirOwn() throws Exception {
		BlockingQueue<String> actions = new LinkedBlockingQueue<>();
		BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
		inRun(PATIENT, (context) -> {
			for (int i = 1; i <= 3; i++) {
				int number = i;
				context.onCancel(() -> {
					threads.add(Thread.currentThread());
					actions.add("begin " + number);
					Thread.yield();
					actions.add("end " + number);
				});
			}
			this.group.stop();
			List<Thread> all = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				all.add(threads.poll(30, TimeUnit.SECONDS));
			}
			assertThat(all).containsOnly(all.get(0)).doesNotContain(Thread.currentThread());
			assertThat(all.get(0).getName()).isEqualTo("supervisor-a-cancel");
			assertThat(all.get(0).isDaemon()).isTrue();
			assertThat(isVirtual(all.get(0))).isEqualTo(Runtime.version().feature() >= 21);
			return true;
		});
		this.mayEnd.countDown();
		this.group.awaitTermination(LONG);
		assertThat(
				List.of(actions.take(), actions.take(), actions.take(), actions.take(), actions.take(), actions.take()))
			.containsExactly("begin 3", "end 3", "begin 2", "end 2", "begin 1", "end 1");
	}

	private static boolean isVirtual(Thread thread) throws ReflectiveOperationException {
		return Runtime.version().feature() >= 21 && (boolean) Thread.class.getMethod("isVirtual").invoke(thread);
	}

	@Test
	void actionOfACancelledRunGoesInTheCallerBeforeItReturns() throws Exception {
		assertThatInRun(PATIENT, (context) -> {
			cancel(context);
			Thread[] thread = new Thread[1];
			context.onCancel(() -> thread[0] = Thread.currentThread());
			return thread[0] == Thread.currentThread();
		}).isEqualTo(true);
	}

	@Test
	void actionsAreDroppedIfTheRunEndsUncancelled() throws Exception {
		AtomicInteger performed = new AtomicInteger();
		ServiceContext context = inRun(PATIENT, (running) -> {
			running.onCancel(performed::incrementAndGet);
			return running;
		});
		this.mayEnd.countDown();
		assertThat(this.group.awaitTermination(LONG)).isTrue();
		context.onCancel(performed::incrementAndGet);
		this.group.stop();
		assertThat(performed).hasValue(0);
	}

	@Test
	void actionThatWasWithdrawnIsNotPerformed() throws Exception {
		BlockingQueue<String> performed = new LinkedBlockingQueue<>();
		inRun(PATIENT, (context) -> {
			context.onCancel(() -> performed.add("first"));
			Registration second = context.onCancel(() -> performed.add("second"));
			Registration third = context.onCancel(() -> performed.add("third"));
			second.close();
			second.close();
			this.group.stop();
			assertThat(performed.poll(30, TimeUnit.SECONDS)).isEqualTo("third");
			assertThat(performed.poll(30, TimeUnit.SECONDS)).isEqualTo("first");
			third.close();
			return true;
		});
		assertThat(performed).isEmpty();
	}

	@Test
	void closeDoesNotWaitForAnActionThatIsUnderWay() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		inRun(PATIENT, (context) -> {
			Registration registration = context.onCancel(() -> {
				begun.countDown();
				callUnchecked(() -> {
					release.await();
					return true;
				});
			});
			this.group.stop();
			begun.await();
			registration.close();
			return true;
		});
		this.mayEnd.countDown();
		assertThat(this.group.awaitTermination(LONG)).as("nobody waits for actions").isTrue();
		release.countDown();
	}

	@Test
	void whatAnActionThrowsIsASecondaryFailureAndTheOthersGoOn() throws Exception {
		CountDownLatch first = new CountDownLatch(1);
		IOException primary = new IOException("primary");
		try (RecordedLog log = new RecordedLog()) {
			CountDownLatch registered = new CountDownLatch(1);
			this.group = ServiceGroup.builder("links").service("a", (context) -> {
				context.onCancel(first::countDown);
				context.onCancel(() -> {
					throw new IllegalStateException("in an action");
				});
				registered.countDown();
				context.awaitCancellation();
				first.await();
			}).service("b", (context) -> {
				registered.await();
				throw primary;
			}).build();
			assertThatExceptionOfType(ServiceGroupException.class).isThrownBy(this.group::run)
				.withCause(primary)
				.withMessageContaining("a: java.lang.IllegalStateException: in an action");
			assertThat(log.problems())
				.contains("WARN 'a' failed while it was stopping: java.lang.IllegalStateException: in an action");
		}
	}

	@Test
	void actionsGoOnAfterOneThatThrowsIntoALogThatThrowsToo() throws Exception {
		Logger logger = (Logger) LoggerFactory.getLogger(ServiceGroup.class);
		AppenderBase<ILoggingEvent> full = new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				throw new AssertionError("the disk is full");
			}

		};
		full.start();
		AtomicInteger performed = new AtomicInteger();
		inRun(PATIENT, (context) -> {
			context.onCancel(performed::incrementAndGet);
			context.onCancel(() -> {
				throw new IllegalStateException("in an action");
			});
			return true;
		});
		logger.addAppender(full);
		try {
			this.group.stop();
			await().until(() -> performed.get() == 1 && this.group.snapshot().failures().size() == 1);
		}
		finally {
			logger.detachAppender(full);
		}
	}

	@Test
	void actionsThatComeAndGoForEverLeaveNothingBehind() throws Exception {
		AtomicInteger performed = new AtomicInteger();
		CountDownLatch last = new CountDownLatch(1);
		inRun(PATIENT, (context) -> {
			context.onCancel(last::countDown);
			Registration previous = context.onCancel(performed::incrementAndGet);
			for (int i = 0; i < 300_000; i++) {
				Registration next = context.onCancel(performed::incrementAndGet);
				previous.close();
				previous = next;
			}
			this.group.stop();
			return last.await(30, TimeUnit.SECONDS);
		});
		assertThat(performed).hasValue(1);
	}

	@Test
	void actionsRegisteredWhileTheRunIsCancelledArePerformedOnceEach() throws Exception {
		for (int round = 0; round < 50; round++) {
			AtomicInteger registered = new AtomicInteger();
			AtomicInteger performed = new AtomicInteger();
			CountDownLatch running = new CountDownLatch(1);
			ServiceGroup group = ServiceGroup.builder("links").service("a", (context) -> {
				running.countDown();
				while (!context.isCancelled()) {
					context.onCancel(performed::incrementAndGet);
					registered.incrementAndGet();
				}
				while (performed.get() < registered.get()) {
					Thread.onSpinWait();
				}
			}).build();
			group.start();
			running.await();
			group.stop();
			assertThat(group.awaitTermination(LONG)).isTrue();
			assertThat(performed).hasValue(registered.get());
		}
	}

	@Test
	void firstCauseStays() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CompletableFuture<ServiceContext> context = new CompletableFuture<>();
		this.group = ServiceGroup.builder("links").service("a", (running1) -> {
			context.complete(running1);
			running.countDown();
			this.mayEnd.await();
		}).build();
		this.group.start();
		running.await();
		this.group.stop("a");
		this.group.stop();
		context.get().awaitCancellation(LONG);
		this.group.awaitState("a", (state) -> state == ServiceState.STOPPING, LONG);
		assertThat(context.get().cancellationCause()).contains(CancellationCause.STOPPED);
	}

	@Test
	void contextNamesItsServiceAndAttempt() throws Exception {
		assertThatInRun(PATIENT, (context) -> context.serviceName() + " " + context.attempt()).isEqualTo("a 1");
	}

	/**
	 * Virtual threads that never give way have all carriers to themselves; the action
	 * waited for one of them.
	 */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void rule34_actionRunsAlsoWhereNoVirtualThreadCan() throws Exception {
		AtomicBoolean busy = new AtomicBoolean(true);
		CountDownLatch acted = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("a", Service.announcing((context) -> {
			context.onCancel(acted::countDown);
			context.ready();
			while (acted.getCount() > 0) {
				try {
					acted.await();
				}
				catch (InterruptedException ex) {
					// what it waits in does not know interrupts
				}
			}
		})).build();
		try {
			occupyCarriers(busy);
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			group.stop();
			assertThat(acted.await(10, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			busy.set(false);
			acted.countDown();
		}
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	/**
	 * Once, whichever thread has it, and still one after the other.
	 */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void rule34_actionThatABusyThreadGetsLateIsNotDoneTwice() throws Exception {
		AtomicBoolean busy = new AtomicBoolean(true);
		Queue<Integer> acted = new ConcurrentLinkedQueue<>();
		CountDownLatch all = new CountDownLatch(3);
		ServiceGroup group = ServiceGroup.builder("links").service("a", Service.announcing((context) -> {
			for (int i = 0; i < 3; i++) {
				int number = i;
				context.onCancel(() -> {
					acted.add(number);
					all.countDown();
				});
			}
			context.ready();
			context.awaitCancellation();
			all.await();
		})).build();
		try {
			occupyCarriers(busy);
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			group.stop();
			assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			busy.set(false);
		}
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		CountDownLatch carried = new CountDownLatch(1);
		GroupThreads.start("after all others", carried::countDown);
		assertThat(carried.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(acted).containsExactly(2, 1, 0);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void rule34_actionOfOneThatHasEndedRunsAlsoWhereNoVirtualThreadCan() throws Exception {
		AtomicBoolean busy = new AtomicBoolean(true);
		CountDownLatch acted = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("links").service("a", Service.announcing((context) -> {
			context.onCancel(acted::countDown);
			context.ready();
			context.awaitCancellation();
		})).build();
		try {
			occupyCarriers(busy);
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			group.stop();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			assertThat(acted.await(10, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			busy.set(false);
		}
	}

	/**
	 * Services, actions and listeners; not that of the library, which may not see the
	 * application.
	 */
	@Test
	void rule34_threadsHaveTheClassLoaderOfTheApplication() throws Exception {
		ClassLoader own = new ClassLoader(getClass().getClassLoader()) {
		};
		Map<String, ClassLoader> seen = new ConcurrentHashMap<>();
		ServiceGroup.Builder builder = ServiceGroup.builder("links").service("a", (context) -> {
			seen.put("service", Thread.currentThread().getContextClassLoader());
			CountDownLatch acted = new CountDownLatch(1);
			context.onCancel(() -> {
				seen.put("action", Thread.currentThread().getContextClassLoader());
				acted.countDown();
			});
			context.awaitCancellation();
			acted.await();
		}).listener(new ServiceGroupListener() {

			@Override
			public void groupStateChanged(GroupState from, GroupSnapshot group) {
				seen.put("listener", Thread.currentThread().getContextClassLoader());
			}

		});
		for (boolean given : new boolean[] { false, true }) {
			seen.clear();
			ServiceGroup group = given ? builder.classLoader(own).build() : built(builder, own);
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			group.stop();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			// run() waits for listeners, awaitTermination does not
			await().untilAsserted(() -> assertThat(seen).containsOnlyKeys("service", "action", "listener"));
			assertThat(Set.copyOf(seen.values())).containsExactly(own);
		}
	}

	/**
	 * By a thread that has a certain class loader.
	 */
	private static ServiceGroup built(ServiceGroup.Builder builder, ClassLoader classLoader) {
		Thread thread = Thread.currentThread();
		ClassLoader found = thread.getContextClassLoader();
		thread.setContextClassLoader(classLoader);
		try {
			return builder.build();
		}
		finally {
			thread.setContextClassLoader(found);
		}
	}

	private static void occupyCarriers(AtomicBoolean busy) throws InterruptedException {
		int carriers = Runtime.getRuntime().availableProcessors();
		CountDownLatch occupied = new CountDownLatch(carriers);
		for (int i = 0; i < carriers; i++) {
			GroupThreads.start("busy", () -> {
				occupied.countDown();
				while (busy.get()) {
					Thread.onSpinWait();
				}
			});
		}
		assertThat(occupied.await(10, TimeUnit.SECONDS)).isTrue();
	}

	private <T> ObjectAssert<T> assertThatInRun(ServicePolicy policy, Body<T> body) throws Exception {
		return Assertions.assertThatObject(inRun(policy, body));
	}

	/**
	 * Call something in the run of a service, which then waits until it may end.
	 */
	private <T> T inRun(ServicePolicy policy, Body<T> body) throws Exception {
		CompletableFuture<T> result = new CompletableFuture<>();
		this.group = ServiceGroup.builder("links").defaults(policy).service("a", (context) -> {
			try {
				result.complete(body.call(context));
			}
			catch (Throwable ex) {
				result.completeExceptionally(ex);
			}
			while (this.mayEnd.getCount() > 0) {
				try {
					this.mayEnd.await();
				}
				catch (InterruptedException ex) {
					// not yet
				}
			}
		}).build();
		this.group.start();
		return result.get(30, TimeUnit.SECONDS);
	}

	/**
	 * Cancel the run, and wait until it is so.
	 */
	private void cancel(ServiceContext context) {
		this.group.stop();
		while (!context.isCancelled()) {
			Thread.onSpinWait();
		}
	}

	private static <T> T callUnchecked(Callable<T> callable) {
		try {
			return callable.call();
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	@FunctionalInterface
	private interface Body<T> {

		T call(ServiceContext context) throws Exception;

	}

}
