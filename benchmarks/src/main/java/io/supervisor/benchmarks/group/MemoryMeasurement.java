package io.supervisor.benchmarks.group;

import java.lang.management.ManagementFactory;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

import io.supervisor.benchmarks.Threads;

/**
 * What one fork does for the memory of an idle group: it starts one and prints how much
 * of the heap it keeps from being collected, per service.
 */
public final class MemoryMeasurement {

	private static final int WARM_UP_GROUPS = 10;

	private static final long WARM_UP = TimeUnit.SECONDS.toNanos(3);

	private MemoryMeasurement() {
	}

	/**
	 * Measure.
	 * @param args the class of the peer, the kind of threads and the number of services
	 * @throws Exception if the peer does not do its work
	 */
	public static void main(String[] args) throws Exception {
		int size = Integer.parseInt(args[2]);
		try (Peer peer = (Peer) Class.forName(args[0]).getDeclaredConstructor().newInstance()) {
			Threads threads = Threads.valueOf(args[1]);
			warmUp(peer, threads, size);
			System.out.println("memory," + (double) retainedBy(peer, threads, size) / size);
		}
	}

	/**
	 * Classes, pools and the scheduler's threads belong to no service, and the frames of
	 * code that is not compiled yet are many times larger.
	 */
	private static void warmUp(Peer peer, Threads threads, int size) throws Exception {
		long start = System.nanoTime();
		for (int i = 0; i < WARM_UP_GROUPS || System.nanoTime() - start < WARM_UP; i++) {
			runWhile(peer, threads, size, () -> 0L);
		}
	}

	private static long retainedBy(Peer peer, Threads threads, int size) throws Exception {
		long before = used();
		return runWhile(peer, threads, size, () -> used() - before);
	}

	private static long runWhile(Peer peer, Threads threads, int size, LongSupplier measurement) throws Exception {
		Work work = new Work(size, Work.Wait.CANCELLATION, false);
		Peer.Group group = peer.group(work, threads);
		FutureTask<?> run = new FutureTask<>(() -> run(group));
		new Thread(run).start();
		work.awaitBegun();
		group.awaitReady();
		long result = measurement.getAsLong();
		group.stop();
		run.get();
		work.requireEnded();
		return result;
	}

	private static Void run(Peer.Group group) throws Exception {
		try {
			group.run();
			return null;
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * What is left after a collection, once that does not get less any more.
	 */
	private static long used() {
		long least = Long.MAX_VALUE;
		for (int i = 0; i < 5; i++) {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
			System.gc();
			least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
		}
		return least;
	}

}
