package io.supervisor.demo;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Follows links from the seeds and stores what it finds. All it has to remember is in the
 * database, so that each run goes on where the last one ended, however it ended, and in
 * whichever replica. With {@code supervisor.services.crawler.shards} each run takes care
 * of some of the hosts.
 */
@Component
class Crawler implements Service {

	private static final Duration IDLE = Duration.ofSeconds(1);

	private static final Logger logger = LoggerFactory.getLogger(Crawler.class);

	private final LinksProperties properties;

	private final BundledSite site;

	private final Fetcher fetcher;

	private final PageStore store;

	Crawler(LinksProperties properties, BundledSite site, Fetcher fetcher, PageStore store) {
		this.properties = properties;
		this.site = site;
		this.fetcher = fetcher;
		this.store = store;
	}

	@Override
	public boolean announcesReadiness() {
		return true;
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		List<URI> seeds = seeds();
		if (seeds.isEmpty()) {
			logger.warn("Nothing to crawl: the bundled site needs the web server that serves it; set links.seeds");
			context.ready();
			context.awaitCancellation();
			return;
		}
		this.store.enqueue(seeds, 0);
		crawl(UrlFilter.of(seeds, this.properties.allowedHosts()), context);
	}

	private List<URI> seeds() {
		if (this.properties.seeds().isEmpty()) {
			return this.site.isServed() ? List.of(BundledSite.START) : List.of();
		}
		return this.properties.seeds()
			.stream()
			.flatMap((seed) -> Urls.parse(seed.toString()).stream())
			.map(this.site::relativize)
			.toList();
	}

	private void crawl(UrlFilter filter, ServiceContext context) throws Exception {
		Politeness politeness = new Politeness(System::nanoTime, this.properties.delay());
		while (!context.isCancelled()) {
			Optional<Target> target = next(context);
			if (target.isPresent()) {
				visit(target.get(), filter, politeness, context);
			}
			else {
				context.awaitCancellation(IDLE);
			}
			context.ready();
		}
	}

	private Optional<Target> next(ServiceContext context) {
		Optional<Target> next = (this.store.size() < this.properties.maxPages()) ? this.store.next(context)
				: Optional.empty();
		return next.or(() -> this.store.nextOlderThan(this.properties.recrawlAfter(), context));
	}

	private void visit(Target target, UrlFilter filter, Politeness politeness, ServiceContext context)
			throws Exception {
		if (!filter.admits(target.url())) {
			this.store.save(target, Fetched.nothing(Fetched.FORBIDDEN), 0, context);
			return;
		}
		URI location = this.site.locate(target.url());
		if (context.awaitCancellation(politeness.reserve(location))) {
			return;
		}
		Fetched fetched = context.interruptibly(() -> fetch(target, location));
		List<URI> links = filter.filter(fetched.links().stream().map(this.site::relativize).toList());
		this.store.save(target, fetched.withLinks(links), this.properties.maxDepth(), context);
	}

	/**
	 * A page that is broken is nothing special; a seed that is, or a host that nobody
	 * answers at, fails the service, so that it is tried again after a while.
	 */
	private Fetched fetch(Target target, URI location) throws IOException, InterruptedException {
		try {
			Fetched fetched = this.fetcher.fetch(location);
			if (target.isSeed() && !fetched.isPage()) {
				throw new IllegalStateException(
						"Seed %s answered with status %s".formatted(location, fetched.status()));
			}
			return fetched;
		}
		catch (IOException ex) {
			if (target.isSeed() || ex.getCause() instanceof ConnectException) {
				throw ex;
			}
			logger.debug("Page {} left out", location, ex);
			return Fetched.nothing(Fetched.NO_ANSWER);
		}
	}

}
