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
	 * A member is to end, or takes part in the order of those that are. Its dependents
	 * had their turn before: so the order of a stop costs a look at each dependency, and
	 * another one when it is through. Counts anew, in case a defect has left one too
	 * high.
	 */
	void enter(Member member) {
		Relations relations = member.relations;
		int notThrough = 0;
		for (int i = 0; i < relations.dependents.size(); i++) {
			notThrough += relations.dependents.get(i).relations.through ? 0 : 1;
		}
		if (relations.notThrough != notThrough) {
			relations.notThrough = notThrough;
		}
		if (relations.through && (notThrough > 0 || isToEnd(member)) && relations != Relations.NONE) {
			relations.through = false;
			for (int i = 0; i < relations.dependencies.size(); i++) {
				relations.dependencies.get(i).relations.notThrough++;
			}
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
	 * Needs no memory.
	 */
	void letGo(Member member) {
		Relations relations = member.relations;
		if (relations.through || relations.notThrough != 0 || isToEnd(member)) {
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
