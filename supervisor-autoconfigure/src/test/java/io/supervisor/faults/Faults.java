package io.supervisor.faults;

import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * What is to fail in one play. Threads that play at the same time may count each other's
 * points, or miss some.
 */
public class Faults {

	/**
	 * Nothing fails, and nothing is counted.
	 */
	public static final Faults NONE = new Faults(Plan.nothing()) {

		@Override
		void hit(int place) {
		}

	};

	private final Plan plan;

	private final Random random;

	private volatile boolean enabled = true;

	private LongSupplier clock = () -> 0;

	private Runnable collector = () -> {
	};

	private final AtomicInteger hits = new AtomicInteger();

	private int thrown;

	/**
	 * When it began to fail, and when it did so last.
	 */
	private long firstAt = -1;

	private long lastAt = -1;

	private @Nullable String first;

	public Faults(Plan plan) {
		this.plan = plan;
		this.random = new Random(plan.at());
	}

	/**
	 * Where the play's time comes from.
	 * @param clock nanoseconds since its beginning
	 * @param collector called before each error: a collector that finds nothing takes its
	 * time
	 */
	public void play(LongSupplier clock, Runnable collector) {
		this.clock = clock;
		this.collector = collector;
	}

	void hit(int place) {
		if (!this.enabled) {
			return;
		}
		int hit = this.hits.getAndIncrement();
		if (hit < this.plan.at() || !fails(hit)) {
			return;
		}
		if (this.plan.isStretch()) {
			this.collector.run();
		}
		long now = this.clock.getAsLong();
		if (this.first == null) {
			this.first = FaultPoint.name(place) + " on " + Thread.currentThread().getName();
			this.firstAt = now;
		}
		this.lastAt = now;
		this.thrown++;
		Error error = this.plan.kind().make(FaultPoint.name(place));
		throw error;
	}

	private boolean fails(int hit) {
		if (this.plan.nanos() == 0) {
			return hit < (long) this.plan.at() + this.plan.points();
		}
		return isFull() && this.random.nextDouble() < this.plan.share();
	}

	private boolean isFull() {
		return this.firstAt < 0 || this.clock.getAsLong() - this.firstAt < this.plan.nanos();
	}

	/**
	 * When memory was back: no error comes after this.
	 * @return nanoseconds since the beginning of the play, -1 if there was no error yet
	 */
	public long lastAt() {
		if (this.firstAt >= 0 && this.enabled && this.plan.nanos() > 0) {
			return this.firstAt + this.plan.nanos();
		}
		return this.lastAt;
	}

	/**
	 * No more errors.
	 */
	public void disable() {
		this.enabled = false;
	}

	public int hits() {
		return this.hits.get();
	}

	public int thrown() {
		return this.thrown;
	}

	public Plan plan() {
		return this.plan;
	}

	/**
	 * Where it failed first.
	 * @return the place and the thread, {@code null} if there was no error
	 */
	public @Nullable String first() {
		return this.first;
	}

	/**
	 * What fails.
	 */
	public enum Kind {

		/**
		 * No memory.
		 */
		MEMORY,

		/**
		 * No stack.
		 */
		STACK;

		Error make(String place) {
			return (this == MEMORY) ? new OutOfMemoryError("injected at " + place)
					: new StackOverflowError("injected at " + place);
		}

	}

	/**
	 * What is to fail.
	 *
	 * @param kind how
	 * @param at from which point on
	 * @param points how many points
	 * @param nanos or for how long
	 * @param share how many of the points in that time
	 */
	public record Plan(Kind kind, int at, int points, long nanos, double share) {

		static Plan nothing() {
			return new Plan(Kind.MEMORY, Integer.MAX_VALUE, 0, 0, 0);
		}

		/**
		 * Only count.
		 * @return the plan
		 */
		public static Plan count() {
			return nothing();
		}

		/**
		 * Fail once.
		 * @param kind how
		 * @param at at which point
		 * @return the plan
		 */
		public static Plan once(Kind kind, int at) {
			return new Plan(kind, at, 1, 0, 1);
		}

		boolean isStretch() {
			return this.points > 1 || this.nanos > 0;
		}

		/**
		 * What {@link #toString()} was, for a play that is played again.
		 * @param text the text
		 * @return the plan
		 */
		public static Plan parse(String text) {
			String[] parts = text.split(":");
			return new Plan(Kind.valueOf(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]),
					Long.parseLong(parts[3]), Double.parseDouble(parts[4]));
		}

		@Override
		public String toString() {
			return this.kind + ":" + this.at + ":" + this.points + ":" + this.nanos + ":" + this.share;
		}

	}

}
