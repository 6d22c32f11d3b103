package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import javax.sql.DataSource;

import org.apache.lucene.document.Document;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.MultiBits;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.Bits;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a demo that has ended left behind, looked at from outside: through JDBC and
 * Lucene, with none of its classes.
 *
 * @param pages number of pages that are in the database
 * @param revision number of changes that the database has seen
 * @param indexed number of changes that the index has followed
 */
record StoredPages(long pages, long revision, long indexed) {

	static final StoredPages NONE = new StoredPages(0, 0, 0);

	/**
	 * Check that all is whole, and nothing less than it was.
	 * @param dataSource the database
	 * @param directory the directory of the index
	 * @param site what was crawled
	 * @return how much there is
	 */
	static StoredPages check(DataSource dataSource, Path directory, EndlessSite site) throws IOException {
		JdbcClient jdbc = JdbcClient.create(dataSource);
		if (!hasSchema(jdbc)) {
			return NONE;
		}
		Map<Long, Row> stored = pages(jdbc);
		checkPages(stored, jdbc, site);
		long revision = jdbc.sql("select coalesce(max(revision), 0) from store").query(Long.class).single();
		assertThat(stored.values()).extracting(Row::revision)
			.doesNotHaveDuplicates()
			.allSatisfy((own) -> assertThat(own).isLessThanOrEqualTo(revision));
		return new StoredPages(stored.size(), revision, checkIndex(stored, revision, jdbc, directory));
	}

	/**
	 * The process may have ended before there was one.
	 */
	private static boolean hasSchema(JdbcClient jdbc) {
		return jdbc.sql("select count(*) from information_schema.tables where lower(table_name) = 'page_rank'")
			.query(Long.class)
			.single() > 0;
	}

	private static Map<Long, Row> pages(JdbcClient jdbc) {
		Map<Long, Row> pages = new HashMap<>();
		jdbc.sql("""
				select id, url, status, title, body, revision from page left join content on page = id
				where revision > 0""").query((row) -> {
			pages.put(row.getLong("id"), new Row(row.getString("url"), row.getInt("status"), row.getString("title"),
					row.getString("body"), row.getLong("revision")));
		});
		return pages;
	}

	/**
	 * A page that is stored has its text and all its links, as they were served.
	 */
	private static void checkPages(Map<Long, Row> stored, JdbcClient jdbc, EndlessSite site) {
		Map<Long, Set<String>> links = new HashMap<>();
		jdbc.sql("select source, url from link join page on id = target").query((row) -> {
			links.computeIfAbsent(row.getLong("source"), (source) -> new HashSet<>()).add(row.getString("url"));
		});
		assertThat(links.keySet()).isSubsetOf(stored.keySet());
		stored.forEach((id, page) -> {
			assertThat(page.status).as(page.url).isEqualTo(200);
			assertThat(page.title).as(page.url).isEqualTo(site.title(page.url));
			assertThat(page.body).as(page.url).isEqualTo(site.text(page.url));
			assertThat(links.get(id)).as(page.url).isEqualTo(site.links(page.url));
		});
	}

	/**
	 * The index is sound and has what the database says that it has.
	 */
	private static long checkIndex(Map<Long, Row> stored, long revision, JdbcClient jdbc, Path path)
			throws IOException {
		try (Directory directory = new NIOFSDirectory(path)) {
			if (!DirectoryReader.indexExists(directory)) {
				return 0;
			}
			try (CheckIndex check = new CheckIndex(directory)) {
				assertThat(check.checkIndex().clean).isTrue();
			}
			try (DirectoryReader reader = DirectoryReader.open(directory)) {
				Map<String, String> marks = reader.getIndexCommit().getUserData();
				long indexed = Long.parseLong(marks.getOrDefault("revision", "0"));
				assertThat(indexed).isLessThanOrEqualTo(revision);
				if (indexed > 0) {
					assertThat(jdbc.sql("select identity from store").query(String.class).single())
						.isEqualTo(marks.get("store"));
				}
				Set<Long> ids = ids(reader);
				assertThat(ids).isSubsetOf(stored.keySet());
				stored.forEach((id, page) -> assertThat(page.revision > indexed || ids.contains(id))
					.as("%s, of revision %d, is in the index up to %d", page.url, page.revision, indexed)
					.isTrue());
				return indexed;
			}
		}
	}

	private static Set<Long> ids(DirectoryReader reader) throws IOException {
		Set<Long> ids = new HashSet<>();
		Bits live = MultiBits.getLiveDocs(reader);
		for (int i = 0; i < reader.maxDoc(); i++) {
			if (live == null || live.get(i)) {
				Document document = reader.storedFields().document(i);
				assertThat(ids.add(Long.valueOf(document.get("id")))).as("no page twice").isTrue();
			}
		}
		return ids;
	}

	/**
	 * Check that nothing is lost of what there was before.
	 */
	StoredPages assertNotLessThan(StoredPages before) {
		assertThat(this.pages).isGreaterThanOrEqualTo(before.pages);
		assertThat(this.revision).isGreaterThanOrEqualTo(before.revision);
		assertThat(this.indexed).isGreaterThanOrEqualTo(before.indexed);
		return this;
	}

	private record Row(String url, int status, String title, String body, long revision) {

	}

}
