package io.supervisor.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Brings the index up to the state of the store, again and again. The store is always
 * written first and the index says how far it has followed, so after any end of the
 * process the next start only has to go on following.
 */
@Component
class Indexer implements Service {

	private static final int BATCH = 200;

	private static final Duration INTERVAL = Duration.ofSeconds(1);

	private static final Logger logger = LoggerFactory.getLogger(Indexer.class);

	private final PageStore store;

	private final SearchIndex index;

	Indexer(PageStore store, SearchIndex index) {
		this.store = store;
		this.index = index;
	}

	@Override
	public boolean announcesReadiness() {
		return true;
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		open(context);
		context.ready();
		while (!context.awaitCancellation(INTERVAL)) {
			catchUp(context);
		}
	}

	/**
	 * Make sure that the index belongs to the store: it does not if either was deleted or
	 * exchanged, or if a crash cost the store its last changes.
	 * @param context asked whether to stop early
	 * @throws IOException if the index cannot be read or written
	 */
	void open(ServiceContext context) throws IOException {
		String store = this.store.identity();
		if (!this.index.store().equals(store) || this.index.revision() > this.store.revision()) {
			logger.info("Index starts anew, with the {} pages that are stored", this.store.size());
			this.index.follow(store);
		}
		// not for as long as the crawler stores more: then it might never be ready
		catchUp(context, this.store.revision());
	}

	/**
	 * Index what was stored since the last call.
	 * @param context asked whether to stop early
	 * @throws IOException if the index cannot be read or written
	 */
	void catchUp(ServiceContext context) throws IOException {
		catchUp(context, Long.MAX_VALUE);
	}

	private void catchUp(ServiceContext context, long revision) throws IOException {
		List<Change> changes = next();
		while (!changes.isEmpty() && this.index.revision() < revision && !context.isCancelled()) {
			this.index.apply(changes);
			changes = next();
		}
	}

	private List<Change> next() throws IOException {
		return this.store.changesSince(this.index.revision(), BATCH);
	}

}
