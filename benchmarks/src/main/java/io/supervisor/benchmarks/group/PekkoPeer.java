package io.supervisor.benchmarks.group;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import io.supervisor.benchmarks.Threads;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * Pekko's typed actors: one for the group, whose children are the services. It watches
 * them and fails with the first one that fails, which stops the others; whoever watches
 * it hears of its end once all of them have stopped. An actor blocks no thread: it waits
 * for its next message.
 */
final class PekkoPeer implements Peer {

	private static final Object STOP = new Object();

	private static final Object FAIL = new Object();

	private final ActorSystem<Supervised> system = ActorSystem.create(guardian(), "benchmarks");

	@Override
	public boolean canWaitInQueue() {
		return false;
	}

	@Override
	public Group group(Work work, Threads threads) {
		return new Supervised(this.system, work);
	}

	@Override
	public void close() {
		this.system.terminate();
	}

	/**
	 * Watches the groups, one at a time.
	 */
	private static Behavior<Supervised> guardian() {
		return Behaviors.receive((context, group) -> {
			ActorRef<Object> actor = context.spawnAnonymous(group(group.work));
			context.watch(actor);
			group.actor.complete(actor);
			return watching(group);
		});
	}

	private static Behavior<Supervised> watching(Supervised group) {
		return Behaviors.receive(Supervised.class).onSignal(ChildFailed.class, (failed) -> {
			group.over.completeExceptionally(failed.cause());
			return guardian();
		}).onSignal(Terminated.class, (terminated) -> {
			group.over.complete(null);
			return guardian();
		}).build();
	}

	private static Behavior<Object> group(Work work) {
		return Behaviors.setup((context) -> {
			for (int i = 0; i < work.size(); i++) {
				int service = i;
				context.watch(context.spawnAnonymous(Behaviors.setup((child) -> service(child, work, service))));
			}
			return Behaviors.receive(Object.class)
				.onMessageEquals(STOP, Behaviors::stopped)
				.onSignal(ChildFailed.class, (failed) -> {
					throw (RuntimeException) failed.cause();
				})
				.build();
		});
	}

	private static Behavior<Object> service(ActorContext<Object> context, Work work, int service) {
		if (work.isFailing(service)) {
			ActorRef<Object> self = context.getSelf();
			work.orderToFail().thenRun(() -> self.tell(FAIL));
		}
		work.begin();
		return Behaviors.receive(Object.class).onMessageEquals(FAIL, () -> {
			work.end(service);
			throw work.failure();
		}).onSignal(PostStop.class, (stopped) -> {
			work.end(service);
			return Behaviors.same();
		}).build();
	}

	private static final class Supervised implements Group {

		private final ActorSystem<Supervised> system;

		private final Work work;

		private final CompletableFuture<ActorRef<Object>> actor = new CompletableFuture<>();

		private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();

		Supervised(ActorSystem<Supervised> system, Work work) {
			this.system = system;
			this.work = work;
		}

		@Override
		public void run() throws Throwable {
			this.system.tell(this);
			try {
				this.over.join();
			}
			catch (CompletionException ex) {
				throw (ex.getCause() != null) ? ex.getCause() : ex;
			}
		}

		@Override
		public void stop() {
			this.actor.join().tell(STOP);
		}

	}

}
