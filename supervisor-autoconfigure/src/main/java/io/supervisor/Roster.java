package io.supervisor;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The members of a group, how many are in each state, and what a transition of one means
 * to the others. Unless stated otherwise only accessed by the owner of the group.
 */
final class Roster {

	private static final Member[] NO_MEMBERS = {};

	private final Group group;

	/**
	 * Written by the owner, read by any thread.
	 */
	private final MembersByName byName = new MembersByName();

	/**
	 * Each after those that it depends on. Written by the owner, read by any thread; the
	 * array is never changed.
	 */
	private volatile Member[] members;

	private final int[] counts = new int[ServiceState.values().length];

	/**
	 * How many hold the group open: all that are not auxiliary, until they have ended by
	 * themselves.
	 */
	private int holding;

	/**
	 * The members that a group begins with.
	 * @param members each after those that it depends on
	 */
	Roster(Group group, List<Member> members) {
		this.group = group;
		this.members = members.toArray(NO_MEMBERS);
		members.forEach(this::include);
	}

	/**
	 * All members, each after those that it depends on. For any thread.
	 */
	Member[] members() {
		return this.members;
	}

	int size() {
		return this.members.length;
	}

	/**
	 * For any thread.
	 */
	@Nullable Member get(String name) {
		return this.byName.get(name);
	}

	boolean has(Member member) {
		return get(member.name()) == member;
	}

	MembersByName byName() {
		return this.byName;
	}

	int count(ServiceState state) {
		return this.counts[state.ordinal()];
	}

	StateCounts counts() {
		return new StateCounts(this.counts);
	}

	boolean isHeldOpen() {
		return this.holding > 0;
	}

	/**
	 * Count anew whether a member holds the group open: its state is another one, or its
	 * policy. One that has gone does not.
	 */
	private void countHolding(Member member, boolean isThere) {
		boolean ended = member.state == ServiceState.COMPLETED || member.state == ServiceState.FAILED;
		boolean holds = isThere && !ended && !member.policy().auxiliary();
		if (holds != member.holdsOpen) {
			member.holdsOpen = holds;
			this.holding += holds ? 1 : -1;
		}
	}

	boolean hasLive() {
		return count(ServiceState.STARTING) + count(ServiceState.RUNNING) + count(ServiceState.STOPPING) > 0;
	}

	/**
	 * There is one more member; those that it depends on are there.
	 */
	void add(Member member) {
		Member[] members = Arrays.copyOf(this.members, this.members.length + 1);
		members[members.length - 1] = member;
		include(member);
		this.members = members;
		this.group.publication.changed();
	}

	private void include(Member member) {
		this.byName.add(member);
		this.counts[member.state.ordinal()]++;
		countHolding(member, true);
	}

	/**
	 * There is one member less, which has ended. Short of memory there is not. Takes as
	 * long as there are members.
	 */
	void remove(Member member) {
		Member[] present = this.members;
		Member[] others = new Member[present.length - 1];
		int size = 0;
		for (Member other : present) {
			if (other != member) {
				others[size++] = other;
			}
		}
		this.group.forgetFailures(member);
		this.byName.remove(member);
		this.members = others;
		this.group.agenda.removed(present, member);
		countHolding(member, false);
		this.counts[member.state.ordinal()]--;
		this.group.publication.removed(member);
	}

	/**
	 * A member goes into another state.
	 */
	void transition(Member member, ServiceState next) {
		ServiceState from = member.state;
		if (!from.canMoveTo(next)) {
			throw new IllegalStateException("'%s' cannot go from %s to %s".formatted(member.name(), from, next));
		}
		if (member.pass != null && next != ServiceState.STARTING) {
			member.leaveGate();
		}
		this.counts[from.ordinal()]--;
		this.counts[next.ordinal()]++;
		member.moveTo(next);
		countHolding(member, true);
		this.group.publication.moved(from, member);
		if (next == ServiceState.FAILED) {
			wakeWaitingDependents(member);
		}
		else if (member.isSatisfying() || from == ServiceState.BACKOFF || next == ServiceState.STOPPED) {
			wakeStartWaiters(member);
		}
		if (from.isLive() && !next.isLive() && member.relations != Relations.NONE) {
			// those that it depends on may be waiting for its end
			this.group.agenda.wake(member);
		}
		if (member.isToGo()) {
			this.group.agenda.wake(member);
		}
	}

	/**
	 * Those that wait for a member to be ready are to look again.
	 */
	void wakeStartWaiters(Member member) {
		if (member.relations.startWaiters != null) {
			Set<Member> waiting = member.relations.startWaiters;
			member.relations.startWaiters = null;
			for (Member other : waiting) {
				if (other.relations.blockedOn == member) {
					other.relations.unblock();
					this.group.agenda.wake(other);
				}
			}
		}
	}

	/**
	 * Those that wait for anything, and depend on a member that has failed for good, need
	 * not wait any longer (rule 2).
	 */
	private void wakeWaitingDependents(Member failed) {
		if (failed.relations.dependents.isEmpty()) {
			return;
		}
		for (Member dependent : failed.relations.dependents) {
			if (dependent.state == ServiceState.WAITING && dependent.older == null) {
				dependent.relations.lookAtFailedFirst();
				dependent.relations.unblock();
				this.group.agenda.wake(dependent);
			}
		}
		wakeStartWaiters(failed);
	}

}
