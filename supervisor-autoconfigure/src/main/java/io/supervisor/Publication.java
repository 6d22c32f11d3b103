package io.supervisor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What others see of a group: all snapshots first, then those that wait for them, the
 * listeners and the answers to commands (rules 24 and 25). Written by the owner of the
 * group; what any thread may read says so.
 * <p>
 * A state changes whether or not there is memory to tell of it. What could not be told
 * stays here until it can be; of the transitions of services only the latest one, with a
 * count of the others.
 */
final class Publication {

	/**
	 * How many events the listeners are not woken for while the loop is busy, and for how
	 * long.
	 */
	private static final int MANY = 256;

	private static final long ONE_MILLISECOND = 1_000_000L;

	/**
	 * How long the end of a run of the group waits for the listeners (rule 25).
	 */
	private static final long ONE_SECOND = 1_000_000_000L;

	/**
	 * The most states that a group has in one run, with the one it comes from.
	 */
	private static final int LONGEST_PATH = 5;

	private final Group group;

	private final Listeners listeners;

	private final Waiters waiters;

	/**
	 * Whether somebody listens besides the log, which only wants some transitions.
	 */
	private boolean hasListeners;

	/**
	 * Written by the owner, read by any thread.
	 */
	private volatile GroupSnapshot snapshot;

	/**
	 * The failures that make up the group's error so far, and the error once it is
	 * complete. Written by the owner before the snapshot, read by any thread after it.
	 */
	private volatile List<ServiceFailure> errors = List.of();

	private volatile @Nullable ServiceGroupException error;

	/**
	 * Whether some snapshots are newer than others: who waits for a state looks at it
	 * once they are not. Written by the owner, read by any thread.
	 */
	private volatile boolean underWay;

	/**
	 * Whether the group is not as its snapshot says, and has another state.
	 */
	private boolean changed;

	private boolean moved;

	/**
	 * Whether somebody waits for the end of some members only.
	 */
	private boolean excused;

	/**
	 * Members that are not as their snapshots say, linked by {@link Member#nextStale}.
	 */
	private @Nullable Member firstStale;

	/**
	 * The states of the group in this run, since when, and how many of them the listeners
	 * were told of.
	 */
	private final GroupState[] path = new GroupState[LONGEST_PATH];

	private final Instant[] since = new Instant[LONGEST_PATH];

	private int length;

	private int told;

	/**
	 * How many events the listeners were not woken for, and since when.
	 */
	private int untold;

	private long untoldSince;

	/**
	 * Commands to answer once the snapshots are published, linked by
	 * {@link Command#nextAnswer}.
	 */
	private @Nullable Command firstAnswer;

	private @Nullable Command lastAnswer;

	Publication(Group group, List<ServiceGroupListener> listeners) {
		this.group = group;
		this.waiters = new Waiters(group.timing);
		this.hasListeners = !listeners.isEmpty();
		List<ServiceGroupListener> all = new ArrayList<>(listeners);
		all.add(0, new GroupLog(group.timing));
		this.listeners = new Listeners(group.name, group.timing, group.classLoader, all);
		this.snapshot = takeSnapshot(group.state(), group.since());
	}

	void listen(ServiceGroupListener listener) {
		this.listeners.add(listener);
		this.hasListeners = true;
	}

	void unlisten(ServiceGroupListener listener) {
		this.listeners.remove(listener);
		// one is the log's
		this.hasListeners = this.listeners.size() > 1;
	}

	Waiters waiters() {
		return this.waiters;
	}

	/**
	 * The latest snapshot. For any thread.
	 */
	GroupSnapshot snapshot() {
		return this.snapshot;
	}

	/**
	 * Whether all snapshots are as new as each other. For any thread.
	 */
	boolean isSettled() {
		return !this.underWay;
	}

	/**
	 * The error of the latest run, as far as it is known. For any thread.
	 */
	@Nullable ServiceGroupException failure() {
		GroupSnapshot snapshot = this.snapshot;
		List<ServiceFailure> errors = this.errors;
		if (!snapshot.failed() || errors.isEmpty()) {
			return null;
		}
		ServiceGroupException error = this.error;
		return (error != null) ? error : new ServiceGroupException(errors, snapshot.size());
	}

	/**
	 * The error of the run that has ended.
	 */
	@Nullable ServiceGroupException error() {
		return this.error;
	}

	/**
	 * A run of the group begins.
	 */
	void begin() {
		tellGroupMoves();
		this.errors = List.of();
		this.error = null;
		this.excused = false;
		this.length = 0;
		this.told = 0;
		arrive(this.group.state(), this.group.since());
		this.told = 1;
	}

	/**
	 * The run of the group ends because of a failure: its error is complete.
	 */
	void complete() {
		this.error = new ServiceGroupException(this.group.errors(), this.group.roster.size());
	}

	/**
	 * The group is not as its snapshot says.
	 */
	void changed() {
		this.changed = true;
	}

	/**
	 * Somebody waits for the end of all members but one: they look at the whole group
	 * from now on whenever a member has another state.
	 */
	void excused() {
		this.excused = true;
		this.changed = true;
	}

	/**
	 * A member has gone.
	 */
	void removed(Member member) {
		begunToPublish();
		this.changed = true;
		this.waiters.mark(member.name());
		if (this.hasListeners) {
			try {
				tell(GroupEvent.removed(member.snapshot()));
			}
			catch (Throwable ex) {
				member.removalUntold = true;
				markStale(member);
			}
		}
	}

	/**
	 * A member has another state.
	 */
	void moved(ServiceState from, Member member) {
		this.changed = true;
		markStale(member);
		if (member.untoldFrom != null) {
			this.listeners.missed();
		}
		else if (this.hasListeners || GroupLog.wants(from, member)) {
			try {
				tell(GroupEvent.moved(from, publish(member)));
			}
			catch (Throwable ex) {
				member.untoldFrom = from;
			}
		}
	}

	/**
	 * A member is not well, or is well again.
	 */
	void degraded(Member member) {
		markStale(member);
		member.degradedUntold = true;
		try {
			tellDegraded(member);
		}
		catch (Throwable ex) {
			// with the next publication
		}
	}

	private void tellDegraded(Member member) {
		ServiceSnapshot snapshot = publish(member);
		if (this.hasListeners) {
			tell(GroupEvent.degraded(snapshot));
		}
		member.degradedUntold = false;
	}

	private void markStale(Member member) {
		if (!member.stale) {
			member.stale = true;
			member.nextStale = this.firstStale;
			this.firstStale = member;
		}
	}

	/**
	 * Tell of a member what there was no memory for.
	 */
	private void tellLate(Member member) {
		if (member.untoldFrom != null) {
			GroupEvent event = GroupEvent.moved(member.untoldFrom, member.snapshot());
			this.listeners.stageMissed();
			tell(event);
			member.untoldFrom = null;
		}
		if (member.degradedUntold) {
			tellDegraded(member);
		}
		if (member.removalUntold) {
			tell(GroupEvent.removed(member.snapshot()));
			member.removalUntold = false;
		}
	}

	/**
	 * The group has another state.
	 */
	void moved() {
		this.changed = true;
		this.moved = true;
		arrive(this.group.state(), this.group.since());
		try {
			tellGroupMoves();
		}
		catch (Throwable ex) {
			// with the next publication
		}
	}

	private void arrive(GroupState state, Instant since) {
		this.path[this.length] = state;
		this.since[this.length++] = since;
	}

	private void tellGroupMoves() {
		while (this.told < this.length) {
			GroupSnapshot snapshot = takeSnapshot(this.path[this.told], this.since[this.told]);
			tell(GroupEvent.moved(this.path[this.told - 1], snapshot));
			this.told++;
		}
	}

	/**
	 * Let the log have a line.
	 */
	void notifyLog(Consumer<GroupLog> line) {
		tell(GroupEvent.logLine(line));
	}

	private void tell(GroupEvent event) {
		this.listeners.stage(event);
		this.untoldSince = (this.untold == 0) ? this.group.agenda.now() : this.untoldSince;
		this.untold++;
	}

	/**
	 * Let everybody see what a member is like now.
	 */
	ServiceSnapshot publish(Member member) {
		begunToPublish();
		ServiceSnapshot snapshot = member.publish(this.group.agenda.instant());
		this.waiters.mark(member.name());
		return snapshot;
	}

	private void begunToPublish() {
		if (!this.underWay) {
			this.underWay = true;
			this.waiters.begin();
		}
	}

	/**
	 * Answer a command once the snapshots are published.
	 */
	void answer(Command command) {
		if (this.lastAnswer == null) {
			this.firstAnswer = command;
		}
		else {
			this.lastAnswer.nextAnswer = command;
		}
		this.lastAnswer = command;
	}

	/**
	 * Publish what has changed.
	 */
	void publish() {
		for (Member member = this.firstStale; member != null; member = this.firstStale) {
			if (member.isUnpublished()) {
				publish(member);
			}
			tellLate(member);
			this.firstStale = member.nextStale;
			member.nextStale = null;
			member.stale = false;
		}
		if (this.changed) {
			begunToPublish();
			this.errors = this.group.errors();
			this.snapshot = takeSnapshot(this.group.state(), this.group.since());
			this.changed = false;
			this.moved |= this.excused;
		}
		if (this.moved) {
			this.waiters.mark(null);
			this.moved = false;
		}
		tellGroupMoves();
		this.listeners.append(!this.group.isLive(), this.group.roster.size());
		if (this.underWay) {
			this.underWay = false;
			this.waiters.wake();
		}
		answerAll();
	}

	private GroupSnapshot takeSnapshot(GroupState state, Instant since) {
		return new GroupSnapshot(this.group.name, state, since, this.group.roster.counts(), this.group.failures(),
				this.group.cause());
	}

	/**
	 * Whether something could not be published, for want of memory.
	 */
	boolean isBehind() {
		return this.changed || this.underWay || this.firstStale != null || this.told < this.length
				|| this.firstAnswer != null;
	}

	/**
	 * Answer the commands that are carried out, whether or not that could be published.
	 */
	void answerAll() {
		for (Command command = this.firstAnswer; command != null; command = this.firstAnswer) {
			command.answer();
			this.firstAnswer = command.nextAnswer;
			command.nextAnswer = null;
		}
		this.lastAnswer = null;
	}

	/**
	 * Wake the listeners if they have waited for long. In a storm that is not worth doing
	 * for each event: waking a thread costs more than the event.
	 */
	void tellListenersIfLate() {
		if (this.untold >= MANY || this.group.agenda.now() - this.untoldSince > ONE_MILLISECOND) {
			tellListeners();
		}
	}

	/**
	 * Wake the listeners.
	 * @return {@code false} if one could not be, for want of a thread
	 */
	boolean tellListeners() {
		if (this.untold > 0 && this.listeners.wake()) {
			this.untold = 0;
		}
		return this.untold == 0;
	}

	/**
	 * Wait until the listeners have heard of everything so far, or a second is over.
	 */
	void awaitListeners() {
		this.listeners.wake();
		this.listeners.awaitDelivery(this.group.timing, ONE_SECOND);
	}

	/**
	 * Let waiters look again, though nothing was published.
	 */
	void wakeWaiters() {
		this.waiters.mark(null);
		this.waiters.wake();
	}

}
