package io.supervisor.process;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import org.jspecify.annotations.Nullable;

/**
 * A group whose first stop meets a heap in which there is no byte left, and which only
 * that stop frees.
 */
public final class FullHeapMain {

	private static final int[] SIZES = { 1 << 16, 1 << 10, 1 << 6, 1 };

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final CountDownLatch FULL = new CountDownLatch(1);

	private static volatile @Nullable Object[] last;

	private FullHeapMain() {
	}

	private static void fill(ServiceContext context) {
		for (int size : SIZES) {
			fill(size);
		}
		FULL.countDown();
		while (!context.isCancelled()) {
			Thread.onSpinWait();
		}
		last = null;
	}

	private static void fill(int size) {
		try {
			while (true) {
				last = new @Nullable Object[] { last, new byte[size] };
			}
		}
		catch (OutOfMemoryError ex) {
			// full, for pieces of this size
		}
	}

	/**
	 * Stop it while it is full.
	 * @param args none
	 * @throws InterruptedException never
	 */
	public static void main(String[] args) throws InterruptedException {
		ServiceGroup group = ServiceGroup.builder("full")
			.defaults(ServicePolicy.builder().gracePeriod(PATIENCE).build())
			.service("hog", FullHeapMain::fill)
			.service("waits", ServiceContext::awaitCancellation)
			.service("blocks", (context) -> context.interruptibly(() -> {
				new CountDownLatch(1).await();
				return "";
			}))
			.build();
		group.start();
		FULL.await();
		@Nullable Throwable thrown = null;
		long start = System.nanoTime();
		try {
			group.stop();
		}
		catch (Throwable ex) {
			thrown = ex;
		}
		while (last != null && System.nanoTime() - start < PATIENCE.toNanos()) {
			Thread.onSpinWait();
		}
		boolean cancelled = last == null;
		last = null;
		boolean ended = group.awaitTermination(PATIENCE);
		System.out
			.println((thrown == null && ended) ? "OK" : "WRONG: stop() threw " + thrown + ", " + group.snapshot());
		System.out.flush();
		Runtime.getRuntime().halt(0);
	}

}
