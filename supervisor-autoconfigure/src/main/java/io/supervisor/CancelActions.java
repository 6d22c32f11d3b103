package io.supervisor;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * What a run has registered for its cancel: a stack that is taken once, by who wakes the
 * run that was cancelled or by the thread that ends it uncancelled. A superclass of the
 * run, not an object beside it: there may be a hundred thousand runs, few of which
 * register anything.
 */
abstract sealed class CancelActions extends RunWord permits Run {

	/**
	 * The run is cancelled: an action runs in the thread that registers it.
	 */
	private static final Action RELEASED = new Action(null, false);

	/**
	 * The run has ended uncancelled: nothing is to be done any more.
	 */
	private static final Action DROPPED = new Action(null, false);

	private static final int SWEEP_FROM = 32;

	/**
	 * No {@code VarHandle}: each place that uses one is linked at its first use, which
	 * takes memory, and a stop must need none.
	 */
	private static final AtomicReferenceFieldUpdater<CancelActions, @Nullable Action> HEAD = updater("head");

	private static final AtomicReferenceFieldUpdater<CancelActions, @Nullable Action> UNBEGUN = updater("unbegun");

	/**
	 * The latest action, or a mark. Any thread, by CAS.
	 */
	private volatile @Nullable Action head;

	/**
	 * The latest of the actions that are released and wait for a thread: whichever takes
	 * them performs them all. Set by who releases them, taken by exchange.
	 */
	private volatile @Nullable Action unbegun;

	private static AtomicReferenceFieldUpdater<CancelActions, @Nullable Action> updater(String field) {
		return AtomicReferenceFieldUpdater.newUpdater(CancelActions.class, Action.class, field);
	}

	/**
	 * An action threw: a secondary failure.
	 */
	abstract void actionFailed(Throwable thrown);

	/**
	 * Have the actions performed on a thread of their own. Throws what keeps it from
	 * that.
	 */
	abstract void startActions(Runnable actions);

	/**
	 * There is no thread for the actions: a secondary failure too.
	 */
	abstract void actionsNotStarted(Throwable reason);

	Registration addAction(Runnable runnable) {
		return add(new Action(runnable, false));
	}

	/**
	 * Add an action that only wakes a thread: it is also wanted when the run ends
	 * uncancelled, and is our own code, so that any thread may run it.
	 */
	Registration addWakeUp(Runnable runnable) {
		return add(new Action(runnable, true));
	}

	private Registration add(Action action) {
		while (true) {
			Action head = this.head;
			if (head == DROPPED) {
				if (action.wakeUp) {
					perform(action);
				}
				return action;
			}
			if (head == RELEASED || isCancelRequested()) {
				perform(action);
				return action;
			}
			action.pushOnto(head);
			if (HEAD.compareAndSet(this, head, action)) {
				return action;
			}
		}
	}

	/**
	 * The run has ended uncancelled.
	 */
	void dropActions() {
		Action action = HEAD.getAndSet(this, DROPPED);
		for (; action != null; action = action.next) {
			if (action.wakeUp) {
				perform(action);
			}
		}
	}

	/**
	 * The run is cancelled: wake who waits for that, then perform the actions, last
	 * registered first, on a thread of their own. An action may wait for one that is
	 * woken, and there may be no thread for the actions.
	 */
	void releaseActions() {
		Action first = HEAD.getAndSet(this, RELEASED);
		boolean foreign = false;
		for (Action action = first; action != null; action = action.next) {
			if (action.wakeUp) {
				perform(action);
			}
			foreign |= !action.isTaken();
		}
		if (!foreign) {
			return;
		}
		this.unbegun = first;
		try {
			startActions(this::performUnbegun);
		}
		catch (Throwable ex) {
			if (UNBEGUN.getAndSet(this, null) != null) {
				actionsNotStarted(ex);
			}
		}
	}

	/**
	 * Whether actions were released, and no thread has begun to perform them.
	 */
	final boolean hasUnbegunActions() {
		return this.unbegun != null;
	}

	/**
	 * Perform the actions that were released, unless another thread does.
	 */
	final void performUnbegun() {
		Action first = UNBEGUN.getAndSet(this, null);
		for (Action action = first; action != null; action = action.next) {
			perform(action);
		}
	}

	private void perform(Action action) {
		Runnable runnable = action.take();
		if (runnable == null) {
			return;
		}
		if (!action.wakeUp) {
			disturb();
		}
		try {
			runnable.run();
		}
		catch (Throwable ex) {
			actionFailed(ex);
		}
	}

	/**
	 * One action and the handle to withdraw it: whoever takes the runnable has it.
	 */
	private static final class Action implements Registration {

		private static final AtomicReferenceFieldUpdater<Action, @Nullable Runnable> RUNNABLE = AtomicReferenceFieldUpdater
			.newUpdater(Action.class, Runnable.class, "runnable");

		private final boolean wakeUp;

		/**
		 * What to do, or {@code null} once it was taken or withdrawn. Any thread, by
		 * exchange.
		 */
		private volatile @Nullable Runnable runnable;

		/**
		 * The action registered before. Only ever moved on, over actions that were taken.
		 */
		private @Nullable Action next;

		/**
		 * How many actions there may be from here down.
		 */
		private int depth;

		Action(@Nullable Runnable runnable, boolean wakeUp) {
			this.runnable = runnable;
			this.wakeUp = wakeUp;
		}

		/**
		 * Forgets withdrawn actions every now and then, so that a run that registers and
		 * withdraws for ever keeps none.
		 */
		void pushOnto(@Nullable Action head) {
			this.next = skipTaken(head);
			this.depth = (this.next != null) ? this.next.depth + 1 : 1;
			if (this.depth >= SWEEP_FROM && Integer.bitCount(this.depth) == 1) {
				this.depth = 1;
				for (Action action = this.next; action != null; action = action.next) {
					action.next = skipTaken(action.next);
					this.depth++;
				}
			}
		}

		private static @Nullable Action skipTaken(@Nullable Action first) {
			Action action = first;
			while (action != null && action.isTaken()) {
				action = action.next;
			}
			return action;
		}

		boolean isTaken() {
			return this.runnable == null;
		}

		@Nullable Runnable take() {
			return RUNNABLE.getAndSet(this, null);
		}

		@Override
		public void close() {
			take();
		}

	}

}
