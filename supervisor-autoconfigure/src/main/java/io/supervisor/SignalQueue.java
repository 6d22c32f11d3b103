package io.supervisor;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * The signals of a group: an intrusive stack that any thread pushes onto without
 * allocating and that the owner takes whole, reverses and hands out one by one, so that
 * they arrive in the order in which they were posted.
 * <p>
 * The same word says who owns the group's state. At {@link #UNOWNED} nobody does, and
 * whoever replaces that mark by a signal becomes the owner; at {@link #PARKED} the owner
 * sleeps, and whoever replaces that mark wakes it.
 */
final class SignalQueue {

	private static final Signal UNOWNED = new Signal.Mark();

	private static final Signal PARKED = new Signal.Mark();

	/**
	 * No {@code VarHandle}: each place that uses one is linked at its first use, which
	 * takes memory, and a stop must need none.
	 */
	private static final AtomicReferenceFieldUpdater<SignalQueue, @Nullable Signal> HEAD = AtomicReferenceFieldUpdater
		.newUpdater(SignalQueue.class, Signal.class, "head");

	private final Timing timing;

	/**
	 * The latest signal, a mark, or {@code null} if the owner is awake and has taken all.
	 * Any thread, by CAS.
	 */
	private volatile @Nullable Signal head = UNOWNED;

	/**
	 * What was taken whole and not handed out yet, the first posted first. Only accessed
	 * by the owner.
	 */
	private @Nullable Signal taken;

	/**
	 * Written by the owner before it parks, read by the thread that replaces
	 * {@link #PARKED}.
	 */
	private @Nullable Thread owner;

	SignalQueue(Timing timing) {
		this.timing = timing;
	}

	/**
	 * Post a signal. Never allocates.
	 * @return {@code true} if the calling thread now owns the group
	 */
	boolean push(Signal signal) {
		while (true) {
			Signal head = this.head;
			signal.next = (head == UNOWNED || head == PARKED) ? null : head;
			if (HEAD.compareAndSet(this, head, signal)) {
				if (head == PARKED && this.owner != null) {
					this.timing.unpark(this.owner);
				}
				return head == UNOWNED;
			}
		}
	}

	/**
	 * Take the next signal, the first posted first. For the owner.
	 */
	@Nullable Signal take() {
		if (this.taken == null && this.head != null) {
			takeAll();
		}
		Signal signal = this.taken;
		if (signal != null) {
			this.taken = signal.next;
			signal.next = null;
		}
		return signal;
	}

	private void takeAll() {
		Signal signal = HEAD.getAndSet(this, null);
		@Nullable Signal first = null;
		while (signal != null) {
			Signal next = signal.next;
			signal.next = first;
			first = signal;
			signal = next;
		}
		this.taken = first;
	}

	/**
	 * For the owner.
	 */
	boolean isEmpty() {
		return this.taken == null && this.head == null;
	}

	/**
	 * Own the group if nobody does.
	 */
	boolean tryAcquire() {
		return HEAD.compareAndSet(this, UNOWNED, null);
	}

	/**
	 * Cease to own the group, unless there are signals. For the owner.
	 */
	boolean tryRelease() {
		return this.taken == null && HEAD.compareAndSet(this, null, UNOWNED);
	}

	/**
	 * Wait for a signal. For the owner; returns early if interrupted, or for no reason.
	 */
	void park(long nanos) {
		this.owner = Thread.currentThread();
		if (this.taken == null && HEAD.compareAndSet(this, null, PARKED)) {
			this.timing.park(this, nanos);
			HEAD.compareAndSet(this, PARKED, null);
		}
	}

}
