package io.supervisor.benchmarks.group;

import com.softwaremill.jox.structured.Scopes;
import io.supervisor.benchmarks.Threads;
import org.jspecify.annotations.Nullable;

/**
 * A supervised scope of jox, which waits for its forks and cancels all at the first
 * failure. It makes the virtual threads itself, and is stopped from outside by an
 * interrupt of its owner.
 */
final class JoxPeer implements Peer {

	@Override
	public Group group(Work work, Threads threads) {
		return new Scoped(work);
	}

	private static final class Scoped implements Group {

		private final Work work;

		private volatile @Nullable Thread owner;

		Scoped(Work work) {
			this.work = work;
		}

		@Override
		public void run() {
			this.owner = Thread.currentThread();
			try {
				Scopes.supervised((scope) -> {
					for (int i = 0; i < this.work.size(); i++) {
						int service = i;
						scope.forkUser(() -> {
							this.work.runUntilInterrupted(service);
							return null;
						});
					}
					return null;
				});
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
