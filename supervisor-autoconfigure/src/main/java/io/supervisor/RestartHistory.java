package io.supervisor;

/**
 * What the restart decision looks back on.
 *
 * @param inARow restarts in a row so far
 * @param ready whether the run that ended had been ready
 * @param readySince when it became so, in nanoseconds of the group's clock
 */
record RestartHistory(int inARow, boolean ready, long readySince) {

	boolean upFor(long nanos, long now) {
		return this.ready && now - this.readySince >= nanos;
	}

}
