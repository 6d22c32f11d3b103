package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.jspecify.annotations.Nullable;

/**
 * Time and threads for groups that one thread plays: time passes when the player says so,
 * a listener is told as soon as it is woken, and what is to be done aside waits until the
 * player takes it up.
 */
final class SimulatedThreads implements Timing {

	private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

	/**
	 * Starts shortly before the overflow of the clock, which nobody should notice.
	 */
	private static final long START = Long.MAX_VALUE - Duration.ofSeconds(5).minusNanos(7919).toNanos();

	private static final String LISTENER = "supervisor-listener";

	private final List<Runnable> tasks = new ArrayList<>();

	private long elapsed;

	/**
	 * When the latest jump of time began that no loop had a look in, or -1 if the latest
	 * one stopped at each deadline.
	 */
	private long pausedFrom = -1;

	/**
	 * What broke first. The core swallows what its listeners, executors and gates throw.
	 */
	private @Nullable RuleBroken broken;

	void advance(long nanos) {
		if (nanos > 0) {
			this.elapsed += nanos;
			this.pausedFrom = -1;
		}
	}

	/**
	 * Let time pass with the whole process standing still.
	 */
	void pause(long nanos) {
		if (nanos > 0) {
			this.pausedFrom = this.elapsed;
			this.elapsed += nanos;
		}
	}

	/**
	 * Nanoseconds since the beginning.
	 */
	long elapsed() {
		return this.elapsed;
	}

	/**
	 * Whether something that is done now and was due at a given moment is on time: to the
	 * nanosecond, unless the process stood still.
	 */
	boolean isOnTime(long due) {
		return this.elapsed == due || (this.elapsed > due && this.pausedFrom >= 0 && due >= this.pausedFrom);
	}

	static long elapsedAt(Instant instant) {
		return Duration.between(EPOCH, instant).toNanos();
	}

	/**
	 * The moment as {@link #nanoTime()} gives it.
	 */
	static long nanoTimeAt(long elapsed) {
		return START + elapsed;
	}

	@Override
	public long nanoTime() {
		return START + this.elapsed;
	}

	@Override
	public Instant instant() {
		return EPOCH.plusNanos(this.elapsed);
	}

	@Override
	public void park(Object blocker, long nanos) {
		throw new Parked();
	}

	@Override
	public void unpark(Thread thread) {
		if (thread instanceof ServiceThread service) {
			service.woken.run();
		}
		else if (thread.getName().equals(LISTENER)) {
			go(thread);
		}
	}

	@Override
	public void start(Thread thread) {
		if (thread.getName().equals(LISTENER)) {
			go(thread);
		}
		else {
			this.tasks.add(thread);
		}
	}

	@Override
	public void start(String name, Runnable task) {
		this.tasks.add(task);
	}

	/**
	 * Let a listener read until it would wait: it goes on from there the next time.
	 */
	private static void go(Thread listener) {
		try {
			listener.run();
		}
		catch (Parked ex) {
			// has read all there is
		}
	}

	RuleBroken broken(RuleBroken broken) {
		if (this.broken == null) {
			this.broken = broken;
		}
		return broken;
	}

	void throwBroken() {
		if (this.broken != null) {
			throw this.broken;
		}
	}

	boolean hasTasks() {
		return !this.tasks.isEmpty();
	}

	/**
	 * Let one of the threads aside run.
	 */
	void runTask(Random random) {
		this.tasks.remove(random.nextInt(this.tasks.size())).run();
	}

	/**
	 * Unwinds a thread that would wait.
	 */
	private static final class Parked extends Error {

		private static final long serialVersionUID = 1L;

		Parked() {
			super("would wait", null, false, false);
		}

	}

	/**
	 * What stands for the thread of a run: says when it is woken and interrupted.
	 */
	static final class ServiceThread extends Thread {

		private final SimulatedRun run;

		private final Runnable woken;

		ServiceThread(SimulatedRun run) {
			super(null, null, "simulated", 0, false);
			this.run = run;
			this.woken = run::onWoken;
		}

		SimulatedRun simulated() {
			return this.run;
		}

		@Override
		public void interrupt() {
			this.run.onInterrupted();
		}

	}

}
