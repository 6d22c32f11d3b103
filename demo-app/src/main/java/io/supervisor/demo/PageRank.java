package io.supervisor.demo;

import java.util.Map;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.DependsOn;
import org.springframework.stereotype.Component;

/**
 * Ranks the stored pages, again and again while the crawl goes on.
 */
@Component
@DependsOn("crawler")
class PageRank implements Service {

	private static final Logger logger = LoggerFactory.getLogger(PageRank.class);

	private final LinksProperties properties;

	private final PageStore store;

	PageRank(LinksProperties properties, PageStore store) {
		this.properties = properties;
		this.store = store;
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		do {
			Map<Long, Double> ranks = Ranks.compute(this.store.rankable(), this.store.links());
			this.store.saveRanks(ranks, context);
			logger.debug("Ranked {} pages", ranks.size());
		}
		while (!context.awaitCancellation(this.properties.rankInterval()));
	}

}
