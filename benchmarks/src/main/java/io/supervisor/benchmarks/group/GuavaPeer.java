package io.supervisor.benchmarks.group;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.logging.LogManager;

import com.google.common.util.concurrent.AbstractExecutionThreadService;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.Service;
import com.google.common.util.concurrent.ServiceManager;
import io.supervisor.benchmarks.Threads;
import org.jspecify.annotations.Nullable;

/**
 * Guava's {@code ServiceManager} with an {@code AbstractExecutionThreadService} for each
 * service. It cancels nobody by itself: a listener stops all at the first failure.
 */
final class GuavaPeer implements Peer {

	GuavaPeer() {
		// it logs each failure with java.util.logging: to nowhere, like the others
		LogManager.getLogManager().reset();
	}

	@Override
	public Group group(Work work, Threads threads) {
		List<Service> services = new ArrayList<>(work.size());
		for (int i = 0; i < work.size(); i++) {
			services.add(new GuavaService(work, i, threads.perTask()));
		}
		return new Managed(new ServiceManager(services));
	}

	private static final class GuavaService extends AbstractExecutionThreadService {

		private final Work work;

		private final int service;

		private final Executor executor;

		private final CountDownLatch shutdown = new CountDownLatch(1);

		private volatile @Nullable Thread thread;

		GuavaService(Work work, int service, Executor executor) {
			this.work = work;
			this.service = service;
			this.executor = executor;
		}

		@Override
		protected Executor executor() {
			return this.executor;
		}

		@Override
		protected void run() throws InterruptedException {
			this.thread = Thread.currentThread();
			this.work.begin();
			try {
				block();
			}
			finally {
				this.work.end(this.service);
			}
		}

		private void block() throws InterruptedException {
			if (this.work.isFailing(this.service)) {
				this.work.awaitOrderToFail();
			}
			else if (this.work.waitsInQueue()) {
				takeUntilShutdown();
			}
			else {
				this.shutdown.await();
			}
		}

		private void takeUntilShutdown() {
			try {
				this.work.take(this.service);
			}
			catch (InterruptedException ex) {
				// triggered below
			}
		}

		@Override
		protected void triggerShutdown() {
			Thread thread = this.thread;
			if (this.work.waitsInQueue() && thread != null) {
				thread.interrupt();
			}
			this.shutdown.countDown();
		}

	}

	private static final class Managed extends ServiceManager.Listener implements Group {

		private final ServiceManager manager;

		private volatile @Nullable Throwable failure;

		Managed(ServiceManager manager) {
			this.manager = manager;
			manager.addListener(this, MoreExecutors.directExecutor());
		}

		@Override
		public void failure(Service service) {
			if (this.failure == null) {
				this.failure = service.failureCause();
				this.manager.stopAsync();
			}
		}

		@Override
		public void run() throws Throwable {
			this.manager.startAsync();
			this.manager.awaitStopped();
			Throwable failure = this.failure;
			if (failure != null) {
				throw failure;
			}
		}

		@Override
		public void awaitReady() {
			this.manager.awaitHealthy();
		}

		@Override
		public void stop() {
			this.manager.stopAsync();
		}

	}

}
