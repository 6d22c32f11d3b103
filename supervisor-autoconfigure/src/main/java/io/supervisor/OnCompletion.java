package io.supervisor;

/**
 * What it means when a service returns before it was cancelled (rule 10).
 */
public enum OnCompletion {

	/**
	 * The service has done its work; the others go on.
	 */
	CONTINUE,

	/**
	 * It should not have returned: a failure, from here on like any other.
	 */
	FAIL,

	/**
	 * Its end is the end of the group's work: the group stops and is
	 * {@link GroupState#COMPLETED}.
	 */
	STOP_GROUP

}
