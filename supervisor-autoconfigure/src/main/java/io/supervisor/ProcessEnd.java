package io.supervisor;

import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;

/**
 * How a run of a group goes with the end of the process, for a plain {@code main} (rule
 * 33): a shutdown stops it and waits for it, and its failure ends the process.
 */
final class ProcessEnd {

	private static final String EXIT_THREAD = "supervisor-exit";

	private final boolean stopOnShutdown;

	private final boolean exitOnFailure;

	ProcessEnd(boolean stopOnShutdown, boolean exitOnFailure) {
		this.stopOnShutdown = stopOnShutdown;
		this.exitOnFailure = exitOnFailure;
	}

	/**
	 * Run a group whose run was claimed.
	 */
	void runClaimed(ServiceGroup group, @Nullable ServiceContext parent) {
		CountDownLatch over;
		@Nullable Thread hook;
		try {
			over = new CountDownLatch(1);
			hook = this.stopOnShutdown ? register(group, over) : null;
		}
		catch (Throwable ex) {
			group.loop().abandonClaim();
			throw ex;
		}
		try {
			group.loop().runClaimed(parent, null);
		}
		catch (ServiceGroupException ex) {
			if (this.exitOnFailure && !isShuttingDown()) {
				exit(group);
			}
			throw ex;
		}
		finally {
			over.countDown();
			if (hook != null) {
				remove(hook);
			}
		}
	}

	private static @Nullable Thread register(ServiceGroup group, CountDownLatch over) {
		try {
			Thread hook = GroupThreads.platform("supervisor-shutdown", () -> stop(group, over),
					group.loop().group().classLoader);
			Runtime.getRuntime().addShutdownHook(hook);
			return hook;
		}
		catch (IllegalStateException ex) {
			// it is going down
			group.stop();
			return null;
		}
	}

	private static void stop(ServiceGroup group, CountDownLatch over) {
		try {
			if (!group.stopFromWithin(over::countDown)) {
				group.stop();
			}
			over.await();
		}
		catch (InterruptedException ex) {
			// somebody does not want to wait
		}
	}

	private static void remove(Thread hook) {
		try {
			Runtime.getRuntime().removeShutdownHook(hook);
		}
		catch (IllegalStateException ex) {
			// it runs, or is about to
		}
	}

	/**
	 * Whether the JVM is going down: then it says so to whoever wants to change its
	 * hooks.
	 */
	static boolean isShuttingDown() {
		try {
			Runtime.getRuntime().removeShutdownHook(new Thread(EXIT_THREAD));
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
		catch (OutOfMemoryError ex) {
			// no reason not to end
			return false;
		}
	}

	/**
	 * On a thread of its own: an exit does not return, and this one may be waited for.
	 */
	private static void exit(ServiceGroup group) {
		try {
			GroupThreads.platform(EXIT_THREAD, () -> System.exit(1), group.loop().group().classLoader).start();
		}
		catch (OutOfMemoryError ex) {
			// no thread to be had, which may be why the group has failed
			System.exit(1);
		}
	}

}
