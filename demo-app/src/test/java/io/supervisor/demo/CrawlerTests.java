package io.supervisor.demo;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Crawler}.
 */
class CrawlerTests {

	private static final Duration IDLE = Duration.ofSeconds(1);

	private final MockEnvironment environment = new MockEnvironment();

	private final TestStore store = new TestStore();

	private TestSite site;

	@BeforeEach
	void start() throws IOException {
		this.site = new TestSite();
	}

	@AfterEach
	void stop() {
		this.site.close();
		this.store.close();
	}

	@Test
	void announcesReadiness() {
		assertThat(crawler().announcesReadiness()).isTrue();
	}

	@Test
	void followsLinksUntilNoneIsLeft() throws Exception {
		this.site.page("/", "<a href=/a>a</a> <a href=/gone>gone</a> <a href=https://example.org/>other</a>")
			.page("/a", "<title>Apples</title><a href=/>home</a> <a href=/b>b</a>")
			.page("/b", "<title>Pears</title>");
		FakeServiceContext context = crawlUntilIdle();
		assertThat(context.isReady()).isTrue();
		assertThat(this.site.requests()).containsExactly("/robots.txt", "/", "/a", "/gone", "/b");
		assertThat(this.store.statistics()).isEqualTo(new Statistics(3, 4, 0));
		assertThat(this.store.changesSince(0, 10)).extracting((change) -> change.page().title())
			.containsExactly("", "Apples", "", "Pears");
	}

	@Test
	void goesOnWhereItStopped() throws Exception {
		this.site.page("/", "<a href=/a>a</a> <a href=/b>b</a>").page("/a", "a").page("/b", "b");
		crawler("links.delay=7s").run(new FakeServiceContext().cancelOnWait(2));
		assertThat(this.site.requests()).containsExactly("/robots.txt", "/");
		assertThat(this.store.frontier()).hasSize(2);
		crawlUntilIdle();
		assertThat(this.site.requests()).containsExactly("/robots.txt", "/", "/robots.txt", "/a", "/b");
	}

	@Test
	void staysWithinDepth() throws Exception {
		this.site.page("/", "<a href=/a>a</a>").page("/a", "<a href=/b>b</a>").page("/b", "b");
		crawlUntilIdle("links.max-depth=1");
		assertThat(this.store.size()).isEqualTo(2);
		assertThat(this.site.requests()).doesNotContain("/b");
	}

	@Test
	void staysWithinNumberOfPages() throws Exception {
		this.site.page("/", "<a href=/a>a</a> <a href=/b>b</a>").page("/a", "a").page("/b", "b");
		crawlUntilIdle("links.max-pages=2");
		assertThat(this.store.size()).isEqualTo(2);
		assertThat(this.store.frontier()).hasSize(1);
	}

	@Test
	void leavesOutWhatNoLongerBelongsToTheCrawl() throws Exception {
		this.store.add("http://192.0.2.1/", "old", "http://192.0.2.1/a");
		this.site.page("/", "home");
		crawlUntilIdle();
		assertThat(this.store.frontier()).isEmpty();
		assertThat(this.store.size()).isEqualTo(2);
	}

	@Test
	void waitsBetweenRequestsToTheSameHost() throws Exception {
		this.site.page("/", "<a href=/a>a</a>").page("/a", "a");
		FakeServiceContext context = crawlUntilIdle("links.delay=7s");
		assertThat(context.waits()).hasSize(3);
		assertThat(context.waits().get(0)).isZero();
		assertThat(context.waits().get(1)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(7));
		assertThat(context.waits().get(2)).isEqualTo(IDLE);
	}

	@Test
	void seedThatIsMissingFailsTheService() {
		assertThatIllegalStateException().isThrownBy(() -> crawler().run(new FakeServiceContext()))
			.withMessage("Seed %s answered with status 404", this.site.url("/"));
		assertThat(this.store.frontier()).hasSize(1);
	}

	@Test
	void seedThatCannotBeReachedFailsTheServiceAndIsTriedAgain() throws Exception {
		URI seed = this.site.url("/");
		this.site.close();
		FakeServiceContext context = new FakeServiceContext();
		assertThatIOException().isThrownBy(() -> crawler("links.seeds=" + seed).run(context))
			.withMessageContaining("127.0.0.1:" + seed.getPort());
		assertThat(context.isReady()).isFalse();
		assertThat(this.store.frontier()).containsExactly(seed.toString());
	}

	@Test
	void hostThatIsDownFailsTheServiceAndKeepsTheFrontier() throws Exception {
		this.site.page("/", "<a href=/a>a</a>");
		crawler("links.delay=7s").run(new FakeServiceContext().cancelOnWait(2));
		Crawler crawler = crawler();
		this.site.close();
		assertThatIOException().isThrownBy(() -> crawler.run(new FakeServiceContext()));
		assertThat(this.store.frontier()).containsExactly(this.site.url("/a").toString());
	}

	@Test
	void cancelInTheMiddleOfAFetchStoresNothing() {
		FakeServiceContext context = new FakeServiceContext() {

			@Override
			public boolean awaitCancellation(Duration timeout) {
				cancel();
				return false;
			}

		};
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> crawler().run(context));
		assertThat(this.store.size()).isZero();
		assertThat(this.store.frontier()).hasSize(1);
	}

	@Test
	void bundledSiteIsTheDefault() throws Exception {
		this.environment.setProperty("local.server.port", Integer.toString(this.site.url("/").getPort()));
		this.site.page("/site/index.html", "<a href=a.html>a</a> <a href=/actuator>no</a>").page("/site/a.html", "a");
		crawlUntilIdle("links.seeds=");
		assertThat(this.site.requests()).containsExactly("/robots.txt", "/site/index.html", "/site/a.html");
		assertThat(this.store.pages(this.store.rankable()).values()).extracting(Page::url)
			.containsExactlyInAnyOrder(URI.create("/site/index.html"), URI.create("/site/a.html"));
	}

	@Test
	void nothingToCrawlIsNoFailure() throws Exception {
		FakeServiceContext context = new FakeServiceContext();
		context.cancel();
		crawler("links.seeds=").run(context);
		assertThat(context.isReady()).isTrue();
	}

	private FakeServiceContext crawlUntilIdle(String... properties) throws Exception {
		FakeServiceContext context = new FakeServiceContext().cancelOnWait(IDLE);
		crawler(properties).run(context);
		return context;
	}

	private Crawler crawler(String... properties) {
		String[] pairs = new String[properties.length + 1];
		pairs[0] = "links.seeds=" + this.site.url("/");
		System.arraycopy(properties, 0, pairs, 1, properties.length);
		LinksProperties linksProperties = TestProperties.with(pairs);
		return new Crawler(linksProperties, new BundledSite(this.environment), new Fetcher(linksProperties),
				this.store);
	}

}
