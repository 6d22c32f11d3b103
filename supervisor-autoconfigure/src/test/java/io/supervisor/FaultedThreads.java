package io.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.supervisor.faults.FaultPoint;
import io.supervisor.faults.Faults;
import org.jspecify.annotations.Nullable;

/**
 * Real threads, one at a time, on simulated time: whichever waits gives way to the
 * player, who lets another one go on. So the code that plays is the real one from end to
 * end, and a seed plays it alike each time.
 */
final class FaultedThreads implements Timing {

	private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

	/**
	 * Starts shortly before the overflow of the clock, which nobody should notice.
	 */
	private static final long START = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

	private static final long NEVER = Long.MAX_VALUE;

	/**
	 * How often the clock is read, or threads go on, before that is for ever.
	 */
	private static final int FOR_EVER = 200_000;

	private static final int SECONDS_FOR_EVER = 30;

	private static final int POINT_OF_START = FaultPoint.place("a thread is started");

	private final Random random;

	private final Faults faults;

	private final List<Actor> actors = new ArrayList<>();

	/**
	 * Threads that the core has made, and who plays them.
	 */
	private final Map<Thread, Actor> played = new IdentityHashMap<>();

	private final Semaphore player = new Semaphore(0);

	private long elapsed;

	private int looks;

	private @Nullable RuleBroken broken;

	FaultedThreads(Random random, Faults faults) {
		this.random = random;
		this.faults = faults;
		// one that fails again and again takes its time, as a collector does
		faults.play(() -> this.elapsed, () -> {
			this.elapsed += Duration.ofMillis(1).toNanos();
			this.looks = 0;
		});
	}

	long elapsed() {
		return this.elapsed;
	}

	@Override
	public long nanoTime() {
		if (++this.looks > FOR_EVER && Thread.currentThread() instanceof Actor actor) {
			this.broken = new RuleBroken("26", actor.getName() + " turns for ever");
			this.broken.setStackTrace(actor.getStackTrace());
			actor.giveWay(NEVER);
		}
		return START + this.elapsed;
	}

	@Override
	public Instant instant() {
		return EPOCH.plusNanos(this.elapsed);
	}

	@Override
	public void park(Object blocker, long nanos) {
		current().park((nanos == Durations.NONE) ? NEVER : this.elapsed + Math.max(0, nanos));
	}

	@Override
	public void unpark(Thread thread) {
		Actor actor = (thread instanceof Actor itself) ? itself : this.played.get(thread);
		if (actor != null) {
			actor.permit = true;
		}
	}

	@Override
	public void start(Thread thread) {
		FaultPoint.hit(POINT_OF_START);
		Actor actor = actor(thread.getName(), thread::run);
		actor.playing = thread;
		this.played.put(thread, actor);
	}

	@Override
	public void start(String name, Runnable task) {
		FaultPoint.hit(POINT_OF_START);
		actor(name, task);
	}

	/**
	 * A thread, which begins when the player lets it.
	 */
	Actor actor(String name, Runnable work) {
		return actor(name, work, 0);
	}

	/**
	 * A thread that begins after a while.
	 */
	Actor actor(String name, Runnable work, long delay) {
		Actor actor = new Actor(name, work);
		actor.until = this.elapsed + delay;
		this.actors.add(actor);
		actor.start();
		return actor;
	}

	/**
	 * Like {@link Thread#sleep(long)}.
	 */
	void sleep(long nanos) throws InterruptedException {
		long until = this.elapsed + nanos;
		while (!Thread.interrupted()) {
			if (this.elapsed >= until) {
				return;
			}
			current().park(until);
		}
		throw new InterruptedException();
	}

	/**
	 * Wait for something, and ignore all interrupts.
	 */
	void sleepUntil(Supplier<Boolean> condition) {
		while (!condition.get()) {
			Thread.interrupted();
			current().permit = false;
			current().giveWay(this.elapsed + Duration.ofSeconds(1).toNanos());
		}
	}

	private static Actor current() {
		if (Thread.currentThread() instanceof Actor actor) {
			return actor;
		}
		throw new RuleBroken("26", "a call that is to return at once waits");
	}

	/**
	 * Let one thread go on until it waits.
	 * @return {@code false} if none would
	 */
	private boolean goOn() {
		List<Actor> ready = this.actors.stream().filter(Actor::isReady).toList();
		if (ready.isEmpty()) {
			return false;
		}
		Actor actor = ready.get(this.random.nextInt(ready.size()));
		actor.turn.release();
		try {
			if (!this.player.tryAcquire(SECONDS_FOR_EVER, TimeUnit.SECONDS)) {
				this.broken = new RuleBroken("26", actor.getName() + " goes on for ever");
				this.broken.setStackTrace(actor.getStackTrace());
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		if (this.broken != null) {
			throw this.broken;
		}
		if (actor.over) {
			this.actors.remove(actor);
			if (actor.playing != null) {
				this.played.remove(actor.playing);
			}
		}
		return true;
	}

	/**
	 * Let some go on, so that the next call finds them halfway.
	 * @return {@code false} if all wait
	 */
	boolean goOn(int turns) {
		for (int i = 0; i < turns; i++) {
			if (!goOn()) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Let all go on until all wait.
	 */
	void settle() {
		this.looks = 0;
		for (int i = 0; goOn(); i++) {
			if (i > FOR_EVER) {
				throw new RuleBroken("26", "threads wake each other for ever: " + this.actors);
			}
		}
	}

	/**
	 * Let time pass, stopping wherever somebody waits for it.
	 */
	void advance(long nanos) {
		settle();
		long until = this.elapsed + nanos;
		while (this.elapsed < until) {
			long next = until;
			for (Actor actor : this.actors) {
				next = Math.min(next, actor.until);
			}
			this.elapsed = Math.max(this.elapsed, next);
			settle();
		}
	}

	boolean isEmpty() {
		return this.actors.isEmpty();
	}

	/**
	 * All that are not over, with what they are at.
	 */
	String describe() {
		StringBuilder text = new StringBuilder();
		for (Actor actor : this.actors) {
			text.append(actor.getName())
				.append(actor.until == NEVER ? " waits for ever" : " waits until " + Duration.ofNanos(actor.until));
			for (StackTraceElement element : actor.getStackTrace()) {
				if (element.getClassName().startsWith("io.supervisor.")) {
					text.append("\n\tat ").append(element);
				}
			}
			text.append('\n');
		}
		return text.toString();
	}

	/**
	 * A thread of the play.
	 */
	final class Actor extends Thread {

		private final Semaphore turn = new Semaphore(0);

		private final Runnable work;

		private @Nullable Thread playing;

		/**
		 * When it goes on by itself.
		 */
		private long until;

		private boolean permit;

		private boolean interrupted;

		private boolean over;

		@Nullable Throwable thrown;

		Actor(String name, Runnable work) {
			super(null, null, name, 0, false);
			this.work = work;
			setDaemon(true);
		}

		@Override
		public void run() {
			this.turn.acquireUninterruptibly();
			awake();
			FaultPoint.attach(FaultedThreads.this.faults);
			try {
				this.work.run();
			}
			catch (Throwable ex) {
				this.thrown = ex;
			}
			finally {
				FaultPoint.attach(null);
				this.over = true;
				FaultedThreads.this.player.release();
			}
		}

		boolean isOver() {
			return this.over;
		}

		private boolean isReady() {
			return this.permit || this.interrupted || FaultedThreads.this.elapsed >= this.until;
		}

		private void park(long until) {
			if (!this.permit && !super.isInterrupted()) {
				giveWay(until);
			}
			this.permit = false;
		}

		/**
		 * Not to be called with the interrupt flag set.
		 */
		private void giveWay(long until) {
			this.until = until;
			FaultedThreads.this.player.release();
			this.turn.acquireUninterruptibly();
			awake();
		}

		/**
		 * An interrupt arrives when the thread goes on: before that it would disturb how
		 * it waits.
		 */
		private void awake() {
			if (this.interrupted) {
				this.interrupted = false;
				super.interrupt();
			}
		}

		@Override
		public void interrupt() {
			if (Thread.currentThread() == this) {
				super.interrupt();
			}
			else {
				this.interrupted = true;
			}
		}

		@Override
		public boolean isInterrupted() {
			return this.interrupted || super.isInterrupted();
		}

	}

}
