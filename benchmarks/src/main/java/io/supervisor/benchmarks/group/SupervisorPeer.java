package io.supervisor.benchmarks.group;

import java.time.Duration;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.benchmarks.Threads;

/**
 * A group of this project, with its defaults.
 */
final class SupervisorPeer implements Peer {

	@Override
	public Group group(Work work, Threads threads) {
		ServiceGroup.Builder builder = ServiceGroup.builder("measured").executor(threads.perTask(), false);
		for (int i = 0; i < work.size(); i++) {
			builder.service("service-" + i, service(work, i));
		}
		return new Supervised(builder.build());
	}

	private Service service(Work work, int service) {
		return (context) -> {
			work.begin();
			try {
				block(work, service, context);
			}
			finally {
				work.end(service);
			}
		};
	}

	private void block(Work work, int service, ServiceContext context) throws Exception {
		if (work.isFailing(service)) {
			work.awaitOrderToFail();
		}
		else if (work.waitsInQueue()) {
			context.interruptibly(() -> work.take(service));
		}
		else {
			context.awaitCancellation();
		}
	}

	private record Supervised(ServiceGroup group) implements Group {

		@Override
		public void run() {
			this.group.run();
		}

		@Override
		public void awaitReady() throws InterruptedException {
			if (!this.group.awaitReady(Duration.ofMinutes(1))) {
				throw new IllegalStateException("Not ready: " + this.group);
			}
		}

		@Override
		public void stop() {
			this.group.stop();
		}

	}

}
