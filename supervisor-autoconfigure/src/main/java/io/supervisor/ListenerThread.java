package io.supervisor;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the chain of events for one listener, on a thread that ends where nothing is
 * likely to follow; if something does after all, there is another one.
 */
final class ListenerThread implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroup.class);

	/**
	 * How often is looked whether the last event is delivered before the thread parks.
	 */
	private static final int SPINS = 1000;

	/**
	 * Where one reads that was removed.
	 */
	private static final GroupEvent REMOVED = GroupEvent.beginning();

	private static final Object NOTHING = REMOVED.subject();

	/**
	 * The thread that reads, or {@code null} if none does. Set by the owner of the group,
	 * cleared by that thread.
	 */
	private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

	/**
	 * Who waits for the delivery of an event: the end of a run of the group, and that of
	 * the next one, if it comes meanwhile.
	 */
	private final Queue<Thread> waiters = new ConcurrentLinkedQueue<>();

	private final String group;

	private final Timing timing;

	private final @Nullable ClassLoader classLoader;

	private final ServiceGroupListener listener;

	/**
	 * The latest event that was taken: by CAS of the thread that reads, and of the owner
	 * of the group, who puts a shorter chain in place of what one far behind has not
	 * taken.
	 */
	private final AtomicReference<GroupEvent> position;

	/**
	 * The number of the latest event that was delivered. Written by the thread that
	 * reads.
	 */
	private final AtomicLong delivered;

	/**
	 * What was taken and is being told. Only accessed by the thread that reads.
	 */
	private @Nullable Enum<?> from;

	private Object subject = NOTHING;

	private long number;

	/**
	 * The latest event when the chain was shortened, and how many were left of it. Only
	 * accessed by the owner of the group.
	 */
	private long shortenedAt;

	private long shortenedTo;

	ListenerThread(String group, Timing timing, @Nullable ClassLoader classLoader, ServiceGroupListener listener,
			GroupEvent position) {
		this.group = group;
		this.timing = timing;
		this.classLoader = classLoader;
		this.listener = listener;
		this.position = new AtomicReference<>(position);
		this.delivered = new AtomicLong(position.number);
	}

	boolean isOf(ServiceGroupListener listener) {
		return this.listener == listener;
	}

	/**
	 * Wake the thread, or start one, if there is something to read. For the owner of the
	 * group.
	 * @return {@code false} if none is to be had
	 */
	boolean wake() {
		Thread reader = this.thread.get();
		if (reader != null) {
			this.timing.unpark(reader);
			return true;
		}
		return position().next == null || start();
	}

	/**
	 * Start a thread, unless another one goes on after all.
	 */
	private boolean start() {
		@Nullable Thread reader = null;
		try {
			reader = GroupThreads.daemon("supervisor-listener", this, this.classLoader);
			if (this.thread.compareAndSet(null, reader)) {
				this.timing.start(reader);
			}
			return true;
		}
		catch (Throwable ex) {
			if (reader != null) {
				this.thread.compareAndSet(reader, null);
			}
			return false;
		}
	}

	/**
	 * Have nothing to read any more; what is being told is told to its end. For the owner
	 * of the group.
	 */
	void remove() {
		this.position.set(REMOVED);
		wake();
		this.waiters.forEach(this.timing::unpark);
	}

	/**
	 * Leave out what one that is far behind need not hear of (rule 25). For the owner of
	 * the group; does nothing if the thread takes something meanwhile, or there is not
	 * enough memory.
	 * @param tail the latest event
	 * @param most how far behind it may be
	 */
	void shortenIfLongerThan(long most, GroupEvent tail) {
		GroupEvent position = position();
		long length = (position.number >= this.shortenedAt) ? tail.number - position.number
				: this.shortenedTo + tail.number - this.shortenedAt;
		// what may not be left out may be more than that: then not each time
		if (position == REMOVED || length <= Math.max(most, 2 * this.shortenedTo)) {
			return;
		}
		try {
			Backlog backlog = new Backlog(position, tail, this.listener instanceof GroupLog);
			if (this.position.compareAndSet(position, backlog.beginning())) {
				this.shortenedAt = tail.number;
				this.shortenedTo = backlog.size();
			}
		}
		catch (Throwable ex) {
			// with the next event
		}
	}

	@Override
	public void run() {
		do {
			try {
				read();
			}
			finally {
				// also if this thread dies, short of memory: another one goes on
				this.thread.set(null);
			}
		}
		while (position().next != null && this.thread.compareAndSet(null, Thread.currentThread()));
	}

	/**
	 * What holds an event holds all that follow, so that none may be in a frame while the
	 * listener is told.
	 */
	private void read() {
		while (true) {
			if (hasNext()) {
				if (take()) {
					deliver();
				}
			}
			else if (position().last) {
				return;
			}
			else {
				Thread.interrupted();
				this.timing.park(this, Durations.NONE);
			}
		}
	}

	private GroupEvent position() {
		return Objects.requireNonNull(this.position.get());
	}

	private boolean hasNext() {
		return position().next != null;
	}

	private boolean take() {
		GroupEvent position = position();
		GroupEvent next = position.next;
		if (next == null || !this.position.compareAndSet(position, next)) {
			return false;
		}
		this.from = next.from();
		this.subject = next.subject();
		this.number = next.number;
		return true;
	}

	private void deliver() {
		try {
			GroupEvent.tell(this.listener, this.from, this.subject);
		}
		catch (Throwable ex) {
			logSwallowing(ex);
		}
		this.from = null;
		this.subject = NOTHING;
		this.delivered.set(this.number);
		this.waiters.forEach(this.timing::unpark);
	}

	private void logSwallowing(Throwable ex) {
		try {
			logger.warn("A listener of '{}' failed, {}", this.group, this.listener.getClass().getName(), ex);
		}
		catch (Throwable again) {
			// whatever happens to the log, the other events want to be delivered
		}
	}

	/**
	 * Wait until an event is delivered, at most for a time.
	 */
	void await(GroupEvent last, long start, long nanos) {
		if (this.thread.get() == Thread.currentThread()) {
			return;
		}
		for (int i = 0; i < SPINS && !isDelivered(last); i++) {
			Thread.onSpinWait();
		}
		boolean interrupted = false;
		this.waiters.add(Thread.currentThread());
		long left = nanos - (this.timing.nanoTime() - start);
		while (!isDelivered(last) && left > 0) {
			this.timing.park(this, left);
			interrupted |= Thread.interrupted();
			left = nanos - (this.timing.nanoTime() - start);
		}
		this.waiters.remove(Thread.currentThread());
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private boolean isDelivered(GroupEvent last) {
		return this.delivered.get() >= last.number || position() == REMOVED;
	}

}
