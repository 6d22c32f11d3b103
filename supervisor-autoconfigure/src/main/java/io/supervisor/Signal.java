package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * Something that the loop is told. The set is closed: a run {@linkplain Run.Entered
 * entered}, {@linkplain Run.Ready became ready}, {@linkplain Run ended} or
 * {@linkplain Run.ActionFailed failed in an action}; a {@linkplain Command command};
 * {@linkplain Stop stop}; a {@linkplain Ownership.Claim new run} or {@linkplain Abandoned
 * none after all}; {@linkplain Listen somebody wants to listen};
 * {@linkplain StackTaker.Taken a stack was taken}; {@linkplain GatePass.News a gate has
 * something to say}.
 */
abstract sealed class Signal permits RunWord, Run.Entered, Run.Ready, Run.ActionFailed, Command, Signal.Stop,
		Ownership.Claim, Signal.Abandoned, Signal.Listen, Signal.Mark, StackTaker.Taken, GatePass.News {

	/**
	 * The signal posted before this one. Written by the poster, then only accessed by the
	 * owner that took it.
	 */
	@Nullable Signal next;

	/**
	 * Called by the owner of the group, once.
	 */
	abstract void handle(Rules rules);

	/**
	 * The whole group is to stop.
	 */
	static final class Stop extends Signal {

		private final CancellationCause cause;

		/**
		 * The run whose cancel asks for it, if it is one.
		 */
		private final @Nullable ServiceContext parent;

		Stop(CancellationCause cause, @Nullable ServiceContext parent) {
			this.cause = cause;
			this.parent = parent;
		}

		/**
		 * A run whose thread has left it has left this group as well: its cancel comes
		 * late, and is not meant for the run of the group that the next attempt has
		 * claimed (rule 17).
		 */
		@Override
		void handle(Rules rules) {
			if (!(this.parent instanceof Run run) || !run.isEnded()) {
				rules.onStop(this.cause);
			}
		}

	}

	/**
	 * No run came of a claim.
	 */
	static final class Abandoned extends Signal {

		@Override
		void handle(Rules rules) {
			rules.onAbandoned();
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
	 * Stands in the queue for the absence of signals.
	 */
	static final class Mark extends Signal {

		@Override
		void handle(Rules rules) {
			throw new AssertionError("a mark is no signal");
		}

	}

}
