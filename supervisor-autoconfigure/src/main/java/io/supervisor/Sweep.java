package io.supervisor;

/**
 * Something that is done to all members of a group, one after the other.
 */
enum Sweep {

	/**
	 * Start them.
	 */
	START(false),

	/**
	 * Cancel them, those that others depend on after those.
	 */
	STOP(true),

	/**
	 * Cancel and interrupt them, whatever depends on them.
	 */
	FORCE(true),

	/**
	 * Wait for them no longer.
	 */
	GIVE_UP(true);

	private final boolean dependentsFirst;

	Sweep(boolean dependentsFirst) {
		this.dependentsFirst = dependentsFirst;
	}

	/**
	 * Which member has the turn.
	 * @param members each after those that it depends on
	 */
	Member member(Member[] members, int index) {
		return members[this.dependentsFirst ? members.length - 1 - index : index];
	}

	/**
	 * The moment to do that.
	 */
	static final class At extends Deadline {

		private final Sweep sweep;

		At(Sweep sweep) {
			this.sweep = sweep;
		}

		@Override
		void due(Rules rules) {
			rules.onDue(this.sweep);
		}

	}

}
