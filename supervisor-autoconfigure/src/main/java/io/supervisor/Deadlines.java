package io.supervisor;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * What the loop waits for, nearest first: a binary heap in which each deadline knows its
 * place, so that one that is no longer wanted leaves at once. Only accessed by the owner
 * of the group.
 */
final class Deadlines {

	private Deadline[] heap = new Deadline[16];

	private int size;

	/**
	 * Set or move a deadline; one at {@link Durations#NONE} from now never comes.
	 */
	void set(Deadline deadline, long now, long delay) {
		cancel(deadline);
		if (delay == Durations.NONE) {
			return;
		}
		if (this.size == this.heap.length) {
			this.heap = Arrays.copyOf(this.heap, this.size * 2);
		}
		deadline.at = now + delay;
		siftUp(this.size++, deadline);
	}

	void cancel(Deadline deadline) {
		int index = deadline.index;
		if (index < 0) {
			return;
		}
		deadline.index = -1;
		Deadline last = this.heap[--this.size];
		this.heap[this.size] = null;
		if (last == deadline) {
			return;
		}
		siftDown(index, last);
		if (last.index == index) {
			siftUp(index, last);
		}
	}

	@Nullable Deadline first() {
		return (this.size > 0) ? this.heap[0] : null;
	}

	void clear() {
		for (int i = 0; i < this.size; i++) {
			this.heap[i].index = -1;
			this.heap[i] = null;
		}
		this.size = 0;
	}

	private void siftUp(int start, Deadline deadline) {
		int index = start;
		while (index > 0) {
			int parent = (index - 1) >>> 1;
			if (!deadline.isBefore(this.heap[parent])) {
				break;
			}
			place(index, this.heap[parent]);
			index = parent;
		}
		place(index, deadline);
	}

	private void siftDown(int start, Deadline deadline) {
		int index = start;
		while (true) {
			int child = 2 * index + 1;
			if (child >= this.size) {
				break;
			}
			if (child + 1 < this.size && this.heap[child + 1].isBefore(this.heap[child])) {
				child++;
			}
			if (!this.heap[child].isBefore(deadline)) {
				break;
			}
			place(index, this.heap[child]);
			index = child;
		}
		place(index, deadline);
	}

	private void place(int index, Deadline deadline) {
		this.heap[index] = deadline;
		deadline.index = index;
	}

}
