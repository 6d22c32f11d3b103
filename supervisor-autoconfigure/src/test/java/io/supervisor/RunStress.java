package io.supervisor;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A run between its thread and the loop. An outcome that is not listed fails the test.
 */
public final class RunStress {

	private RunStress() {
	}

	/**
	 * Whoever sees the token sees its cause, and the loop of a nested group when that
	 * will be given up.
	 */
	@JCStressTest
	@State
	@Outcome(id = { "0, 0, 0", "0, 0, 7", "0, 1, 7", "1, 1, 7" }, expect = Expect.ACCEPTABLE,
			desc = "cancelled before, after or meanwhile")
	public static class TokenAndCause {

		private final Run run = Stressed.begunElsewhere();

		@Actor
		public void loop() {
			Stressed.cancel(this.run);
		}

		@Actor
		public void service(III_Result result) {
			result.r1 = Stressed.bit(this.run.isCancelled());
			result.r2 = Stressed.bit(this.run.cancellationCause().isPresent());
			result.r3 = this.run.isCancelRequested() ? (int) this.run.giveUpAt() : 0;
		}

	}

	/**
	 * The cancel wakes, and the interrupt that follows is no exception for one who waits
	 * for the cancel.
	 */
	@JCStressTest
	@State
	@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "woken, and left without an interrupt of ours")
	public static class AwaitCancellation {

		private final Run run = Stressed.run();

		private volatile boolean done;

		@Actor
		public void service(II_Result result) {
			this.run.begin(Thread.currentThread());
			result.r1 = Stressed.awaitCancellation(this.run);
			this.run.leave();
			Stressed.await(() -> this.done);
			result.r2 = Stressed.bit(Thread.interrupted());
		}

		@Actor
		public void loop() {
			Stressed.await(this.run::hasBegun);
			Stressed.cancel(this.run);
			this.run.interrupt();
			this.done = true;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "woken")
	public static class HelperAgainstCancel {

		private final Run run = Stressed.begunElsewhere();

		@Actor
		public void helper(I_Result result) {
			result.r1 = Stressed.awaitCancellation(this.run);
		}

		@Actor
		public void loop() {
			Stressed.cancel(this.run);
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "woken")
	public static class HelperAgainstEnd {

		private final Run run = Stressed.begunElsewhere();

		@Actor
		public void helper(I_Result result) {
			result.r1 = Stressed.awaitCancellation(this.run);
		}

		@Actor
		public void service() {
			this.run.conclude(null, this.run.leave());
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 1", "2, 1" }, expect = Expect.ACCEPTABLE, desc = "the loop finds a beat")
	public static class Heartbeats {

		private final Run run = Stressed.begunElsewhere();

		@Actor
		public void service() {
			this.run.heartbeat();
		}

		@Actor
		public void helper(II_Result result) {
			this.run.heartbeat();
			result.r1 = this.run.beats();
		}

		@Arbiter
		public void nextLook(II_Result result) {
			result.r2 = Stressed.bit(this.run.beats() > 0);
		}

	}

}
