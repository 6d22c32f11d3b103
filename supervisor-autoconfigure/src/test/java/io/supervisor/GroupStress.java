package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A group between its owner and those who read, wait, command, listen and end late. An
 * outcome that is not listed fails the test.
 */
public final class GroupStress {

	private GroupStress() {
	}

	private static ServiceGroup.Builder group() {
		Stressed.run();
		return ServiceGroup.builder("links").timing(new Stressed.ImpatientTiming(), () -> 0);
	}

	@JCStressTest
	@State
	@Outcome(id = { "0, 0, 1", "0, 1, 1", "0, 2, 1", "1, 1, 1", "1, 2, 1", "2, 2, 1" }, expect = Expect.ACCEPTABLE,
			desc = "never back, whole, and never ahead of the services")
	public static class Snapshots {

		private final GroupLoop loop = group().service("a", (context) -> {
		}).service("b", (context) -> {
		}).build().loop();

		@Actor
		public void owner() {
			for (Member member : this.loop.group().roster.members()) {
				this.loop.acquire();
				this.loop.group().roster.transition(member, ServiceState.WAITING);
				this.loop.release();
			}
		}

		@Actor
		public void reader(III_Result result) {
			GroupSnapshot first = this.loop.group().publication.snapshot();
			GroupSnapshot second = this.loop.group().publication.snapshot();
			int services = 0;
			for (Member member : this.loop.group().roster.members()) {
				services += member.snapshot().state().ordinal() - ServiceState.NEW.ordinal();
			}
			result.r1 = first.count(ServiceState.WAITING);
			result.r2 = second.count(ServiceState.WAITING);
			result.r3 = Stressed
				.bit(first.size() == 2 && second.size() == 2 && services >= second.count(ServiceState.WAITING));
		}

	}

	@JCStressTest
	@State
	@Outcome(id = { "0", "1", "12", "123", "1234", "12345", "912345" }, expect = Expect.ACCEPTABLE,
			desc = "what was there at one moment")
	public static class Failures {

		private final FailureList failures = new FailureList();

		private volatile List<ServiceFailure> published = List.of();

		@Actor
		public void owner() {
			for (int i = 1; i <= 5; i++) {
				this.failures.add(failure(i));
				this.published = this.failures.view();
			}
			this.failures.addFirst(failure(9));
			this.published = this.failures.view();
		}

		private static ServiceFailure failure(int attempt) {
			return new ServiceFailure("a", attempt, new Exception("gone"), Instant.EPOCH);
		}

		@Actor
		public void reader(L_Result result) {
			StringBuilder seen = new StringBuilder();
			for (ServiceFailure failure : this.published) {
				seen.append(failure.attempt());
			}
			result.r1 = seen.isEmpty() ? "0" : seen.toString();
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "woken")
	public static class Wait {

		private final Waiters waiters = new Waiters(new Stressed.ImpatientTiming());

		private volatile GroupState state = GroupState.NEW;

		@Actor
		public void owner() {
			this.waiters.begin();
			this.state = GroupState.RUNNING;
			this.waiters.mark(null);
			this.waiters.wake();
		}

		@Actor
		public void reader(I_Result result) {
			result.r1 = Stressed.call(() -> this.waiters.await(null, () -> this.state,
					(state) -> state == GroupState.RUNNING, () -> true, Durations.NONE));
		}

	}

	@JCStressTest
	@State
	@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "who has the result finds what it says")
	public static class CommandResult {

		private final GroupLoop loop = group().service("a", (context) -> {
		}).build().loop();

		private final Command remove = new Command(Command.Kind.REMOVE, "a");

		@Actor
		public void owner() {
			this.loop.post(this.remove);
		}

		@Actor
		public void reader(II_Result result) {
			result.r1 = Stressed.call(() -> this.remove.result().get().state() == ServiceState.STOPPED);
			result.r2 = this.loop.group().publication.snapshot().size() + this.loop.group().roster.members().length;
		}

	}

	/**
	 * A thread that has claimed a run takes over from whoever handles the signals.
	 */
	@JCStressTest
	@State
	@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "one after another")
	public static class HandOver {

		private final GroupLoop loop = group().service("a", (context) -> {
		}).build().loop();

		private final GatePass pass = new GatePass(this.loop, this.loop.group().roster.members()[0]);

		private int handled;

		@Actor
		public void claimant() {
			this.loop.acquire();
			this.handled++;
			this.loop.release();
		}

		@Actor
		public void poster() {
			this.loop.post(new GatePass.News(this.pass, (leases) -> this.handled++));
			this.loop.post(new GatePass.News(this.pass, (leases) -> this.handled++));
		}

		@Arbiter
		public void afterwards(I_Result result) {
			result.r1 = this.handled;
		}

	}

	/**
	 * A stop before the first run stops it (rule 19), however close to its begin.
	 */
	@JCStressTest
	@State
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "stopped")
	public static class StopAgainstTheFirstBegin {

		private final GroupLoop loop = group().executor((task) -> {
		}, false).service("a", (context) -> {
		}).build().loop();

		@Actor
		public void stop() {
			this.loop.stop(false);
		}

		@Actor
		public void run() {
			this.loop.claim();
			this.loop.acquire();
			this.loop.begin(null, null);
		}

		@Arbiter
		public void afterwards(I_Result result) {
			this.loop.turn();
			result.r1 = Stressed.bit(!this.loop.group().isLive() || this.loop.group().isStopping());
		}

	}

	/**
	 * The listener's thread ends where nothing is likely to follow, and there is another
	 * one if something does.
	 */
	@JCStressTest
	@State
	@Outcome(id = "123", expect = Expect.ACCEPTABLE, desc = "told of everything, once and in order")
	public static class EventsAgainstTheEndOfTheReader {

		private final StringBuffer told = new StringBuffer();

		private final Listeners listeners = new Listeners("links", Timing.SYSTEM, null,
				List.of(new ServiceGroupListener() {

					@Override
					public void eventsMissed(long count) {
						EventsAgainstTheEndOfTheReader.this.told.append(count);
					}

				}));

		@Actor
		public void owner() {
			for (int i = 1; i <= 3; i++) {
				this.listeners.stage(GroupEvent.missed(i));
				this.listeners.append(true, 1);
				this.listeners.wake();
			}
		}

		@Arbiter
		public void afterwards(L_Result result) {
			Stressed.await(() -> this.told.length() >= 3);
			result.r1 = this.told.toString();
		}

	}

	/**
	 * The thread of a run ends while the group gives it up, or after that.
	 */
	@JCStressTest
	@State
	@Outcome(id = { "STOPPED, STOPPED", "COMPLETED, STOPPED", "COMPLETED, COMPLETED" }, expect = Expect.ACCEPTABLE,
			desc = "the end is known, whenever it comes")
	public static class EndAgainstGiveUp implements Executor {

		private final GroupLoop loop = group()
			.defaults(ServicePolicy.builder().gracePeriod(Duration.ZERO).interruptPeriod(Duration.ZERO).build())
			.shutdownTimeout(Duration.ZERO)
			.executor(this, false)
			.service("a", (context) -> {
			})
			.build()
			.loop();

		private @Nullable Run run;

		public EndAgainstGiveUp() {
			this.loop.claim();
			this.loop.acquire();
			this.loop.begin(null, null);
			while (!this.loop.group().isIn(GroupState.RUNNING)) {
				this.loop.turn();
			}
		}

		@Override
		public void execute(Runnable task) {
			this.run = (Run) task;
			this.run.begin(new Thread());
			this.run.announceEntry();
		}

		@Actor
		public void owner() {
			this.loop.stop(false);
			while (this.loop.group().isLive()) {
				this.loop.turn();
			}
			this.loop.release();
		}

		@Actor
		public void service() {
			this.run.conclude(null, this.run.leave());
			this.loop.post(this.run);
		}

		@Arbiter
		public void afterwards(LL_Result result) {
			Stressed.await(() -> serviceState().isTerminal());
			result.r1 = serviceState();
			result.r2 = this.loop.group().publication.snapshot().state();
		}

		private ServiceState serviceState() {
			return this.loop.group().roster.members()[0].snapshot().state();
		}

	}

}
