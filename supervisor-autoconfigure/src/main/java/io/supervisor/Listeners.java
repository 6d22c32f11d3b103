package io.supervisor;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

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

	private final @Nullable ClassLoader classLoader;

	/**
	 * Written by the owner of the group, read by any thread.
	 */
	private final List<Reader> readers = new CopyOnWriteArrayList<>();

	/**
	 * The latest event. Only accessed by the owner of the group.
	 */
	private Event tail = new Beginning();

	/**
	 * What is to be told once it is published. Only accessed by the owner of the group.
	 */
	private @Nullable Event firstStaged;

	private @Nullable Event lastStaged;

	Listeners(String group, Timing timing, @Nullable ClassLoader classLoader,
			List<? extends ServiceGroupListener> listeners) {
		this.group = group;
		this.timing = timing;
		this.classLoader = classLoader;
		this.readers.addAll(listeners.stream().map(this::reader).toList());
	}

	private Reader reader(ServiceGroupListener listener) {
		return new Reader(this.group, this.timing, this.classLoader, listener, this.tail);
	}

	/**
	 * Tell one more from now on. For the owner of the group.
	 */
	void add(ServiceGroupListener listener) {
		this.readers.add(reader(listener));
	}

	/**
	 * Have something to tell, as soon as it is published. For the owner of the group, as
	 * are the following.
	 */
	void stage(Event event) {
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
	 * There was no memory for an event.
	 */
	void missed() {
	}

	/**
	 * What is staged may be told.
	 * @param last whether nothing is likely to follow soon, so that the threads may end
	 */
	void append(boolean last) {
		Event staged = this.lastStaged;
		if (staged != null) {
			staged.last = last;
			this.tail.next = this.firstStaged;
			this.tail = staged;
			this.firstStaged = null;
			this.lastStaged = null;
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
		Event last = this.tail;
		long start = timing.nanoTime();
		for (Reader reader : this.readers) {
			reader.await(last, timing, start, nanos);
		}
	}

	/**
	 * What a listener is told.
	 */
	abstract static class Event {

		/**
		 * Whether nothing is likely to follow soon, and its place among all. Written by
		 * the owner of the group before it is told, then only read.
		 */
		private boolean last;

		private long number;

		/**
		 * Written once by the owner of the group, read by the readers.
		 */
		private volatile @Nullable Event next;

		abstract void deliver(ServiceGroupListener listener);

	}

	/**
	 * Stands for what came before all others.
	 */
	private static final class Beginning extends Event {

		Beginning() {
			super.last = true;
		}

		@Override
		void deliver(ServiceGroupListener listener) {
			throw new AssertionError("nobody is told of it");
		}

	}

	/**
	 * A service has another state.
	 */
	static final class ServiceMoved extends Event {

		private final ServiceState from;

		private final ServiceSnapshot service;

		ServiceMoved(ServiceState from, ServiceSnapshot service) {
			this.from = from;
			this.service = service;
		}

		@Override
		void deliver(ServiceGroupListener listener) {
			listener.serviceStateChanged(this.from, this.service);
		}

	}

	/**
	 * The group has another state.
	 */
	static final class GroupMoved extends Event {

		private final GroupState from;

		private final GroupSnapshot group;

		GroupMoved(GroupState from, GroupSnapshot group) {
			this.from = from;
			this.group = group;
		}

		@Override
		void deliver(ServiceGroupListener listener) {
			listener.groupStateChanged(this.from, this.group);
		}

	}

	/**
	 * There is something for the log alone.
	 */
	static final class LogLine extends Event {

		private final Consumer<GroupLog> line;

		LogLine(Consumer<GroupLog> line) {
			this.line = line;
		}

		@Override
		void deliver(ServiceGroupListener listener) {
			if (listener instanceof GroupLog log) {
				this.line.accept(log);
			}
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

		private final @Nullable ClassLoader classLoader;

		private final ServiceGroupListener listener;

		/**
		 * The latest event that was delivered. Written by the thread that reads.
		 */
		private volatile Event position;

		Reader(String group, Timing timing, @Nullable ClassLoader classLoader, ServiceGroupListener listener,
				Event position) {
			this.group = group;
			this.timing = timing;
			this.classLoader = classLoader;
			this.listener = listener;
			this.position = position;
		}

		boolean wake() {
			Thread reader = this.thread.get();
			if (reader != null) {
				this.timing.unpark(reader);
				return true;
			}
			return this.position.next == null || start();
		}

		/**
		 * Start a thread, unless another one goes on after all.
		 * @return {@code false} if none is to be had
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
				event.deliver(this.listener);
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
