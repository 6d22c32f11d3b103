package io.supervisor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

import org.jspecify.annotations.Nullable;

/**
 * Makes the threads of a group that no executor provides.
 */
final class GroupThreads {

	/**
	 * {@code Thread.startVirtualThread}, of Java 21.
	 */
	private static final @Nullable MethodHandle START_VIRTUAL = findStartVirtual();

	/**
	 * {@code Thread.isVirtual}, of Java 21.
	 */
	private static final @Nullable MethodHandle IS_VIRTUAL = findIsVirtual();

	private GroupThreads() {
	}

	/**
	 * Start a thread for something short beside the services: virtual where there are
	 * such threads, else a daemon.
	 */
	static void start(String name, Runnable task) {
		if (START_VIRTUAL == null) {
			daemon(name, task, ServiceGroup.class.getClassLoader()).start();
			return;
		}
		Runnable named = () -> {
			Thread.currentThread().setName(name);
			task.run();
		};
		try {
			Thread thread = (Thread) START_VIRTUAL.invokeExact(named);
		}
		catch (RuntimeException | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Whether {@link #start(String, Runnable)} makes virtual threads, which share a pool
	 * of carriers with others.
	 */
	static boolean hasVirtual() {
		return START_VIRTUAL != null;
	}

	static boolean isVirtual(Thread thread) {
		if (IS_VIRTUAL == null) {
			return false;
		}
		try {
			return (boolean) IS_VIRTUAL.invokeExact(thread);
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A platform thread that does not keep the JVM alive, not started.
	 */
	static Thread daemon(String name, Runnable task, @Nullable ClassLoader classLoader) {
		Thread thread = platform(name, task, classLoader);
		thread.setDaemon(true);
		return thread;
	}

	/**
	 * A platform thread that keeps the JVM alive, not started. It takes over nothing from
	 * the thread that made it, which may serve a request.
	 * @param classLoader the one that sees the application (rule 34)
	 */
	static Thread platform(String name, Runnable task, @Nullable ClassLoader classLoader) {
		Thread thread = new Thread(null, task, name, 0, false);
		thread.setDaemon(false);
		thread.setContextClassLoader(classLoader);
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

	private static @Nullable MethodHandle findIsVirtual() {
		try {
			return MethodHandles.publicLookup()
				.findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
		}
		catch (NoSuchMethodException | IllegalAccessException ex) {
			return null;
		}
	}

}
