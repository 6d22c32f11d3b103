package io.supervisor;

/**
 * The handle of an action registered with {@link ServiceContext#onCancel(Runnable)}.
 */
@FunctionalInterface
public interface Registration extends AutoCloseable {

	/**
	 * Withdraw the action. Does not wait for one that is already running, and does
	 * nothing when the action has run or was withdrawn before. Callable from any thread.
	 */
	@Override
	void close();

}
