package io.supervisor;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * What the loop waits for, nearest first. Only accessed by the owner of the group.
 * <p>
 * A binary heap of moments, compared by difference, since the clock may overflow. A
 * deadline that is cancelled or moved leaves its entry behind, which is dropped when its
 * moment comes, or when half of the entries are such: the grace periods of a hundred
 * thousand runs are set and cancelled without a look at each other.
 */
final class Deadlines {

	private static final int MANY = 32;

	private long[] moments = new long[16];

	/**
	 * What is due at those moments, unless it is not set any more, or for another one.
	 */
	private @Nullable Deadline[] deadlines = new Deadline[16];

	private int size;

	/**
	 * About how many entries are left behind.
	 */
	private int stale;

	/**
	 * Set or move a deadline; one at {@link Durations#NONE} from now never comes.
	 */
	void set(Deadline deadline, long now, long delay) {
		cancel(deadline);
		if (delay == Durations.NONE) {
			return;
		}
		if (this.size == this.moments.length) {
			this.moments = Arrays.copyOf(this.moments, this.size * 2);
			this.deadlines = Arrays.copyOf(this.deadlines, this.size * 2);
		}
		deadline.at = now + delay;
		deadline.set = true;
		siftUp(this.size++, deadline.at, deadline);
	}

	void cancel(Deadline deadline) {
		if (!deadline.set) {
			return;
		}
		deadline.set = false;
		if (++this.stale > MANY && this.stale > this.size / 2) {
			dropStale();
		}
	}

	@Nullable Deadline first() {
		while (this.size > 0) {
			if (isInForce(0)) {
				return this.deadlines[0];
			}
			removeFirst();
			this.stale--;
		}
		this.stale = 0;
		return null;
	}

	void clear() {
		for (int i = 0; i < this.size; i++) {
			deadline(i).set = false;
		}
		Arrays.fill(this.deadlines, 0, this.size, null);
		this.size = 0;
		this.stale = 0;
	}

	private boolean isInForce(int index) {
		Deadline deadline = deadline(index);
		return deadline.set && deadline.at == this.moments[index];
	}

	@SuppressWarnings("NullAway")
	private Deadline deadline(int index) {
		return this.deadlines[index];
	}

	private void dropStale() {
		int size = this.size;
		this.size = 0;
		for (int i = 0; i < size; i++) {
			if (isInForce(i)) {
				siftUp(this.size++, this.moments[i], deadline(i));
			}
		}
		Arrays.fill(this.deadlines, this.size, size, null);
		this.stale = 0;
	}

	private void removeFirst() {
		int last = --this.size;
		long moment = this.moments[last];
		Deadline deadline = deadline(last);
		this.deadlines[last] = null;
		if (last > 0) {
			siftDown(moment, deadline);
		}
	}

	private void siftUp(int start, long moment, Deadline deadline) {
		int index = start;
		while (index > 0) {
			int parent = (index - 1) >>> 1;
			if (moment - this.moments[parent] >= 0) {
				break;
			}
			place(index, this.moments[parent], deadline(parent));
			index = parent;
		}
		place(index, moment, deadline);
	}

	private void siftDown(long moment, Deadline deadline) {
		int index = 0;
		while (true) {
			int child = 2 * index + 1;
			if (child >= this.size) {
				break;
			}
			if (child + 1 < this.size && this.moments[child + 1] - this.moments[child] < 0) {
				child++;
			}
			if (this.moments[child] - moment >= 0) {
				break;
			}
			place(index, this.moments[child], deadline(child));
			index = child;
		}
		place(index, moment, deadline);
	}

	private void place(int index, long moment, Deadline deadline) {
		this.moments[index] = moment;
		this.deadlines[index] = deadline;
	}

}
