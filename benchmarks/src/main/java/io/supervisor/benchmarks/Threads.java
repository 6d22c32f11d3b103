package io.supervisor.benchmarks;

import java.lang.reflect.Method;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * The two kinds of threads. The classes run on Java 17, which has one of them.
 */
public enum Threads {

	/**
	 * Threads of the JVM.
	 */
	VIRTUAL,

	/**
	 * Threads of the operating system.
	 */
	PLATFORM;

	/**
	 * Virtual where there are such threads.
	 * @return the kind
	 */
	public static Threads best() {
		return hasVirtual() ? VIRTUAL : PLATFORM;
	}

	/**
	 * Whether this JVM has virtual threads.
	 * @return {@code true} from Java 21 on
	 */
	public static boolean hasVirtual() {
		return Runtime.version().feature() >= 21;
	}

	/**
	 * A factory of bare threads: none has a name or does anything but its task.
	 * @return the factory
	 */
	public ThreadFactory factory() {
		if (this == PLATFORM) {
			return Thread::new;
		}
		try {
			Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
			Method factory = Class.forName("java.lang.Thread$Builder").getMethod("factory");
			return (ThreadFactory) factory.invoke(builder);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("There are no virtual threads before Java 21", ex);
		}
	}

	/**
	 * A new thread for each task, which nothing else keeps account of.
	 * @return the executor
	 */
	public Executor perTask() {
		ThreadFactory factory = factory();
		return (task) -> factory.newThread(task).start();
	}

}
