package io.supervisor.demo;

/**
 * A page that was stored anew, for the index.
 *
 * @param revision the number of the change
 * @param status what {@link Fetched#status()} was
 * @param page the page as it is now
 */
record Change(long revision, int status, Page page) {

	boolean isSearchable() {
		return this.status == Fetched.OK;
	}

}
