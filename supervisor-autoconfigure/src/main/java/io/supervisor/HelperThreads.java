package io.supervisor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

import org.jspecify.annotations.Nullable;

/**
 * Threads that run something short beside the services: virtual where there are such
 * threads, else daemon threads.
 */
final class HelperThreads {

	/**
	 * {@code Thread.startVirtualThread}, of Java 21.
	 */
	private static final @Nullable MethodHandle START_VIRTUAL = findStartVirtual();

	private HelperThreads() {
	}

	static void start(String name, Runnable task) {
		if (START_VIRTUAL == null) {
			daemon(name, task).start();
			return;
		}
		try {
			Thread thread = (Thread) START_VIRTUAL.invokeExact(task);
			thread.setName(name);
		}
		catch (RuntimeException | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A platform thread that does not keep the JVM alive, not started.
	 */
	static Thread daemon(String name, Runnable task) {
		Thread thread = new Thread(null, task, name, 0, false);
		thread.setDaemon(true);
		return thread;
	}

	private static @Nullable MethodHandle findStartVirtual() {
		try {
			return MethodHandles.publicLookup()
				.findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
		}
		catch (NoSuchMethodException | IllegalAccessException ex) {
			return null;
		}
	}

}
