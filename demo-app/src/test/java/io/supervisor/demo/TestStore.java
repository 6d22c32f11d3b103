package io.supervisor.demo;

import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A store in a database in memory.
 */
class TestStore extends PageStore implements AutoCloseable {

	private final SingleConnectionDataSource dataSource;

	TestStore() {
		this(new SingleConnectionDataSource("jdbc:h2:mem:" + UUID.randomUUID() + ";MODE=PostgreSQL", true));
	}

	private TestStore(SingleConnectionDataSource dataSource) {
		super(JdbcClient.create(dataSource), new JdbcTemplate(dataSource),
				new TransactionTemplate(new DataSourceTransactionManager(dataSource)));
		this.dataSource = dataSource;
		createSchema();
	}

	final void createSchema() {
		new ResourceDatabasePopulator(new ClassPathResource("schema.sql")).execute(this.dataSource);
	}

	/**
	 * Store a page as the crawler does.
	 * @param url its URL
	 * @param text its title and text
	 * @param links where it leads to
	 * @return its number
	 */
	long add(String url, String text, String... links) {
		return add(url, new Fetched(Fetched.OK, text, text, List.of(links).stream().map(URI::create).toList()));
	}

	long add(String url, Fetched fetched) {
		enqueue(List.of(URI.create(url)), 0);
		long id = id(url);
		save(new Target(id, URI.create(url), 0), fetched, Integer.MAX_VALUE, new FakeServiceContext());
		return id;
	}

	long id(String url) {
		return JdbcClient.create(this.dataSource)
			.sql("select id from page where url = ?")
			.param(url)
			.query(Long.class)
			.single();
	}

	Collection<String> frontier() {
		return JdbcClient.create(this.dataSource)
			.sql("select url from page where revision = 0 order by id")
			.query(String.class)
			.list();
	}

	@Override
	public void close() {
		this.dataSource.destroy();
	}

}
