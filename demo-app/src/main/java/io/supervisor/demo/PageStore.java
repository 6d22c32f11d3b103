package io.supervisor.demo;

import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.supervisor.ServiceContext;

import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.util.Assert;

/**
 * Keeps pages, links, ranks and the frontier of the crawl in the database. Only the
 * crawler stores pages, and only {@code pageRank} stores ranks. Where several replicas
 * share the database, each page is the work of one shard of the crawler, and what a run
 * writes that has lost its lease without noticing is refused.
 */
@Component
class PageStore {

	private final JdbcClient jdbc;

	private final JdbcOperations batch;

	private final TransactionOperations transaction;

	PageStore(JdbcClient jdbc, JdbcOperations batch, TransactionOperations transaction) {
		this.jdbc = jdbc;
		this.batch = batch;
		this.transaction = transaction;
	}

	/**
	 * The identity of this database, by which an index knows whether it belongs to it.
	 * @return a text that no other database has
	 */
	String identity() {
		this.jdbc.sql("insert into store (id, identity) values (1, :new) on conflict do nothing")
			.param("new", UUID.randomUUID().toString())
			.update();
		return this.jdbc.sql("select identity from store").query(String.class).single();
	}

	/**
	 * Add pages to the frontier, unless they are known.
	 * @param urls their URLs
	 * @param depth the number of links that they are away from their seed
	 */
	void enqueue(Collection<URI> urls, int depth) {
		this.batch.batchUpdate("insert into page (url, depth, part) values (?, ?, ?) on conflict do nothing",
				urls.stream().map((url) -> new Object[] { url.toString(), depth, Urls.part(url) }).toList());
	}

	/**
	 * The page that has waited longest in the frontier.
	 * @param crawler whose shard the page is to belong to
	 * @return the page, or empty if there is none
	 */
	Optional<Target> next(ServiceContext crawler) {
		return this.jdbc.sql("""
				select id, url, depth from page where revision = 0 and mod(part, :shards) = :shard
				order by revision, id limit 1""")
			.param("shards", crawler.shardCount())
			.param("shard", crawler.shard())
			.query(PageStore::target)
			.optional();
	}

	/**
	 * The page whose copy is oldest.
	 * @param age the age that it has at least
	 * @param crawler whose shard the page is to belong to
	 * @return the page, or empty if there is none of that age
	 */
	Optional<Target> nextOlderThan(Duration age, ServiceContext crawler) {
		return this.jdbc.sql("""
				select id, url, depth from page where fetched_at <= :before and mod(part, :shards) = :shard
				order by fetched_at limit 1""")
			.param("before", now().minus(age))
			.param("shards", crawler.shardCount())
			.param("shard", crawler.shard())
			.query(PageStore::target)
			.optional();
	}

	/**
	 * Store what a page turned out to be, all of it or nothing.
	 * @param target the page
	 * @param fetched what it turned out to be
	 * @param maxDepth how far from its seed a page may be that is added to the frontier
	 * @param crawler the run that writes
	 */
	void save(Target target, Fetched fetched, int maxDepth, ServiceContext crawler) {
		this.transaction.executeWithoutResult((status) -> {
			admit(crawler);
			savePage(target, fetched, nextRevision());
			if (target.depth() < maxDepth) {
				enqueue(fetched.links(), target.depth() + 1);
			}
			saveLinks(target, fetched.links());
		});
	}

	/**
	 * Refuse what a run writes after a later one has written: it was paused, lost its
	 * lease to that one, and has not noticed yet.
	 */
	private void admit(ServiceContext run) {
		if (!raiseToken(run)) {
			this.jdbc.sql("insert into writer (service, token) values (:service, 0) on conflict do nothing")
				.param("service", run.serviceName())
				.update();
			Assert.state(raiseToken(run), () -> "A later run of '%s' than the one with token %s has written"
				.formatted(run.serviceName(), run.fencingToken()));
		}
	}

	private boolean raiseToken(ServiceContext run) {
		return this.jdbc.sql("update writer set token = :token where service = :service and token <= :token")
			.param("service", run.serviceName())
			.param("token", run.fencingToken())
			.update() > 0;
	}

	/**
	 * The number of the change that this transaction makes. Until it ends no other
	 * transaction gets one, so that changes become visible in their order.
	 */
	private long nextRevision() {
		identity();
		this.jdbc.sql("update store set revision = revision + 1").update();
		return revision();
	}

	private void savePage(Target target, Fetched fetched, long revision) {
		this.jdbc.sql("""
				update page set status = :status, title = :title, fetched_at = :now, revision = :revision
				where id = :id""")
			.param("status", fetched.status())
			.param("title", fetched.title())
			.param("now", now())
			.param("revision", revision)
			.param("id", target.id())
			.update();
		this.jdbc.sql("delete from content where page = :id").param("id", target.id()).update();
		this.jdbc.sql("insert into content (page, body) values (:id, :body)")
			.param("id", target.id())
			.param("body", fetched.text())
			.update();
	}

	private void saveLinks(Target source, Collection<URI> urls) {
		this.jdbc.sql("delete from link where source = :id").param("id", source.id()).update();
		this.batch.batchUpdate("insert into link (source, target) select ?, id from page where url = ?",
				urls.stream().distinct().map((url) -> new Object[] { source.id(), url.toString() }).toList());
	}

	/**
	 * The number of the last change.
	 * @return 0 if nothing was stored so far
	 */
	long revision() {
		return this.jdbc.sql("select coalesce(max(revision), 0) from store").query(Long.class).single();
	}

	/**
	 * The pages that were stored after a certain change.
	 * @param revision the number of that change
	 * @param limit how many to return at most
	 * @return the pages in the order in which they were stored
	 */
	List<Change> changesSince(long revision, int limit) {
		return this.jdbc.sql("""
				select id, url, title, body, status, revision from page join content on page = id
				where revision > :revision order by revision limit :limit""")
			.param("revision", revision)
			.param("limit", limit)
			.query((row, number) -> new Change(row.getLong("revision"), row.getInt("status"), page(row)))
			.list();
	}

	Map<Long, Page> pages(Collection<Long> ids) {
		if (ids.isEmpty()) {
			return Map.of();
		}
		return this.jdbc.sql("select id, url, title, body from page join content on page = id where id in (:ids)")
			.param("ids", ids)
			.query((row, number) -> page(row))
			.stream()
			.collect(Collectors.toMap(Page::id, Function.identity()));
	}

	/**
	 * The pages that take part in the ranking: those that were found, and redirects,
	 * which pass on what they get.
	 * @return their numbers
	 */
	List<Long> rankable() {
		return this.jdbc.sql("select id from page where status between 200 and 399").query(Long.class).list();
	}

	List<Link> links() {
		return this.jdbc.sql("select source, target from link")
			.query((row, number) -> new Link(row.getLong("source"), row.getLong("target")))
			.list();
	}

	/**
	 * Replace all ranks, in one step.
	 * @param ranks the ranks by page
	 * @param pageRank the run that writes
	 */
	void saveRanks(Map<Long, Double> ranks, ServiceContext pageRank) {
		this.transaction.executeWithoutResult((status) -> {
			admit(pageRank);
			this.jdbc.sql("delete from page_rank").update();
			this.batch.batchUpdate("insert into page_rank (page, score) values (?, ?)",
					ranks.entrySet().stream().map((rank) -> new Object[] { rank.getKey(), rank.getValue() }).toList());
		});
	}

	Map<Long, Double> ranks(Collection<Long> ids) {
		if (ids.isEmpty()) {
			return Map.of();
		}
		Map<Long, Double> ranks = new HashMap<>();
		this.jdbc.sql("select page, score from page_rank where page in (:ids)").param("ids", ids).query((row) -> {
			ranks.put(row.getLong("page"), row.getDouble("score"));
		});
		return ranks;
	}

	/**
	 * The number of pages that can be found.
	 * @return the number of pages with text
	 */
	long size() {
		return this.jdbc.sql("select count(*) from page where status = 200").query(Long.class).single();
	}

	Statistics statistics() {
		return this.jdbc.sql("""
				select (select count(*) from page where status = 200) as pages,
					(select count(*) from link) as links,
					(select count(*) from page_rank join page on id = page where status = 200) as ranked""")
			.query((row, number) -> new Statistics(row.getLong("pages"), row.getLong("links"), row.getLong("ranked")))
			.single();
	}

	private static OffsetDateTime now() {
		return OffsetDateTime.now(ZoneOffset.UTC);
	}

	private static Target target(ResultSet row, int number) throws SQLException {
		return new Target(row.getLong("id"), URI.create(row.getString("url")), row.getInt("depth"));
	}

	private static Page page(ResultSet row) throws SQLException {
		return new Page(row.getLong("id"), URI.create(row.getString("url")), row.getString("title"),
				row.getString("body"));
	}

}
