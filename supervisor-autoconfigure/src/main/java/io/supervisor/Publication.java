package io.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What others see of a group: snapshots first, then those that wait for them, then the
 * listeners (rules 24 and 25). Written by the owner of the group; what any thread may
 * read says so.
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
	 * Whether the group is not as its snapshot says.
	 */
	private boolean changed;

	/**
	 * Members whose latest transition nobody is told of, to be published with the next
	 * publication: most go through several states at once.
	 */
	private final List<Member> stale = new ArrayList<>();

	/**
	 * What the listeners are to be told with the next publication.
	 */
	private final List<Listeners.Notification> notifications = new ArrayList<>();

	/**
	 * How many events the listeners were not woken for, and since when.
	 */
	private int untold;

	private long untoldSince;

	/**
	 * What is to be done once the snapshots are published.
	 */
	private final List<Runnable> afterwards = new ArrayList<>();

	Publication(Group group, List<ServiceGroupListener> listeners) {
		this.group = group;
		this.waiters = new Waiters(group.timing);
		this.hasListeners = !listeners.isEmpty();
		List<ServiceGroupListener> all = new ArrayList<>(listeners);
		all.add(0, new GroupLog());
		this.listeners = new Listeners(group.name, group.timing, all);
		this.snapshot = takeSnapshot();
	}

	void listen(ServiceGroupListener listener) {
		this.listeners.add(listener);
		this.hasListeners = true;
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
		this.errors = List.of();
		this.error = null;
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
	 * A member has gone.
	 */
	void removed(Member member) {
		this.changed = true;
		this.waiters.wake(member.name());
	}

	/**
	 * A member has another state.
	 */
	void moved(ServiceState from, Member member) {
		this.changed = true;
		if (this.hasListeners || GroupLog.wants(from, member)) {
			ServiceSnapshot snapshot = publish(member);
			this.notifications.add((listener) -> listener.serviceStateChanged(from, snapshot));
		}
		else if (!member.stale) {
			member.stale = true;
			this.stale.add(member);
		}
	}

	/**
	 * The group has another state.
	 */
	void moved(GroupState from) {
		publishStale();
		GroupSnapshot snapshot = publishSnapshot();
		this.notifications.add((listener) -> listener.groupStateChanged(from, snapshot));
		this.waiters.wake(null);
	}

	void notifyLog(Consumer<GroupLog> line) {
		this.notifications.add((listener) -> {
			if (listener instanceof GroupLog log) {
				line.accept(log);
			}
		});
	}

	/**
	 * Let everybody see what a member is like now.
	 */
	ServiceSnapshot publish(Member member) {
		member.stale = false;
		ServiceSnapshot snapshot = member.publish(this.group.agenda.instant());
		this.waiters.wake(member.name());
		return snapshot;
	}

	private void publishStale() {
		for (Member member : this.stale) {
			if (member.stale) {
				publish(member);
			}
		}
		this.stale.clear();
	}

	private GroupSnapshot publishSnapshot() {
		this.changed = false;
		this.errors = this.group.errors();
		GroupSnapshot snapshot = takeSnapshot();
		this.snapshot = snapshot;
		return snapshot;
	}

	private GroupSnapshot takeSnapshot() {
		return new GroupSnapshot(this.group.name, this.group.state(), this.group.since(), this.group.roster.counts(),
				this.group.failures(), this.group.cause());
	}

	/**
	 * Do something once the snapshots are published.
	 */
	void afterwards(Runnable action) {
		this.afterwards.add(action);
	}

	/**
	 * Publish what has changed.
	 */
	void publish() {
		publishStale();
		if (this.changed) {
			publishSnapshot();
		}
		if (!this.notifications.isEmpty()) {
			for (Listeners.Notification notification : this.notifications) {
				this.listeners.append(notification, !this.group.isLive());
			}
			this.untoldSince = (this.untold == 0) ? this.group.agenda.now() : this.untoldSince;
			this.untold += this.notifications.size();
			this.notifications.clear();
		}
		if (!this.afterwards.isEmpty()) {
			this.afterwards.forEach(Runnable::run);
			this.afterwards.clear();
		}
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
	 */
	void tellListeners() {
		if (this.untold > 0) {
			this.untold = 0;
			this.listeners.wake();
		}
	}

	/**
	 * Wait until the listeners have heard of everything so far, or a second is over.
	 */
	void awaitListeners() {
		this.listeners.wake();
		this.listeners.awaitDelivery(this.group.timing, ONE_SECOND);
	}

}
