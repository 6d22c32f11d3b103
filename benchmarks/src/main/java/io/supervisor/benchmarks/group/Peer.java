package io.supervisor.benchmarks.group;

import io.supervisor.benchmarks.Threads;

/**
 * Something that runs services as a group: they start together, the first one to fail
 * cancels all others, and the group is over when all have ended.
 */
interface Peer extends AutoCloseable {

	/**
	 * Whether there is a difference between the two waits for its services.
	 */
	default boolean canWaitInQueue() {
		return true;
	}

	/**
	 * Describe a group, without starting anything.
	 */
	Group group(Work work, Threads threads);

	@Override
	default void close() {
	}

	/**
	 * One group.
	 */
	interface Group {

		/**
		 * Start all services and return once all have ended. Called on a thread of its
		 * own.
		 * @throws Throwable the failure, or one that has it as its cause, if one failed
		 */
		void run() throws Throwable;

		/**
		 * Called once the code of all services is running: wait until the peer has seen
		 * that too.
		 */
		default void awaitReady() throws Exception {
		}

		/**
		 * Ask the group to end, from outside.
		 */
		void stop();

	}

}
