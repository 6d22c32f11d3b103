package io.supervisor;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * What stands between the thread of a run and the loop: one word, changed by
 * compare-and-set only. {@link #BEGUN} and {@link #ENDED} decide whether the run is
 * called at all, {@link #CANCELLED} is the token, and {@link #GATE},
 * {@link #INTERRUPTING} and {@link #INTERRUPTED} see to it that an interrupt arrives
 * inside the run that it is meant for or not at all: who leaves the gate or the run waits
 * until one under way has passed.
 * <p>
 * A superclass of the run, not an object beside it: there may be a hundred thousand. It
 * knows nothing of what a run does, so that it can be put under stress by itself.
 */
abstract non-sealed class RunWord extends Signal {

	/**
	 * The thread has entered the run. Set by that thread.
	 */
	private static final int BEGUN = 1;

	/**
	 * The run is over: no interrupt from here on. Set by its thread, or by the loop for a
	 * run that has not begun.
	 */
	private static final int ENDED = 1 << 1;

	/**
	 * The token. Set by the loop.
	 */
	private static final int CANCELLED = 1 << 2;

	/**
	 * The thread is inside {@link ServiceContext#interruptibly}. Set and cleared by it.
	 */
	private static final int GATE = 1 << 3;

	/**
	 * An interrupt is under way. Set and cleared by who delivers it: the loop, or who
	 * wakes the thread for it.
	 */
	private static final int INTERRUPTING = 1 << 4;

	/**
	 * The interrupt flag may be ours, from here to the end of the run: a service that was
	 * told of our interrupt by an exception may set it again. Set by who delivers it, and
	 * by the thread when it throws that exception itself; cleared with the end.
	 */
	private static final int INTERRUPTED = 1 << 5;

	/**
	 * An interrupt or an action has begun: what a socket throws may be an echo. Set by
	 * who delivers the interrupt and by the thread of the actions.
	 */
	private static final int DISTURBED = 1 << 6;

	/**
	 * The run has announced its readiness. Set by any thread of the service.
	 */
	private static final int ANNOUNCED = 1 << 7;

	/**
	 * Its thread waits for the stop of the group: it is not interrupted, and not waited
	 * for (rule 34). Set by any thread.
	 */
	private static final int EXCUSED = 1 << 8;

	private static final long TEN_MICROSECONDS = 10_000;

	/**
	 * No {@code VarHandle}: each place that uses one is linked at its first use, which
	 * takes memory, and a stop must need none.
	 */
	private static final AtomicIntegerFieldUpdater<RunWord> WORD = AtomicIntegerFieldUpdater.newUpdater(RunWord.class,
			"word");

	private static final AtomicReferenceFieldUpdater<RunWord, @Nullable Thread> THREAD = AtomicReferenceFieldUpdater
		.newUpdater(RunWord.class, Thread.class, "thread");

	private volatile int word;

	/**
	 * How often the gate was entered and not left. Only accessed by the thread of the
	 * run.
	 */
	private int depth;

	/**
	 * Written by the thread of the run before {@link #BEGUN}, read after it.
	 */
	private volatile @Nullable Thread thread;

	abstract Timing timing();

	/**
	 * Enter the run, if it was not withdrawn (rule 5), nor entered before.
	 */
	final boolean begin(Thread thread) {
		return THREAD.compareAndSet(this, null, thread) && WORD.compareAndSet(this, 0, BEGUN);
	}

	/**
	 * End a run that has not begun. If its thread comes after all, it does nothing.
	 * @return {@code false} if it has begun
	 */
	final boolean withdraw() {
		return WORD.compareAndSet(this, 0, ENDED);
	}

	/**
	 * Set the token, unless the run is over.
	 * @return whether it is set
	 */
	final boolean setToken() {
		while (true) {
			int word = this.word;
			if ((word & ENDED) != 0) {
				return false;
			}
			if (WORD.compareAndSet(this, word, word | CANCELLED)) {
				return true;
			}
		}
	}

	/**
	 * No interrupt of ours arrives after this. For the thread of the run.
	 * @return whether the token was set
	 */
	final boolean leave() {
		while (true) {
			int word = wordWithoutInterruptUnderWay();
			if (WORD.compareAndSet(this, word, (word | ENDED) & ~INTERRUPTED)) {
				if ((word & INTERRUPTED) != 0) {
					Thread.interrupted();
				}
				return (word & CANCELLED) != 0;
			}
		}
	}

	/**
	 * Enter what may be interrupted at once. For the thread of the run.
	 * @return {@code false} if the token is set: then the thread is to throw an
	 * {@link InterruptedException} of its own
	 */
	final boolean enterGate() {
		while (true) {
			int word = this.word;
			if ((word & CANCELLED) != 0) {
				add(INTERRUPTED);
				return false;
			}
			if (WORD.compareAndSet(this, word, word | GATE)) {
				this.depth++;
				return true;
			}
		}
	}

	/**
	 * Leave it again, without an interrupt of ours.
	 */
	final void leaveGate() {
		if (--this.depth > 0) {
			return;
		}
		while (true) {
			int word = wordWithoutInterruptUnderWay();
			if (WORD.compareAndSet(this, word, word & ~GATE)) {
				if ((word & INTERRUPTED) != 0) {
					Thread.interrupted();
				}
				return;
			}
		}
	}

	/**
	 * An interrupt takes a moment, but for a thread in a channel it is as long as that
	 * channel's close.
	 */
	private int wordWithoutInterruptUnderWay() {
		int word = this.word;
		for (int i = 0; (word & INTERRUPTING) != 0; i++) {
			if (i < 100) {
				Thread.onSpinWait();
			}
			else {
				giveWay();
			}
			word = this.word;
		}
		return word;
	}

	/**
	 * Who delivers the interrupt may need this processor. A virtual thread that only
	 * yields goes on on the same carrier, and the other had to wait for the end of a time
	 * slice: a millisecond and more. One whose interrupt flag is set cannot park.
	 */
	private void giveWay() {
		Thread.yield();
		if (GroupThreads.isVirtual(Thread.currentThread())) {
			timing().park(this, TEN_MICROSECONDS);
		}
	}

	/**
	 * Wake the thread of a run whose token is set from its wait for that, or interrupt it
	 * where it may be interrupted at once: it enters no such place any more.
	 */
	final void wakeThread() {
		while (true) {
			int word = this.word;
			if ((word & ENDED) != 0) {
				return;
			}
			if ((word & (GATE | EXCUSED)) != GATE) {
				timing().unpark(thread());
				return;
			}
			if ((word & (INTERRUPTING | INTERRUPTED)) != 0 || tryInterrupt(word)) {
				return;
			}
		}
	}

	/**
	 * Interrupt the thread, wherever it is in the run. Does nothing for a run that is
	 * over, or while an interrupt is under way.
	 */
	final void interrupt() {
		while (true) {
			int word = this.word;
			if ((word & (ENDED | INTERRUPTING | EXCUSED)) != 0 || tryInterrupt(word)) {
				return;
			}
		}
	}

	private boolean tryInterrupt(int word) {
		if (!WORD.compareAndSet(this, word, word | INTERRUPTING | DISTURBED)) {
			return false;
		}
		try {
			thread().interrupt();
		}
		catch (Throwable ex) {
			// it runs the close() of a channel that the thread is blocked in
		}
		finally {
			int now;
			do {
				now = this.word;
			}
			while (!WORD.compareAndSet(this, now, (now | INTERRUPTED) & ~INTERRUPTING));
		}
		return true;
	}

	/**
	 * Neither interrupt it from now on nor wait for it.
	 */
	final void excuse() {
		add(EXCUSED);
	}

	final boolean isExcused() {
		return (this.word & EXCUSED) != 0;
	}

	/**
	 * An action for the cancel begins.
	 */
	final void disturb() {
		add(DISTURBED);
	}

	/**
	 * The service says that it is ready.
	 * @return whether that is news, of a run that is not over
	 */
	final boolean announce() {
		return (add(ANNOUNCED) & (ANNOUNCED | ENDED)) == 0;
	}

	/**
	 * The thread of a run that has begun.
	 */
	final Thread thread() {
		return Objects.requireNonNull(this.thread, "the run has not begun");
	}

	/**
	 * Whether a thread is the one that has entered the run. For any thread.
	 */
	final boolean isThread(Thread thread) {
		return this.thread == thread;
	}

	/**
	 * The thread that has entered the run, if that is known here. For any thread.
	 */
	final @Nullable Thread threadIfKnown() {
		return this.thread;
	}

	final boolean hasBegun() {
		return (this.word & BEGUN) != 0;
	}

	final boolean isEnded() {
		return (this.word & ENDED) != 0;
	}

	/**
	 * Whether it ended without having begun.
	 */
	final boolean isWithdrawn() {
		return (this.word & (BEGUN | ENDED)) == ENDED;
	}

	final boolean isCancelRequested() {
		return (this.word & CANCELLED) != 0;
	}

	/**
	 * Whether the token is set or the run is over. One volatile read.
	 */
	final boolean isCancelledOrOver() {
		return (this.word & (CANCELLED | ENDED)) != 0;
	}

	final boolean isDisturbed() {
		return (this.word & DISTURBED) != 0;
	}

	/**
	 * Set a bit.
	 * @return the word before
	 */
	private int add(int bit) {
		while (true) {
			int word = this.word;
			if (WORD.compareAndSet(this, word, word | bit)) {
				return word;
			}
		}
	}

}
