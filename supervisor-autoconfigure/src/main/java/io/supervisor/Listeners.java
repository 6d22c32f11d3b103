package io.supervisor;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the listeners of the transitions: one chain of events, to which the owner of the
 * group appends, and one reader of that chain per listener, on a daemon thread that lives
 * while there is something to come (rule 25).
 */
final class Listeners {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroup.class);

	/**
	 * How often is looked whether the last event is delivered before the thread parks.
	 */
	private static final int SPINS = 1000;

	private final String group;

	private final Timing timing;

	/**
	 * Written by the owner of the group, read by any thread.
	 */
	private final List<Reader> readers = new CopyOnWriteArrayList<>();

	/**
	 * The latest event. Only accessed by the owner of the group.
	 */
	private Event tail = new Event(null, true, 0);

	Listeners(String group, Timing timing, List<? extends ServiceGroupListener> listeners) {
		this.group = group;
		this.timing = timing;
		this.readers.addAll(listeners.stream().map(this::reader).toList());
	}

	private Reader reader(ServiceGroupListener listener) {
		return new Reader(this.group, this.timing, listener, this.tail);
	}

	/**
	 * Tell one more from now on. For the owner of the group.
	 */
	void add(ServiceGroupListener listener) {
		this.readers.add(reader(listener));
	}

	/**
	 * Tell of something. For the owner of the group.
	 * @param last whether nothing is likely to follow soon, so that the threads may end
	 */
	void append(Notification notification, boolean last) {
		Event event = new Event(notification, last, this.tail.number + 1);
		this.tail.next = event;
		this.tail = event;
	}

	/**
	 * Wake those who have something to read. For the owner of the group, after it has
	 * appended.
	 */
	void wake() {
		for (Reader reader : this.readers) {
			reader.wake();
		}
	}

	/**
	 * Wait until every listener has heard of everything so far, at most for a time.
	 */
	void awaitDelivery(Timing timing, long nanos) {
		Event last = this.tail;
		long start = timing.nanoTime();
		for (Reader reader : this.readers) {
			reader.await(last, timing, start, nanos);
		}
	}

	/**
	 * What a listener is told.
	 */
	@FunctionalInterface
	interface Notification {

		void deliver(ServiceGroupListener listener);

	}

	private static final class Event {

		private final @Nullable Notification notification;

		private final boolean last;

		private final long number;

		/**
		 * Written once by the owner of the group, read by the readers.
		 */
		private volatile @Nullable Event next;

		Event(@Nullable Notification notification, boolean last, long number) {
			this.notification = notification;
			this.last = last;
			this.number = number;
		}

	}

	/**
	 * Reads the chain for one listener. Its thread ends where nothing is likely to
	 * follow; if something does after all, there is another one.
	 */
	private static final class Reader implements Runnable {

		/**
		 * The thread that reads, or {@code null} if none does. Set by the owner of the
		 * group, cleared by that thread.
		 */
		private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

		/**
		 * Who waits for the delivery of an event: the end of a run of the group, and that
		 * of the next one, if it comes meanwhile.
		 */
		private final Queue<Thread> waiters = new ConcurrentLinkedQueue<>();

		private final String group;

		private final Timing timing;

		private final ServiceGroupListener listener;

		/**
		 * The latest event that was delivered. Written by the thread that reads.
		 */
		private volatile Event position;

		Reader(String group, Timing timing, ServiceGroupListener listener, Event position) {
			this.group = group;
			this.timing = timing;
			this.listener = listener;
			this.position = position;
		}

		void wake() {
			Thread reader = this.thread.get();
			if (reader != null) {
				this.timing.unpark(reader);
			}
			else if (this.position.next != null) {
				start();
			}
		}

		private void start() {
			Thread reader = GroupThreads.daemon("supervisor-listener", this);
			if (this.thread.compareAndSet(null, reader)) {
				try {
					this.timing.start(reader);
				}
				catch (Throwable ex) {
					// no thread to be had: the next event tries again
					this.thread.set(null);
				}
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
			while (this.position.next != null && this.thread.compareAndSet(null, Thread.currentThread()));
		}

		private void read() {
			while (true) {
				Event event = this.position.next;
				if (event != null) {
					deliver(event);
					this.position = event;
					this.waiters.forEach(this.timing::unpark);
				}
				else if (this.position.last) {
					return;
				}
				else {
					Thread.interrupted();
					this.timing.park(this, Durations.NONE);
				}
			}
		}

		private void deliver(Event event) {
			try {
				if (event.notification != null) {
					event.notification.deliver(this.listener);
				}
			}
			catch (Throwable ex) {
				logSwallowing(ex);
			}
		}

		private void logSwallowing(Throwable ex) {
			try {
				logger.warn("A listener of '{}' failed, {}", this.group, this.listener.getClass().getName(), ex);
			}
			catch (Throwable again) {
				// whatever happens to the log, the other events want to be delivered
			}
		}

		void await(Event last, Timing timing, long start, long nanos) {
			if (this.thread.get() == Thread.currentThread()) {
				return;
			}
			for (int i = 0; i < SPINS && this.position.number < last.number; i++) {
				Thread.onSpinWait();
			}
			boolean interrupted = false;
			this.waiters.add(Thread.currentThread());
			long left = nanos - (timing.nanoTime() - start);
			while (this.position.number < last.number && left > 0) {
				timing.park(this, left);
				interrupted |= Thread.interrupted();
				left = nanos - (timing.nanoTime() - start);
			}
			this.waiters.remove(Thread.currentThread());
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
