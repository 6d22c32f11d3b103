package io.supervisor.lifecycle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that a group runs on in an application context: not a daemon, so that the
 * JVM lives as long as services run, also where these have virtual threads.
 */
final class SupervisorThread {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroupLifecycle.class);

	private final Object monitor = new Object();

	private final @Nullable ClassLoader classLoader;

	/**
	 * Runs of the group that are not over; for a moment there may be two, since a group
	 * can run again before its listeners have heard of the end. Guarded by the monitor,
	 * as are the following.
	 */
	private int runs;

	private long latestRun;

	private boolean closed;

	private final List<Runnable> waiting = new ArrayList<>();

	/**
	 * Called on the thread after each run of the group; says whether the thread is to
	 * stay, though there is nothing left to do.
	 */
	private volatile BooleanSupplier afterRun = () -> false;

	SupervisorThread(@Nullable ClassLoader classLoader) {
		this.classLoader = classLoader;
	}

	void afterRun(BooleanSupplier afterRun) {
		this.afterRun = afterRun;
	}

	/**
	 * Run a group. Who asked for it leaves no traces on the thread, which may have been
	 * an HTTP request.
	 */
	void execute(Runnable loop) {
		long run;
		synchronized (this.monitor) {
			this.runs++;
			run = ++this.latestRun;
			this.monitor.notifyAll();
		}
		boolean started = false;
		try {
			Thread thread = new Thread(null, () -> run(loop, run), "supervisor", 0, false);
			thread.setDaemon(false);
			thread.setContextClassLoader(this.classLoader);
			thread.start();
			started = true;
		}
		finally {
			if (!started) {
				runIsOver();
			}
		}
	}

	private void run(Runnable loop, long run) {
		boolean stay = false;
		try {
			loop.run();
		}
		finally {
			try {
				stay = this.afterRun.getAsBoolean();
			}
			finally {
				runIsOver();
			}
		}
		if (stay) {
			stayUntilClosed(run);
		}
	}

	private void runIsOver() {
		List<Runnable> over = List.of();
		synchronized (this.monitor) {
			if (--this.runs == 0) {
				over = List.copyOf(this.waiting);
				this.waiting.clear();
			}
		}
		over.forEach(SupervisorThread::call);
	}

	private static void call(Runnable callback) {
		try {
			callback.run();
		}
		catch (Throwable ex) {
			logger.warn("Who waited for the end of the group failed", ex);
		}
	}

	private void stayUntilClosed(long run) {
		synchronized (this.monitor) {
			while (!this.closed && this.latestRun == run) {
				try {
					this.monitor.wait();
				}
				catch (InterruptedException ex) {
					return;
				}
			}
		}
	}

	boolean isRunning() {
		synchronized (this.monitor) {
			return this.runs > 0;
		}
	}

	/**
	 * The number of the run that was begun last.
	 */
	long latestRun() {
		synchronized (this.monitor) {
			return this.latestRun;
		}
	}

	/**
	 * Call back once when no run is left: at once if there is none.
	 */
	void whenOver(Runnable callback) {
		synchronized (this.monitor) {
			if (this.runs > 0) {
				this.waiting.add(callback);
				return;
			}
		}
		callback.run();
	}

	/**
	 * Let the JVM go: the application context has closed.
	 */
	void close() {
		synchronized (this.monitor) {
			this.closed = true;
			this.monitor.notifyAll();
		}
	}

}
