package io.supervisor.demo;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FrontEnd} and {@link SearchHandler}.
 */
@Timeout(30)
class FrontEndTests {

	private final HttpClient client = HttpClient.newHttpClient();

	private final FakeServiceContext context = new FakeServiceContext();

	private final CompletableFuture<URI> address = new CompletableFuture<>();

	private final TestStore store = new TestStore();

	private SearchIndex index;

	private FutureTask<Void> run;

	@BeforeEach
	void start() throws Exception {
		this.index = new SearchIndex(new ByteBuffersDirectory());
		this.store.add("http://example.org/a", "An apple a day");
		new Indexer(this.store, this.index).catchUp(new FakeServiceContext());
		Search search = new Search(this.index, this.store, new BundledSite(new MockEnvironment()));
		FrontEnd frontEnd = new FrontEnd(TestProperties.with("links.front-end.port=0"),
				new SearchHandler(search, new SearchPage(this.store)),
				(event) -> this.address.complete(((FrontEndStartedEvent) event).address()));
		this.run = new FutureTask<>(() -> {
			frontEnd.run(this.context);
			return null;
		});
		new Thread(this.run).start();
		this.context.awaitReady();
	}

	@AfterEach
	void stop() throws Exception {
		this.context.cancel();
		this.run.get(10, TimeUnit.SECONDS);
		this.index.close();
		this.store.close();
	}

	@Test
	void search() throws Exception {
		HttpResponse<String> response = get("?q=apple");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("http://example.org/a", "<mark>apple</mark>");
		assertThat(response.headers().firstValue("Content-Security-Policy")).hasValueSatisfying(
				(policy) -> assertThat(policy).startsWith("default-src 'none'").doesNotContain("unsafe"));
	}

	@Test
	void queryOfAnyKind() throws Exception {
		assertThat(get("?q=%3Cscript%3E").body()).doesNotContain("<script>").contains("&lt;script&gt;");
		assertThat(get("?q=apple&page=-1").statusCode()).isEqualTo(200);
		assertThat(get("?q=apple&page=x").statusCode()).isEqualTo(200);
		assertThat(get("?q=" + "a".repeat(5000)).statusCode()).isEqualTo(200);
		assertThat(get("?q").statusCode()).isEqualTo(200);
		assertThat(get("").body()).contains("1 pages");
	}

	@Test
	void style() throws Exception {
		assertThat(get("style.css").headers().firstValue("Content-Type")).contains("text/css; charset=utf-8");
	}

	@Test
	void nothingElse() throws Exception {
		assertThat(get("application.yml").statusCode()).isEqualTo(404);
		HttpRequest post = HttpRequest.newBuilder(this.address.get()).POST(BodyPublishers.ofString("q=a")).build();
		assertThat(this.client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(405);
	}

	@Test
	void cancelFreesThePort() throws Exception {
		assertThat(get("").statusCode()).isEqualTo(200);
		this.context.cancel();
		this.run.get(10, TimeUnit.SECONDS);
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> get(""));
	}

	private HttpResponse<String> get(String path) throws Exception {
		return this.client.send(HttpRequest.newBuilder(this.address.get().resolve("/" + path)).build(),
				BodyHandlers.ofString());
	}

}
