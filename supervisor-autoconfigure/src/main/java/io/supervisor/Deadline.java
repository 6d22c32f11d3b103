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
	 * Its place in {@link Deadlines}, or -1 if it is not set.
	 */
	int index = -1;

	/**
	 * The moment has come; the deadline is not set any more.
	 */
	abstract void due(GroupLoop loop);

	boolean isSet() {
		return this.index >= 0;
	}

	/**
	 * Compares by difference: the clock may overflow.
	 */
	boolean isBefore(Deadline other) {
		return this.at - other.at < 0;
	}

}
