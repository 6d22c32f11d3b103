package io.supervisor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

/**
 * Tells the listeners of the transitions: one chain of events, to which the owner of the
 * group appends, and one reader of that chain per listener, on a daemon thread that lives
 * while there is something to come. One that is too far behind has a shorter chain of its
 * own to catch up with (rule 25).
 */
final class Listeners {

	/**
	 * How far behind a listener may be, and what each member adds to that.
	 */
	private static final int MANY = 10_000;

	private static final int MORE_PER_MEMBER = 10;

	private final String group;

	private final Timing timing;

	private final @Nullable ClassLoader classLoader;

	/**
	 * Written by the owner of the group, read by any thread.
	 */
	private final List<ListenerThread> readers = new CopyOnWriteArrayList<>();

	/**
	 * The latest event. Only accessed by the owner of the group.
	 */
	private GroupEvent tail = GroupEvent.beginning();

	/**
	 * What is to be told once it is published. Only accessed by the owner of the group.
	 */
	private @Nullable GroupEvent firstStaged;

	private @Nullable GroupEvent lastStaged;

	/**
	 * How many events there was no memory for. Only accessed by the owner of the group.
	 */
	private long missed;

	Listeners(String group, Timing timing, @Nullable ClassLoader classLoader,
			List<? extends ServiceGroupListener> listeners) {
		this.group = group;
		this.timing = timing;
		this.classLoader = classLoader;
		this.readers.addAll(listeners.stream().map(this::reader).toList());
	}

	private ListenerThread reader(ServiceGroupListener listener) {
		return new ListenerThread(this.group, this.timing, this.classLoader, listener, this.tail);
	}

	/**
	 * Tell one more from now on. For the owner of the group.
	 */
	void add(ServiceGroupListener listener) {
		this.readers.add(reader(listener));
	}

	/**
	 * Tell one no more, if it is told at all. For the owner of the group.
	 */
	void remove(ServiceGroupListener listener) {
		for (ListenerThread reader : this.readers) {
			if (reader.isOf(listener)) {
				this.readers.remove(reader);
				reader.remove();
				return;
			}
		}
	}

	int size() {
		return this.readers.size();
	}

	/**
	 * Have something to tell, as soon as it is published. For the owner of the group, as
	 * are the following.
	 */
	void stage(GroupEvent event) {
		if (this.lastStaged == null) {
			this.firstStaged = event;
			event.number = this.tail.number + 1;
		}
		else {
			this.lastStaged.next = event;
			event.number = this.lastStaged.number + 1;
		}
		this.lastStaged = event;
	}

	/**
	 * There was no memory for an event, which a later one makes up for.
	 */
	void missed() {
		this.missed++;
	}

	/**
	 * Have it told that some are missed, if any are.
	 */
	void stageMissed() {
		if (this.missed > 0) {
			stage(GroupEvent.missed(this.missed));
			this.missed = 0;
		}
	}

	/**
	 * What is staged may be told.
	 * @param last whether nothing is likely to follow soon, so that the threads may end
	 * @param members how many members the group has
	 */
	void append(boolean last, int members) {
		GroupEvent staged = this.lastStaged;
		if (staged != null) {
			staged.last = last;
			this.tail.next = this.firstStaged;
			this.tail = staged;
			this.firstStaged = null;
			this.lastStaged = null;
			long most = MANY + (long) MORE_PER_MEMBER * members;
			for (int i = 0; i < this.readers.size(); i++) {
				this.readers.get(i).shortenIfLongerThan(most, staged);
			}
		}
	}

	/**
	 * Wake those who have something to read.
	 * @return {@code false} if there was no thread for one of them
	 */
	boolean wake() {
		boolean awake = true;
		for (int i = 0; i < this.readers.size(); i++) {
			awake &= this.readers.get(i).wake();
		}
		return awake;
	}

	/**
	 * Wait until every listener has heard of everything so far, at most for a time.
	 */
	void awaitDelivery(Timing timing, long nanos) {
		GroupEvent last = this.tail;
		long start = timing.nanoTime();
		for (ListenerThread reader : this.readers) {
			reader.await(last, start, nanos);
		}
	}

}
