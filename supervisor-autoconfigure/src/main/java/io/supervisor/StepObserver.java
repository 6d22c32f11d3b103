package io.supervisor;

import java.util.concurrent.Callable;

/**
 * Sees the steps of services, to measure or to trace them: see
 * {@link ServiceGroup.Builder#stepObserver(StepObserver)}. Called on the thread that
 * makes the step, and for many threads at once.
 */
public interface StepObserver {

	/**
	 * Do the work of a step, once, on the calling thread. Whatever it leaves on the
	 * thread meanwhile must be gone when it returns or throws.
	 * @param <T> the type of the result
	 * @param context the run that the step is a part of
	 * @param step the name of the step
	 * @param work the work
	 * @return what the work returned
	 * @throws Exception what the work throws
	 */
	<T> T observe(ServiceContext context, String step, Callable<T> work) throws Exception;

}
