package io.supervisor.benchmarks.group;

import java.util.Locale;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.supervisor.benchmarks.Threads;

/**
 * What one fork does: it starts and ends groups of one size with one peer, over and over,
 * and prints how long each step took. The first ones are for the compiler and are not
 * printed.
 */
public final class GroupMeasurement {

	private static final long TOO_LONG = TimeUnit.SECONDS.toNanos(4);

	private static final int WARM_UP_SIZE = 1000;

	/**
	 * How many rounds are printed at least, unless they take too long.
	 */
	private static final int MIN_ROUNDS = 2;

	/**
	 * The size from which on the heap is cleared between two groups.
	 */
	private static final int LARGE = 10_000;

	private final Peer peer;

	private final Threads threads;

	private GroupMeasurement(Peer peer, Threads threads) {
		this.peer = peer;
		this.threads = threads;
	}

	/**
	 * Measure.
	 * @param args the class of the peer, the kind of threads, the number of services, and
	 * the seconds to warm up and to measure
	 * @throws Exception if the peer does not do its work
	 */
	public static void main(String[] args) throws Exception {
		int size = Integer.parseInt(args[2]);
		try (Peer peer = (Peer) Class.forName(args[0]).getDeclaredConstructor().newInstance()) {
			GroupMeasurement measurement = new GroupMeasurement(peer, Threads.valueOf(args[1]));
			measurement.warmUp(size, seconds(args[3]));
			measurement.measure(size, seconds(args[4]));
		}
	}

	private static long seconds(String text) {
		return (long) (Double.parseDouble(text) * TimeUnit.SECONDS.toNanos(1));
	}

	/**
	 * Ten services take long to get code compiled, and 100 000 have few rounds.
	 */
	private void warmUp(int size, long nanos) throws Exception {
		long start = System.nanoTime();
		while (System.nanoTime() - start < nanos / 2) {
			round(WARM_UP_SIZE, false);
		}
		do {
			round(size, false);
		}
		while (System.nanoTime() - start < nanos);
	}

	private void measure(int size, long nanos) throws Exception {
		long start = System.nanoTime();
		long spent = 0;
		for (int i = 0; spent < nanos || (i < MIN_ROUNDS && spent < TOO_LONG); i++) {
			round(size, true);
			spent = System.nanoTime() - start;
		}
	}

	/**
	 * Every kind of group once, so that drift hits all alike.
	 */
	private void round(int size, boolean print) throws Exception {
		for (Work.Wait wait : Work.Wait.values()) {
			if (wait == Work.Wait.QUEUE && !this.peer.canWaitInQueue()) {
				continue;
			}
			one(size, wait, true, print);
			one(size, wait, false, print);
		}
	}

	private void one(int size, Work.Wait wait, boolean fails, boolean print) throws Exception {
		Work work = new Work(size, wait, fails);
		Peer.Group group = this.peer.group(work, this.threads);
		if (size >= LARGE) {
			System.gc();
		}
		FutureTask<Span> run = new FutureTask<>(() -> run(work, group, fails));
		Thread thread = new Thread(run);
		thread.setDaemon(true);
		thread.start();
		long begun = work.awaitBegun();
		group.awaitReady();
		settle(size);
		long asked = System.nanoTime();
		if (fails) {
			work.letFail();
		}
		else {
			group.stop();
		}
		Span span = run.get(2, TimeUnit.MINUTES);
		work.requireEnded();
		thread.join();
		if (print) {
			print("start", wait, begun - span.start);
			print(fails ? "fail" : "stop", wait, span.end - asked);
		}
	}

	/**
	 * Run the group.
	 */
	private static Span run(Work work, Peer.Group group, boolean fails) throws Exception {
		Throwable error = null;
		long start = System.nanoTime();
		try {
			group.run();
		}
		catch (Throwable ex) {
			error = ex;
		}
		long end = System.nanoTime();
		boolean inHand = error == work.failure() || (error != null && error.getCause() == work.failure());
		if (inHand != fails || (error != null) != fails) {
			throw new IllegalStateException(fails ? "The failure is not in hand" : "Not stopped", error);
		}
		return new Span(start, end);
	}

	/**
	 * The last services that have begun are about to block; let all be idle.
	 */
	private static void settle(int size) {
		long nanos = TimeUnit.MILLISECONDS.toNanos(1) + 200L * size;
		long start = System.nanoTime();
		for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - start)) {
			LockSupport.parkNanos(left);
		}
	}

	private static void print(String step, Work.Wait wait, long nanos) {
		System.out.printf(Locale.ROOT, "sample,%s,%s,%d%n", step, wait.name().toLowerCase(Locale.ROOT), nanos);
	}

	/**
	 * From the call that runs a group until that is over.
	 */
	private record Span(long start, long end) {

	}

}
