package io.supervisor.benchmarks.group;

import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.ThreadFactory;

import io.supervisor.benchmarks.Threads;
import org.jspecify.annotations.Nullable;

/**
 * {@code StructuredTaskScope} of the JDK, a preview in 25, with the joiner that cancels
 * all at the first failure. From outside it is stopped by an interrupt of its owner.
 */
final class StructuredTaskScopePeer implements Peer {

	@Override
	public Group group(Work work, Threads threads) {
		return new Scoped(work, threads.factory());
	}

	private static final class Scoped implements Group {

		private final Work work;

		private final ThreadFactory factory;

		private volatile @Nullable Thread owner;

		Scoped(Work work, ThreadFactory factory) {
			this.work = work;
			this.factory = factory;
		}

		@Override
		public void run() {
			this.owner = Thread.currentThread();
			try (StructuredTaskScope<Object, ?> scope = StructuredTaskScope.open(Joiner.awaitAllSuccessfulOrThrow(),
					(configuration) -> configuration.withThreadFactory(this.factory))) {
				for (int i = 0; i < this.work.size(); i++) {
					int service = i;
					scope.fork(() -> {
						this.work.runUntilInterrupted(service);
						return null;
					});
				}
				scope.join();
			}
			catch (InterruptedException ex) {
				// stopped
			}
		}

		@Override
		public void stop() {
			Thread owner = this.owner;
			if (owner != null) {
				owner.interrupt();
			}
		}

	}

}
