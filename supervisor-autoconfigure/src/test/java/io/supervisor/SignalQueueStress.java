package io.supervisor;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The signals of a group between posters and owner. An outcome that is not listed fails
 * the test.
 */
public final class SignalQueueStress {

	private SignalQueueStress() {
	}

	private static SignalQueue queue() {
		return new SignalQueue(new Stressed.ImpatientTiming());
	}

	private static Signal signal(String name) {
		return new Command(Command.Kind.START, name);
	}

	@JCStressTest
	@State
	@Outcome(id = { "abxy", "axby", "axyb", "xaby", "xayb", "xyab" }, expect = Expect.ACCEPTABLE,
			desc = "every signal once, in the order of each poster")
	public static class PushAgainstTakeAll {

		private final SignalQueue queue = queue();

		private final StringBuilder taken = new StringBuilder();

		public PushAgainstTakeAll() {
			this.queue.tryAcquire();
		}

		@Actor
		public void poster() {
			this.queue.push(signal("a"));
			this.queue.push(signal("b"));
		}

		@Actor
		public void owner() {
			this.queue.push(signal("x"));
			take();
			this.queue.push(signal("y"));
			take();
		}

		private void take() {
			for (Signal signal = this.queue.take(); signal != null; signal = this.queue.take()) {
				this.taken.append(((Command) signal).name());
			}
		}

		@Arbiter
		public void afterwards(L_Result result) {
			take();
			result.r1 = this.taken.toString();
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 1", "0, 0" }, expect = Expect.ACCEPTABLE,
			desc = "the poster is the owner, or the owner has seen the signal")
	public static class ReleaseAgainstPush {

		private final SignalQueue queue = queue();

		public ReleaseAgainstPush() {
			this.queue.tryAcquire();
		}

		@Actor
		public void owner(II_Result result) {
			result.r1 = Stressed.bit(this.queue.tryRelease());
		}

		@Actor
		public void poster(II_Result result) {
			result.r2 = Stressed.bit(this.queue.push(signal("a")));
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "1, 0", "0, 1" }, expect = Expect.ACCEPTABLE, desc = "exactly one is the owner")
	public static class AcquireAgainstPush {

		private final SignalQueue queue = queue();

		@Actor
		public void claimant(II_Result result) {
			result.r1 = Stressed.bit(this.queue.tryAcquire());
		}

		@Actor
		public void poster(II_Result result) {
			result.r2 = Stressed.bit(this.queue.push(signal("a")));
		}

	}

	/**
	 * Whoever becomes the owner sees what the one before it has written.
	 */
	@JCStressTest
	@State
	@Outcome(id = "4, 1", expect = Expect.ACCEPTABLE, desc = "each handled once, one after another; released")
	public static class OwnersOneAfterAnother {

		private final SignalQueue queue = queue();

		private int handled;

		@Actor
		public void poster() {
			post();
			post();
		}

		@Actor
		public void otherPoster() {
			post();
			post();
		}

		private void post() {
			if (this.queue.push(signal("a"))) {
				do {
					for (Signal signal = this.queue.take(); signal != null; signal = this.queue.take()) {
						this.handled++;
					}
				}
				while (!this.queue.tryRelease());
			}
		}

		@Arbiter
		public void afterwards(II_Result result) {
			result.r1 = this.handled;
			result.r2 = Stressed.bit(this.queue.tryAcquire());
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the owner is woken for both")
	public static class ParkAgainstPush {

		private final SignalQueue queue = queue();

		public ParkAgainstPush() {
			this.queue.tryAcquire();
		}

		@Actor
		public void owner(I_Result result) {
			while (result.r1 < 2) {
				@Nullable Signal signal = this.queue.take();
				if (signal == null) {
					this.queue.park(Durations.NONE);
				}
				for (; signal != null; signal = signal.next) {
					result.r1++;
				}
			}
		}

		@Actor
		public void poster() {
			this.queue.push(signal("a"));
			this.queue.push(signal("b"));
		}

	}

}
