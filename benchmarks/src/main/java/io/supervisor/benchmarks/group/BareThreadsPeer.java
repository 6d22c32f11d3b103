package io.supervisor.benchmarks.group;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;

import io.supervisor.benchmarks.Threads;
import org.jspecify.annotations.Nullable;

/**
 * The floor: a thread for each service and nothing else. At the first failure, or the
 * stop, all are interrupted, then all are joined.
 */
final class BareThreadsPeer implements Peer {

	@Override
	public Group group(Work work, Threads threads) {
		return new BareThreads(work, threads.factory());
	}

	private static final class BareThreads implements Group {

		private final Work work;

		private final ThreadFactory factory;

		private final CountDownLatch over = new CountDownLatch(1);

		private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

		BareThreads(Work work, ThreadFactory factory) {
			this.work = work;
			this.factory = factory;
		}

		@Override
		public void run() throws Throwable {
			Thread[] threads = new Thread[this.work.size()];
			for (int i = 0; i < threads.length; i++) {
				int service = i;
				threads[i] = this.factory.newThread(() -> runService(service));
				threads[i].start();
			}
			this.over.await();
			for (Thread thread : threads) {
				thread.interrupt();
			}
			for (Thread thread : threads) {
				thread.join();
			}
			Throwable failure = this.failure.get();
			if (failure != null) {
				throw failure;
			}
		}

		private void runService(int service) {
			try {
				this.work.runUntilInterrupted(service);
			}
			catch (InterruptedException ex) {
				// what the group has asked for
			}
			catch (Throwable ex) {
				this.failure.compareAndSet(null, ex);
				this.over.countDown();
			}
		}

		@Override
		public void stop() {
			this.over.countDown();
		}

	}

}
