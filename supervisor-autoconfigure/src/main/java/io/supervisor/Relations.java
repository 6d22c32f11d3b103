package io.supervisor;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * How a member stands to other members: those that it needs, those that need it, and who
 * waits for it. Apart from the member, since most stand alone. Only accessed by the owner
 * of the group.
 */
final class Relations {

	/**
	 * Those of one that stands alone. Never changed: nobody waits for such a one.
	 */
	static final Relations NONE = new Relations();

	List<Member> dependencies = List.of();

	List<Member> dependents = List.of();

	/**
	 * Where in its dependencies or dependents the next look begins.
	 */
	private int lookFrom;

	/**
	 * Those that wait for this one to be ready, and to end.
	 */
	@Nullable Set<Member> startWaiters;

	@Nullable Set<Member> endWaiters;

	/**
	 * Whom it waits for: to be ready while it is waiting itself, to end while it is
	 * doomed.
	 */
	@Nullable Member blockedOn;

	/**
	 * The dependents that are restarted with this one, while it is in its back-off; then
	 * of no meaning until the next one.
	 */
	@Nullable RestartScope restartScope;

	/**
	 * The failed ones that this one is restarted with, while they are in their back-off.
	 */
	private @Nullable List<Member> heldBy;

	/**
	 * Those of a member that does not stand alone, or will not from now on.
	 */
	static Relations of(Member member) {
		if (member.relations == NONE) {
			member.relations = new Relations();
		}
		return member.relations;
	}

	/**
	 * A dependency that is neither ready nor completed, or a failed one to be restarted
	 * with that is in its back-off.
	 */
	@Nullable Member firstMissing() {
		Member missing = first(this.dependencies, (dependency) -> !dependency.isSatisfying());
		if (missing != null && missing.state == ServiceState.FAILED) {
			return missing;
		}
		Member failed = firstHolding();
		return (failed != null) ? failed : missing;
	}

	/**
	 * Let it wait until a failed one leaves its back-off.
	 */
	void holdBackFor(Member failed) {
		if (this.heldBy == null) {
			this.heldBy = new ArrayList<>(1);
		}
		if (!this.heldBy.contains(failed)) {
			this.heldBy.add(failed);
		}
	}

	void holdBackNoLonger() {
		if (this.heldBy != null) {
			this.heldBy = null;
		}
	}

	private @Nullable Member firstHolding() {
		List<Member> heldBy = this.heldBy;
		while (heldBy != null && !heldBy.isEmpty()) {
			Member failed = heldBy.get(heldBy.size() - 1);
			if (failed.state == ServiceState.BACKOFF) {
				return failed;
			}
			heldBy.remove(heldBy.size() - 1);
		}
		holdBackNoLonger();
		return null;
	}

	/**
	 * Let the next look find a dependency that has failed for good before any other that
	 * is missing.
	 */
	void lookAtFailedFirst() {
		for (int i = 0; i < this.dependencies.size(); i++) {
			if (this.dependencies.get(i).state == ServiceState.FAILED) {
				this.lookFrom = i;
				return;
			}
		}
	}

	/**
	 * A dependent that must end before this one is cancelled (rule 18).
	 */
	@Nullable Member firstLiveDependent() {
		return first(this.dependents, (dependent) -> dependent.state.isLive());
	}

	/**
	 * Looks on from where the latest look ended: one who waits for many, one after the
	 * other, looks at each of them a few times only.
	 */
	private @Nullable Member first(List<Member> members, Predicate<Member> test) {
		int size = members.size();
		for (int i = 0; i < size; i++) {
			int index = (int) (((long) this.lookFrom + i) % size);
			if (test.test(members.get(index))) {
				this.lookFrom = index;
				return members.get(index);
			}
		}
		return null;
	}

	void addStartWaiter(Member waiting) {
		if (this.startWaiters == null) {
			this.startWaiters = new LinkedHashSet<>();
		}
		this.startWaiters.add(waiting);
	}

	void addEndWaiter(Member waiting) {
		if (this.endWaiters == null) {
			this.endWaiters = new LinkedHashSet<>();
		}
		this.endWaiters.add(waiting);
	}

	void unblock() {
		if (this.blockedOn != null) {
			this.blockedOn = null;
		}
	}

	/**
	 * Whom it is restarted with this time, which may be nobody.
	 */
	void restartWith(List<Member> dependents) {
		if (this.restartScope != null || !dependents.isEmpty()) {
			this.restartScope = new RestartScope(dependents);
		}
	}

	boolean isScopeAwaited() {
		return this.restartScope != null && this.restartScope.awaited;
	}

	/**
	 * The members that are restarted with a failed one; those before the index have
	 * ended.
	 */
	static final class RestartScope {

		private final List<Member> members;

		private int next;

		/**
		 * Whether the back-off is over and only these have not ended.
		 */
		boolean awaited;

		RestartScope(List<Member> members) {
			this.members = members;
		}

		@Nullable Member firstLive() {
			while (this.next < this.members.size()) {
				Member member = this.members.get(this.next);
				if (member.state.isLive()) {
					return member;
				}
				this.next++;
			}
			return null;
		}

	}

}
