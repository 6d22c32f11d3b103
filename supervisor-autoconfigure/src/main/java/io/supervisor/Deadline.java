package io.supervisor;

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
	 * Whether it is set. Written by {@link Deadlines}.
	 */
	boolean set;

	/**
	 * The moment has come; the deadline is not set any more.
	 */
	abstract void due(Rules rules);

	boolean isSet() {
		return this.set;
	}

}
