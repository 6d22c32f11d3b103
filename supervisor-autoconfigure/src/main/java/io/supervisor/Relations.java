package io.supervisor;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * How a member stands to other members: those that it needs, those that need it, and who
 * waits for it. Apart from the member, since most stand alone. Is the deadline until
 * which it waits for the end of its dependents. Only accessed by the owner of the group.
 */
final class Relations extends Deadline {

	/**
	 * Those of one that stands alone. Never changed: nobody waits for such a one.
	 */
	static final Relations NONE = new Relations(null);

	private final @Nullable Member member;

	List<Member> dependencies = List.of();

	List<Member> dependents = List.of();

	/**
	 * Where in its dependencies the next look begins.
	 */
	private int lookFrom;

	/**
	 * Those that wait for this one to be ready.
	 */
	@Nullable Set<Member> startWaiters;

	/**
	 * Whom it waits for to be ready.
	 */
	@Nullable Member blockedOn;

	/**
	 * How many dependents are not through, and whether it is through itself: no stop
	 * waits for its end, nor for that of any that depends on it at any distance. Written
	 * by the {@link StopOrder}.
	 */
	int notThrough;

	boolean through = true;

	/**
	 * Whether its back-off is over, and only the end of its dependents is waited for.
	 */
	boolean scopeAwaited;

	/**
	 * The failed ones that this one is restarted with, while they are in their back-off.
	 */
	private @Nullable List<Member> heldBy;

	/**
	 * Whether it starts again after a stop of the group or of a scope: then it waits for
	 * all that were stopped after it, also for those that it does not depend on directly.
	 */
	private boolean inOrder;

	private Relations(@Nullable Member member) {
		this.member = member;
	}

	/**
	 * Those of a member that does not stand alone, or will not from now on.
	 */
	static Relations of(Member member) {
		if (member.relations == NONE) {
			member.relations = new Relations(member);
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
		return (failed != null) ? failed : (missing != null) ? missing : firstMissingBelowThoseAtRest();
	}

	/**
	 * Of those that it depends on through completed ones, and through others that have
	 * ended below them, one that is on its way but not there, if that matters (rule 18).
	 */
	private @Nullable Member firstMissingBelowThoseAtRest() {
		if (!this.inOrder || isNothingBelow()) {
			return null;
		}
		Set<Member> seen = new HashSet<>();
		List<Member> left = new ArrayList<>(this.dependencies);
		while (!left.isEmpty()) {
			Member member = left.remove(left.size() - 1);
			if (!member.state.isTerminal()) {
				if (!member.isSatisfying()) {
					return member;
				}
			}
			else if (seen.add(member)) {
				left.addAll(member.relations.dependencies);
			}
		}
		return null;
	}

	private boolean isNothingBelow() {
		for (Member dependency : this.dependencies) {
			if (dependency.state.isTerminal() && !dependency.relations.dependencies.isEmpty()) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Let it wait until a failed one leaves its back-off.
	 */
	void holdBackFor(Member failed) {
		this.inOrder = true;
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

	/**
	 * Whether the next start is one of a stop that is taken back.
	 */
	void startInOrder(boolean inOrder) {
		if (this.inOrder != inOrder && this != NONE) {
			this.inOrder = inOrder;
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

	void unblock() {
		if (this.blockedOn != null) {
			this.blockedOn = null;
		}
	}

	@Override
	void due(Rules rules) {
		rules.stops().cancelOutOfOrder(Objects.requireNonNull(this.member));
	}

}
