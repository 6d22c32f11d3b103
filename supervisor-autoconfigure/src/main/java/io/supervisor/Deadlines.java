package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * What the loop waits for, nearest first. Only accessed by the owner of the group.
 * <p>
 * A pairing heap whose links are in the deadlines themselves, so that neither to set nor
 * to cancel one ever needs memory. Moments are compared by difference, since the clock
 * may overflow. The grace periods of a hundred thousand runs, all as long, are set and
 * cancelled in constant time each.
 */
final class Deadlines {

	private @Nullable Deadline first;

	/**
	 * Set or move a deadline; one at {@link Durations#NONE} from now never comes.
	 */
	void set(Deadline deadline, long now, long delay) {
		cancel(deadline);
		if (delay == Durations.NONE) {
			return;
		}
		deadline.at = now + delay;
		deadline.set = true;
		this.first = meld(this.first, deadline);
	}

	void cancel(Deadline deadline) {
		if (!deadline.set) {
			return;
		}
		deadline.set = false;
		Deadline children = pair(deadline.child);
		deadline.child = null;
		if (deadline == this.first) {
			this.first = children;
			return;
		}
		unlink(deadline);
		if (children != null) {
			this.first = meld(this.first, children);
		}
	}

	@Nullable Deadline first() {
		return this.first;
	}

	void clear() {
		while (this.first != null) {
			cancel(this.first);
		}
	}

	/**
	 * The later one becomes a child of the other.
	 */
	private static Deadline meld(@Nullable Deadline one, Deadline other) {
		if (one == null) {
			return other;
		}
		boolean inOrder = other.at - one.at >= 0;
		Deadline parent = inOrder ? one : other;
		Deadline child = inOrder ? other : one;
		child.previous = parent;
		child.next = parent.child;
		if (child.next != null) {
			child.next.previous = child;
		}
		parent.child = child;
		return parent;
	}

	/**
	 * Make one heap of siblings: two by two from the left, then all from the right, which
	 * is what makes it cheap in the long run.
	 */
	private static @Nullable Deadline pair(@Nullable Deadline siblings) {
		@Nullable Deadline pairs = null;
		Deadline rest = siblings;
		while (rest != null) {
			Deadline one = rest;
			Deadline other = one.next;
			rest = (other != null) ? other.next : null;
			release(one);
			if (other != null) {
				release(other);
				one = meld(one, other);
			}
			one.next = pairs;
			pairs = one;
		}
		@Nullable Deadline heap = null;
		while (pairs != null) {
			Deadline next = pairs.next;
			pairs.next = null;
			heap = meld(heap, pairs);
			pairs = next;
		}
		return heap;
	}

	private static void unlink(Deadline deadline) {
		Deadline previous = deadline.previous;
		if (previous != null && previous.child == deadline) {
			previous.child = deadline.next;
		}
		else if (previous != null) {
			previous.next = deadline.next;
		}
		if (deadline.next != null) {
			deadline.next.previous = previous;
		}
		release(deadline);
	}

	private static void release(Deadline deadline) {
		deadline.previous = null;
		deadline.next = null;
	}

}
