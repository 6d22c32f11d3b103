package io.supervisor.benchmarks.group;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * What the services of one group do, whoever runs them: each says that it runs, blocks
 * until it is cancelled, and says that it has ended. In a group that is to fail, the one
 * in the middle blocks until it is told to, and throws.
 */
final class Work {

	/**
	 * What the services block in.
	 */
	enum Wait {

		/**
		 * The wait for its end that the peer itself offers; a bare thread parks until it
		 * is interrupted.
		 */
		CANCELLATION,

		/**
		 * An empty queue of the service's own, until interrupted.
		 */
		QUEUE

	}

	private static final long PATIENCE = 120;

	private final Wait wait;

	private final int failing;

	private final RuntimeException failure = new Failure();

	/**
	 * How many have not begun yet.
	 */
	private final AtomicInteger missing;

	private final CountDownLatch begun = new CountDownLatch(1);

	/**
	 * Written by the last service to begin, read once all have begun.
	 */
	private long begunAt;

	private final CompletableFuture<@Nullable Void> orderToFail = new CompletableFuture<>();

	/**
	 * Each is written by one service, and read once all have been joined.
	 */
	private final boolean[] ended;

	private final BlockingQueue<?>[] queues;

	Work(int size, Wait wait, boolean fails) {
		this.wait = wait;
		this.failing = fails ? size / 2 : -1;
		this.missing = new AtomicInteger(size);
		this.ended = new boolean[size];
		this.queues = new BlockingQueue<?>[(wait == Wait.QUEUE) ? size : 0];
		for (int i = 0; i < this.queues.length; i++) {
			this.queues[i] = new LinkedBlockingQueue<>();
		}
	}

	int size() {
		return this.ended.length;
	}

	boolean waitsInQueue() {
		return this.wait == Wait.QUEUE;
	}

	boolean isFailing(int service) {
		return service == this.failing;
	}

	/**
	 * What the failing service throws.
	 */
	RuntimeException failure() {
		return this.failure;
	}

	/**
	 * The whole service for a thread that is cancelled by an interrupt.
	 */
	void runUntilInterrupted(int service) throws InterruptedException {
		begin();
		try {
			if (isFailing(service)) {
				awaitOrderToFail();
			}
			else if (waitsInQueue()) {
				take(service);
			}
			else {
				parkUntilInterrupted();
			}
		}
		finally {
			end(service);
		}
	}

	/**
	 * The last one takes the time: whoever is woken by it does so late.
	 */
	void begin() {
		if (this.missing.decrementAndGet() == 0) {
			this.begunAt = System.nanoTime();
			this.begun.countDown();
		}
	}

	void end(int service) {
		this.ended[service] = true;
	}

	/**
	 * What the failing service does.
	 */
	void awaitOrderToFail() throws InterruptedException {
		try {
			this.orderToFail.get();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		throw this.failure;
	}

	/**
	 * For what does not block: done when the failing service is to throw.
	 */
	CompletionStage<@Nullable Void> orderToFail() {
		return this.orderToFail;
	}

	@Nullable Object take(int service) throws InterruptedException {
		return this.queues[service].take();
	}

	/**
	 * The cheapest wait that an interrupt ends.
	 */
	private void parkUntilInterrupted() throws InterruptedException {
		while (!Thread.interrupted()) {
			LockSupport.park(this);
		}
		throw new InterruptedException();
	}

	/**
	 * For the one who measures: wait until all run.
	 * @return when the last one had begun
	 */
	long awaitBegun() throws InterruptedException, TimeoutException {
		if (!this.begun.await(PATIENCE, TimeUnit.SECONDS)) {
			throw new TimeoutException(this.missing + " services have not begun");
		}
		return this.begunAt;
	}

	/**
	 * For the one who measures: let the one service fail.
	 */
	void letFail() {
		this.orderToFail.complete(null);
	}

	/**
	 * For the one who measures: a peer that returns before all have ended has not done
	 * the work.
	 */
	void requireEnded() {
		for (int i = 0; i < this.ended.length; i++) {
			if (!this.ended[i]) {
				throw new IllegalStateException("Service " + i + " had not ended");
			}
		}
	}

	/**
	 * Has no stack: to fill it in costs the same everywhere.
	 */
	private static final class Failure extends RuntimeException {

		private static final long serialVersionUID = 1L;

		Failure() {
			super("told to fail", null, false, false);
		}

	}

}
