package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * A moment at which the loop has something to do. Only accessed by the owner of the
 * group.
 */
abstract class Deadline {

	/**
	 * When it is due, in nanoseconds of the group's clock; meaningful while it is set.
	 */
	long at;

	/**
	 * Whether it is set, and its place among the others: the first of those that come
	 * after it, and its siblings, of which the first has the parent before it. Written by
	 * {@link Deadlines}.
	 */
	boolean set;

	@Nullable Deadline child;

	@Nullable Deadline next;

	@Nullable Deadline previous;

	/**
	 * The moment has come; the deadline is not set any more.
	 */
	abstract void due(Rules rules);

	boolean isSet() {
		return this.set;
	}

}
