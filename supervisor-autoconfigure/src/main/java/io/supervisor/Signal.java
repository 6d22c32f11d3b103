package io.supervisor;

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Something that the loop is told. The set is closed: a run {@linkplain Run.Entered
 * entered}, {@linkplain Run.Ready became ready}, {@linkplain Run ended} or
 * {@linkplain Run.ActionFailed failed in an action}; the executor has
 * {@linkplain Submission returned}; a {@linkplain Command command}; {@linkplain Stop
 * stop}, also {@linkplain StopWithParent with a parent}; a {@linkplain Ownership.Claim
 * new run} or {@linkplain Abandoned none after all}; {@linkplain Listen somebody wants to
 * listen}; a run {@linkplain Excused is not to be waited for};
 * {@linkplain StackTaker.Taken a stack was taken}; {@linkplain GatePass.News a gate has
 * something to say}; a service {@linkplain RunReport says how its run is}.
 */
abstract sealed class Signal permits RunWord, Run.Entered, Run.Ready, Run.ActionFailed, Submission, Command,
		Signal.Standing, Signal.StopWithParent, Ownership.Claim, Signal.ChangePolicy, Signal.Listen, Signal.Unlisten,
		Signal.Excused, Signal.Mark, StackTaker.Taken, GatePass.News {

	/**
	 * The signal posted before this one. Written by the poster, then only accessed by the
	 * owner that took it.
	 */
	@Nullable Signal next;

	/**
	 * Called by the owner of the group, once for each time that it was posted.
	 */
	abstract void handle(Rules rules);

	/**
	 * A signal that a group, or a run, has one of, so that posting it needs no memory.
	 */
	abstract static sealed class Standing extends Signal permits Stop, Abandoned, RunReport {

		/**
		 * Whether it is in the queue: 1. Set by the thread that posts it, by CAS, cleared
		 * by the owner. No {@code AtomicBoolean}, which is a {@code VarHandle} inside.
		 */
		private final AtomicInteger posted = new AtomicInteger();

		/**
		 * Whether the caller is to post it: otherwise it is about to be handled anyway.
		 * For any thread.
		 */
		final boolean claimPost() {
			return this.posted.compareAndSet(0, 1);
		}

		@Override
		final void handle(Rules rules) {
			this.posted.set(0);
			carryOut(rules);
		}

		abstract void carryOut(Rules rules);

	}

	/**
	 * The whole group is to stop.
	 */
	static final class Stop extends Standing {

		/**
		 * The latest run of the group that is to stop. Any thread, by CAS.
		 */
		private final AtomicInteger run = new AtomicInteger();

		/**
		 * Whether nobody has any grace.
		 */
		private final boolean now;

		Stop(boolean now) {
			this.now = now;
		}

		/**
		 * A run of the group is to stop, and none after it (rule 19). For any thread.
		 */
		void demand(int run) {
			int latest = this.run.get();
			while (latest < run && !this.run.compareAndSet(latest, run)) {
				latest = this.run.get();
			}
		}

		boolean isDemanded(int run) {
			return this.run.get() >= run;
		}

		@Override
		void carryOut(Rules rules) {
			if (isDemanded(rules.group().epoch())) {
				rules.onStop(CancellationCause.SHUTDOWN);
				if (this.now) {
					rules.endGrace();
				}
			}
		}

	}

	/**
	 * No run came of a claim.
	 */
	static final class Abandoned extends Standing {

		@Override
		void carryOut(Rules rules) {
			rules.onAbandoned();
		}

	}

	/**
	 * The run is cancelled that a run of the group is a part of. Made before, since a
	 * cancel needs no memory.
	 */
	static final class StopWithParent extends Signal {

		private final ServiceContext parent;

		private final int run;

		StopWithParent(ServiceContext parent, int run) {
			this.parent = parent;
			this.run = run;
		}

		@Override
		void handle(Rules rules) {
			if (rules.group().epoch() == this.run) {
				rules.onParentCancelled(this.parent);
			}
		}

	}

	/**
	 * Somebody wants to hear of the transitions.
	 */
	static final class Listen extends Signal {

		private final ServiceGroupListener listener;

		Listen(ServiceGroupListener listener) {
			this.listener = listener;
		}

		@Override
		void handle(Rules rules) {
			rules.group().publication.listen(this.listener);
		}

	}

	/**
	 * A service is to have another policy.
	 */
	static final class ChangePolicy extends Signal {

		private final String name;

		private final ServicePolicy policy;

		ChangePolicy(String name, ServicePolicy policy) {
			this.name = name;
			this.policy = policy;
		}

		@Override
		void handle(Rules rules) {
			Member member = rules.group().roster.get(this.name);
			if (member != null) {
				member.changePolicy(this.policy);
			}
		}

	}

	/**
	 * Somebody does not want to hear of them any more.
	 */
	static final class Unlisten extends Signal {

		private final ServiceGroupListener listener;

		Unlisten(ServiceGroupListener listener) {
			this.listener = listener;
		}

		@Override
		void handle(Rules rules) {
			rules.group().publication.unlisten(this.listener);
		}

	}

	/**
	 * The thread of a run waits for the stop of the group.
	 */
	static final class Excused extends Signal {

		private final Run run;

		Excused(Run run) {
			this.run = run;
		}

		@Override
		void handle(Rules rules) {
			Member member = this.run.member();
			if (member.run == this.run && member.isExcused()) {
				rules.stops().excuse(member);
			}
		}

	}

	/**
	 * Stands in the queue for the absence of signals.
	 */
	static final class Mark extends Signal {

		@Override
		void handle(Rules rules) {
			throw new AssertionError("a mark is no signal");
		}

	}

}
