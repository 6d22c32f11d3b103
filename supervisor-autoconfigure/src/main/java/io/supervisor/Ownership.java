package io.supervisor;

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Who owns a group: the thread of its loop while it runs, in between whoever posts a
 * signal and finds no owner. A run is claimed first, so that there is one at a time, then
 * its thread takes over from whoever is the owner.
 */
final class Ownership {

	private final String group;

	private final Timing timing;

	private final SignalQueue queue;

	/**
	 * How often a run of the group was claimed or has ended: odd while there is one, or
	 * somebody about to begin it. Claimed by any thread, by CAS; ended by the claimant or
	 * the owner.
	 */
	private final AtomicInteger claims = new AtomicInteger();

	/**
	 * Written by a new owner; a thread that reads itself here is the owner.
	 */
	private @Nullable Thread owner;

	/**
	 * Who wants to take over. Only accessed by the owner.
	 */
	private @Nullable Claim successor;

	Ownership(String group, Timing timing, SignalQueue queue) {
		this.group = group;
		this.timing = timing;
		this.queue = queue;
	}

	/**
	 * Claim the group's next run. For any thread.
	 */
	void claim() {
		int claims = this.claims.get();
		if (isOdd(claims) || !this.claims.compareAndSet(claims, claims + 1)) {
			throw new IllegalStateException(
					"'" + this.group + "' is running already: a group can run again only after it has ended");
		}
	}

	/**
	 * There is no run any more, or there will be none after all.
	 */
	void endClaim() {
		int claims = this.claims.get();
		if (isOdd(claims)) {
			this.claims.set(claims + 1);
		}
	}

	/**
	 * For any thread. Cleared before the snapshot shows the end of the run.
	 */
	boolean isClaimed() {
		return isOdd(this.claims.get());
	}

	/**
	 * The number of the run that is claimed, or else of the next one. For any thread.
	 */
	int run() {
		return this.claims.get() / 2 + 1;
	}

	private static boolean isOdd(int claims) {
		return (claims & 1) == 1;
	}

	/**
	 * For any thread: whether it is the one that owns the group.
	 */
	boolean isOwner(Thread thread) {
		return this.owner == thread;
	}

	/**
	 * Own the group by having posted a signal to it.
	 */
	void own() {
		this.owner = Thread.currentThread();
	}

	/**
	 * Become the owner, by taking over from whoever is it.
	 */
	void acquire() {
		if (!this.queue.tryAcquire()) {
			Claim claim = new Claim(this, Thread.currentThread());
			if (!this.queue.push(claim)) {
				boolean interrupted = false;
				while (!claim.granted) {
					this.timing.park(this, Durations.NONE);
					interrupted |= Thread.interrupted();
				}
				if (interrupted) {
					Thread.currentThread().interrupt();
				}
			}
		}
		own();
	}

	/**
	 * Whether somebody wants to take over. For the owner.
	 */
	boolean isWanted() {
		return this.successor != null;
	}

	/**
	 * Cease to be the owner, if somebody wants to take over or there is nothing to do.
	 * @return {@code false} if there are signals, and nobody else to handle them
	 */
	boolean tryRelease() {
		Claim claim = this.successor;
		this.owner = null;
		if (claim != null) {
			this.successor = null;
			claim.granted = true;
			this.timing.unpark(claim.claimant);
			return true;
		}
		if (this.queue.tryRelease()) {
			return true;
		}
		own();
		return false;
	}

	/**
	 * A thread that has claimed the group's next run wants to own the group.
	 */
	static final class Claim extends Signal {

		private final Ownership ownership;

		private final Thread claimant;

		/**
		 * Written by the owner that hands over, read by the claimant.
		 */
		private volatile boolean granted;

		Claim(Ownership ownership, Thread claimant) {
			this.ownership = ownership;
			this.claimant = claimant;
		}

		@Override
		void handle(Rules rules) {
			if (!this.ownership.isOwner(this.claimant)) {
				this.ownership.successor = this;
			}
		}

	}

}
