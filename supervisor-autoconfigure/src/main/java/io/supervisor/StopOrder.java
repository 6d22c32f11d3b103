package io.supervisor;

/**
 * The order of a stop, of the group or of a restart scope (rule 18): a member may end
 * once all that depend on it have ended, at any distance, also through members that are
 * not live. Each counts those of its dependents that are not through, which is to say
 * have not ended, or have dependents that are not through. Runs in the
 * {@linkplain GroupLoop loop}.
 */
final class StopOrder {

	private final Group group;

	StopOrder(Group group) {
		this.group = group;
	}

	/**
	 * Count the dependents of a member that are not through. Theirs were counted before:
	 * so the order of a stop costs a look at each dependency, and another one when it is
	 * through.
	 */
	void count(Member member) {
		Relations relations = member.relations;
		if (relations == Relations.NONE) {
			return;
		}
		int notThrough = 0;
		for (int i = 0; i < relations.dependents.size(); i++) {
			notThrough += relations.dependents.get(i).relations.through ? 0 : 1;
		}
		relations.notThrough = notThrough;
		if (notThrough > 0 || isToEnd(member)) {
			relations.through = false;
		}
		letGo(member);
	}

	/**
	 * One that was started by hand in the midst of a scope's stop is not to end, and one
	 * that is excused has as good as ended.
	 */
	private boolean isToEnd(Member member) {
		return member.state.isLive() && !member.isExcused()
				&& (this.group.isStopping() || member.doom != null || member.state == ServiceState.STOPPING);
	}

	/**
	 * Those that a member depends on need not wait for it any longer once it is through.
	 * Needs no memory; a defect half-way leaves counts that are too high, never too low.
	 */
	void letGo(Member member) {
		Relations relations = member.relations;
		if (relations == Relations.NONE || relations.through || relations.notThrough != 0 || isToEnd(member)) {
			return;
		}
		relations.through = true;
		for (int i = 0; i < relations.dependencies.size(); i++) {
			Member dependency = relations.dependencies.get(i);
			if (--dependency.relations.notThrough == 0) {
				this.group.agenda.wake(dependency);
			}
		}
	}

}
