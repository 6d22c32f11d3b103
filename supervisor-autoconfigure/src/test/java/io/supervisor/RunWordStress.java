package io.supervisor;

import java.util.concurrent.Callable;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * The word of a run by itself, between the thread that enters and leaves and the loop
 * that cancels and interrupts. An outcome that is not listed fails the test.
 */
public final class RunWordStress {

	private RunWordStress() {
	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 0", "0, 1" }, expect = Expect.ACCEPTABLE, desc = "exactly one enters")
	public static class BeginTwice {

		private final Word word = new Word();

		@Actor
		public void thread(II_Result result) {
			result.r1 = Stressed.bit(this.word.begin(Thread.currentThread()));
		}

		@Actor
		public void otherThread(II_Result result) {
			result.r2 = Stressed.bit(this.word.begin(Thread.currentThread()));
		}

	}

	/**
	 * The thread of a run that has won against the withdrawal is known to the loop.
	 */
	@JCStressTest
	@State
	@Outcome(id = { "1, 0", "0, 1" }, expect = Expect.ACCEPTABLE, desc = "exactly one wins")
	public static class ThreadOfABegunRun {

		private final Word word = new Word();

		@Actor
		public void thread(II_Result result) {
			result.r1 = Stressed.bit(this.word.begin(Thread.currentThread()));
		}

		@Actor
		public void loop(II_Result result) {
			boolean withdrawn = this.word.withdraw();
			result.r2 = (withdrawn || this.word.thread() != null) ? Stressed.bit(withdrawn) : -1;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the thread leaves without an interrupt of ours")
	public static class InterruptAgainstEnd {

		private final Word word = new Word();

		private volatile boolean done;

		@Actor
		public void service(I_Result result) {
			this.word.begin(Thread.currentThread());
			this.word.leave();
			Stressed.await(() -> this.done);
			result.r1 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void loop() {
			Stressed.await(this.word::hasBegun);
			this.word.interrupt();
			this.done = true;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "0, 0", "1, 0", "2, 0" }, expect = Expect.ACCEPTABLE,
			desc = "interrupted inside, later or not at all, and nothing is left behind the gate")
	public static class CancelAgainstGate {

		private final Word word = new Word();

		private volatile boolean done;

		@Actor
		public void service(II_Result result) {
			this.word.begin(Thread.currentThread());
			result.r1 = Stressed.call(() -> this.word.interruptibly(Thread.currentThread()::isInterrupted));
			Stressed.await(() -> this.done);
			result.r2 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void loop() {
			Stressed.await(this.word::hasBegun);
			this.word.cancel();
			this.done = true;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 0", "2, 0" }, expect = Expect.ACCEPTABLE, desc = "let in and interrupted, or not let in")
	public static class CancelOfABlockedCall {

		private final Word word = new Word();

		@Actor
		public void service(II_Result result) {
			this.word.begin(Thread.currentThread());
			result.r1 = Stressed
				.call(() -> this.word.interruptibly(() -> Stressed.await(Thread.currentThread()::isInterrupted)));
			result.r2 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void loop() {
			Stressed.await(this.word::hasBegun);
			this.word.cancel();
		}

	}

	/**
	 * The grace period is over at once; the service restores what it was told by an
	 * exception, as services do.
	 */
	@JCStressTest
	@State
	@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the thread leaves without an interrupt of ours")
	public static class CancelAndInterruptAgainstGateAndEnd {

		private final Word word = new Word();

		private volatile boolean done;

		@Actor
		public void service(I_Result result) {
			this.word.begin(Thread.currentThread());
			if (Stressed.call(
					() -> this.word.interruptibly(() -> this.word.interruptibly(this.word::isCancelRequested))) == 2) {
				Thread.currentThread().interrupt();
			}
			this.word.leave();
			Stressed.await(() -> this.done);
			result.r1 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void loop() {
			Stressed.await(this.word::hasBegun);
			this.word.cancel();
			this.word.interrupt();
			this.done = true;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the interrupt is kept")
	public static class ForeignInterruptAgainstGateAndEnd {

		private final Word word = new Word();

		private volatile boolean done;

		@Actor
		public void service(I_Result result) {
			this.word.begin(Thread.currentThread());
			Stressed.call(() -> this.word.interruptibly(this.word::isCancelRequested));
			this.word.leave();
			Stressed.await(() -> this.done);
			result.r1 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void stranger() {
			Stressed.await(this.word::hasBegun);
			this.word.thread().interrupt();
			this.done = true;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 0", "0, 1" }, expect = Expect.ACCEPTABLE, desc = "news once")
	public static class AnnounceTwice {

		private final Word word = new Word();

		@Actor
		public void service(II_Result result) {
			result.r1 = Stressed.bit(this.word.announce());
		}

		@Actor
		public void helper(II_Result result) {
			result.r2 = Stressed.bit(this.word.announce());
		}

	}

	/**
	 * One that waits for the group's stop is not interrupted once that is known (rule
	 * 34), and leaves without an interrupt of ours in any case.
	 */
	@JCStressTest
	@State
	@Outcome(id = { "0, 0", "1, 0" }, expect = Expect.ACCEPTABLE, desc = "interrupted before it is excused, or never")
	public static class ExcuseAgainstInterrupt {

		private final Word word = new Word();

		private volatile boolean excused;

		private volatile boolean done;

		@Actor
		public void service(II_Result result) {
			this.word.begin(Thread.currentThread());
			this.word.excuse();
			result.r1 = Stressed.bit(Thread.interrupted());
			this.excused = true;
			Stressed.await(() -> this.done);
			this.word.leave();
			result.r2 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void loop() {
			Stressed.await(this.word::hasBegun);
			this.word.interrupt();
			Stressed.await(() -> this.excused);
			this.word.interrupt();
			this.done = true;
		}

	}

	/**
	 * Nothing but the word.
	 */
	static final class Word extends RunWord {

		private final Timing timing = new Stressed.ImpatientTiming();

		void cancel() {
			if (setToken()) {
				wakeThread();
			}
		}

		/**
		 * What {@link ServiceContext#interruptibly} is made of.
		 */
		boolean interruptibly(Callable<Boolean> blocking) throws Exception {
			if (!enterGate()) {
				throw new InterruptedException();
			}
			try {
				return blocking.call();
			}
			finally {
				leaveGate();
			}
		}

		@Override
		Timing timing() {
			return this.timing;
		}

		@Override
		void handle(Rules rules) {
			// posted to nobody
		}

	}

}
