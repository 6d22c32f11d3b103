package io.supervisor;

import java.util.concurrent.atomic.AtomicInteger;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * Actions for the cancel of a run, which are performed once each, whoever comes first. An
 * outcome that is not listed fails the test.
 */
public final class CancelActionsStress {

	private CancelActionsStress() {
	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 1", "1, 2" }, expect = Expect.ACCEPTABLE,
			desc = "performed once, in the caller or in a thread for the actions")
	public static class RegisterAgainstCancel {

		private final Run run = Stressed.begunElsewhere();

		private final AtomicInteger performed = new AtomicInteger();

		private volatile Thread caller;

		private volatile Thread performer;

		private volatile Thread loop;

		@Actor
		public void service() {
			this.caller = Thread.currentThread();
			this.run.onCancel(() -> {
				this.performer = Thread.currentThread();
				this.performed.incrementAndGet();
			});
		}

		@Actor
		public void loop() {
			this.loop = Thread.currentThread();
			Stressed.cancel(this.run);
		}

		@Arbiter
		public void afterwards(II_Result result) {
			Stressed.await(() -> this.performed.get() > 0);
			result.r1 = this.performed.get();
			result.r2 = (this.performer == this.caller) ? 1 : (this.performer != this.loop) ? 2 : 3;
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "cba", "ca" }, expect = Expect.ACCEPTABLE, desc = "last registered first, but the withdrawn one")
	public static class WithdrawAgainstCancel {

		private final Run run = Stressed.begunElsewhere();

		private final StringBuffer performed = new StringBuffer();

		private final Registration b;

		public WithdrawAgainstCancel() {
			this.run.onCancel(() -> this.performed.append("a"));
			this.b = this.run.onCancel(() -> this.performed.append("b"));
			this.run.onCancel(() -> this.performed.append("c"));
		}

		@Actor
		public void service() {
			this.b.close();
		}

		@Actor
		public void loop() {
			Stressed.cancel(this.run);
		}

		@Arbiter
		public void afterwards(L_Result result) {
			Stressed.await(() -> this.performed.indexOf("a") >= 0);
			result.r1 = this.performed.toString();
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "0, 0" }, expect = Expect.ACCEPTABLE, desc = "dropped")
	public static class RegisterAgainstEnd {

		private final Run run = Stressed.begunElsewhere();

		private final AtomicInteger before = new AtomicInteger();

		private final AtomicInteger meanwhile = new AtomicInteger();

		public RegisterAgainstEnd() {
			this.run.onCancel(this.before::incrementAndGet);
		}

		@Actor
		public void helper() {
			this.run.onCancel(this.meanwhile::incrementAndGet);
		}

		@Actor
		public void service() {
			this.run.conclude(null, this.run.leave());
			Stressed.cancel(this.run);
		}

		@Arbiter
		public void afterwards(II_Result result) {
			result.r1 = this.before.get();
			result.r2 = this.meanwhile.get();
		}

	}

	/**
	 * The token that the thread finds when it leaves says whether the actions are
	 * performed.
	 */
	@JCStressTest
	@State
	@Outcome(id = { "0, 0", "1, 1" }, expect = Expect.ACCEPTABLE, desc = "cancelled and performed, or neither")
	public static class CancelAgainstEnd {

		private final Run run = Stressed.begunElsewhere();

		private final AtomicInteger performed = new AtomicInteger();

		public CancelAgainstEnd() {
			this.run.onCancel(this.performed::incrementAndGet);
		}

		@Actor
		public void service(II_Result result) {
			boolean cancelled = this.run.leave();
			this.run.conclude(null, cancelled);
			result.r1 = Stressed.bit(cancelled);
		}

		@Actor
		public void loop() {
			Stressed.cancel(this.run);
		}

		@Arbiter
		public void afterwards(II_Result result) {
			Stressed.await(() -> this.performed.get() == result.r1);
			result.r2 = this.performed.get();
		}

	}

	/**
	 * Enough of them for the withdrawn ones to be forgotten meanwhile.
	 */
	@JCStressTest
	@State
	@Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "those that stay are performed once")
	public static class ManyThatComeAndGoAgainstCancel {

		private final Run run = Stressed.begunElsewhere();

		private final AtomicInteger first = new AtomicInteger();

		private final AtomicInteger ofService = new AtomicInteger();

		private final AtomicInteger ofHelper = new AtomicInteger();

		public ManyThatComeAndGoAgainstCancel() {
			this.run.onCancel(this.first::incrementAndGet);
		}

		@Actor
		public void service() {
			comeAndGo(this.ofService);
		}

		@Actor
		public void helperAndLoop() {
			comeAndGo(this.ofHelper);
			Stressed.cancel(this.run);
		}

		private void comeAndGo(AtomicInteger performed) {
			Registration previous = this.run.onCancel(this::go);
			for (int i = 0; i < 40; i++) {
				if (i == 20) {
					this.run.onCancel(performed::incrementAndGet);
				}
				Registration next = this.run.onCancel(this::go);
				previous.close();
				previous = next;
			}
			previous.close();
		}

		private void go() {
		}

		@Arbiter
		public void afterwards(III_Result result) {
			Stressed.await(() -> this.first.get() > 0 && this.ofService.get() > 0 && this.ofHelper.get() > 0);
			result.r1 = this.first.get();
			result.r2 = this.ofService.get();
			result.r3 = this.ofHelper.get();
		}

	}

	/**
	 * A helper waits, and an action for the helper.
	 */
	@JCStressTest
	@State
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the helper is woken, whatever the action waits for")
	public static class ActionThatWaitsForAHelper {

		private final Run run = Stressed.begunElsewhere();

		private volatile boolean helped;

		@Actor
		public void helper(I_Result result) {
			result.r1 = Stressed.awaitCancellation(this.run);
			this.helped = true;
		}

		@Actor
		public void serviceAndLoop() {
			this.run.onCancel(() -> Stressed.await(() -> this.helped));
			Stressed.cancel(this.run);
		}

	}

}
