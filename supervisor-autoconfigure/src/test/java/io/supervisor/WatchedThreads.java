package io.supervisor;

import java.lang.reflect.InvocationTargetException;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Runs services, and looks after each run whether its thread was left as it was found.
 */
final class WatchedThreads implements Executor, AutoCloseable {

	private final Executor threads;

	private final AtomicInteger busy = new AtomicInteger();

	private final Queue<String> problems = new ConcurrentLinkedQueue<>();

	private final Deque<Worker> idle = new ConcurrentLinkedDeque<>();

	private final Queue<Worker> workers = new ConcurrentLinkedQueue<>();

	private WatchedThreads(@Nullable Executor threads) {
		this.threads = (threads != null) ? threads : this::executeInPool;
	}

	static WatchedThreads platform() {
		return new WatchedThreads((run) -> new Thread(run).start());
	}

	/**
	 * Threads that are used again and again, which would take an interrupt that comes
	 * late for one of theirs.
	 */
	static WatchedThreads pooled() {
		return new WatchedThreads(null);
	}

	/**
	 * Virtual threads.
	 * @return {@code null} where there are none
	 */
	static @Nullable WatchedThreads virtual() {
		try {
			return new WatchedThreads(
					(Executor) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null));
		}
		catch (NoSuchMethodException ex) {
			return null;
		}
		catch (IllegalAccessException | InvocationTargetException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void execute(Runnable run) {
		this.busy.incrementAndGet();
		this.threads.execute(() -> watch(run));
	}

	private void watch(Runnable run) {
		Thread thread = Thread.currentThread();
		String name = thread.getName();
		ClassLoader loader = thread.getContextClassLoader();
		try {
			run.run();
		}
		finally {
			check(run, "an interrupt", !Thread.interrupted());
			check(run, "its name, " + thread.getName(), name.isEmpty() || thread.getName().equals(name));
			check(run, "its class loader", thread.getContextClassLoader() == loader);
			Map<String, String> context = MDC.getCopyOfContextMap();
			check(run, "a logging context, " + context, context == null || context.isEmpty());
			this.busy.decrementAndGet();
		}
	}

	private void check(Runnable run, String what, boolean good) {
		if (!good) {
			this.problems.add(run + " has left to its thread " + what);
		}
	}

	private void executeInPool(Runnable task) {
		Worker worker = this.idle.poll();
		if (worker == null) {
			worker = new Worker();
			this.workers.add(worker);
			worker.start();
		}
		worker.tasks.add(task);
	}

	Queue<String> problems() {
		return this.problems;
	}

	int busy() {
		return this.busy.get();
	}

	@Override
	public void close() {
		Runnable last = () -> {
		};
		this.workers.forEach((worker) -> {
			worker.last = last;
			worker.tasks.add(last);
		});
	}

	private final class Worker extends Thread {

		private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

		private volatile @Nullable Runnable last;

		Worker() {
			super("worker");
			setDaemon(true);
		}

		@Override
		public void run() {
			while (this.last == null) {
				try {
					Objects.requireNonNull(this.tasks.take()).run();
					WatchedThreads.this.idle.push(this);
				}
				catch (InterruptedException ex) {
					WatchedThreads.this.problems.add("an interrupt has come after the run that it was meant for");
				}
			}
		}

	}

}
