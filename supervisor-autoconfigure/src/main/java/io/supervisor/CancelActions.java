package io.supervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import org.jspecify.annotations.Nullable;

/**
 * What a run has registered for its cancel: a stack that is taken once, by who wakes the
 * run that was cancelled or by the thread that ends it uncancelled.
 */
final class CancelActions {

	/**
	 * The run is cancelled: an action runs in the thread that registers it.
	 */
	private static final Action RELEASED = new Action(null, false);

	/**
	 * The run has ended uncancelled: nothing is to be done any more.
	 */
	private static final Action DROPPED = new Action(null, false);

	private static final int SWEEP_FROM = 32;

	private static final VarHandle HEAD;

	static {
		try {
			HEAD = MethodHandles.lookup().findVarHandle(CancelActions.class, "head", Action.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final Run run;

	/**
	 * The latest action, or a mark. Any thread, by CAS.
	 */
	@SuppressWarnings("unused")
	private @Nullable Action head;

	CancelActions(Run run) {
		this.run = run;
	}

	Registration add(Runnable runnable) {
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
			Action head = (Action) HEAD.getVolatile(this);
			if (head == DROPPED) {
				if (action.wakeUp) {
					perform(action);
				}
				return action;
			}
			if (head == RELEASED || this.run.isCancelRequested()) {
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
	void drop() {
		Action action = (Action) HEAD.getAndSet(this, DROPPED);
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
	void start() {
		Action first = (Action) HEAD.getAndSet(this, RELEASED);
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
		try {
			this.run.loop()
				.timing()
				.start("supervisor-" + this.run.serviceName() + "-cancel",
						() -> RunScope.about(this.run.serviceName(), this.run.attempt(), () -> performAll(first)));
		}
		catch (Throwable ex) {
			this.run.actionsNotStarted(ex);
		}
	}

	private void performAll(@Nullable Action first) {
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
			this.run.disturb();
		}
		try {
			runnable.run();
		}
		catch (Throwable ex) {
			this.run.actionFailed(ex);
		}
	}

	/**
	 * One action and the handle to withdraw it: whoever takes the runnable has it.
	 */
	private static final class Action implements Registration {

		private static final VarHandle RUNNABLE;

		static {
			try {
				RUNNABLE = MethodHandles.lookup().findVarHandle(Action.class, "runnable", Runnable.class);
			}
			catch (ReflectiveOperationException ex) {
				throw new ExceptionInInitializerError(ex);
			}
		}

		private final boolean wakeUp;

		/**
		 * What to do, or {@code null} once it was taken or withdrawn. Any thread, by
		 * exchange.
		 */
		@SuppressWarnings("unused")
		private @Nullable Runnable runnable;

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
			return RUNNABLE.getAcquire(this) == null;
		}

		@Nullable Runnable take() {
			return (Runnable) RUNNABLE.getAndSet(this, null);
		}

		@Override
		public void close() {
			take();
		}

	}

}
