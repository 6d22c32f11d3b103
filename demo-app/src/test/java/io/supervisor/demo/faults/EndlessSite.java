package io.supervisor.demo.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * A site that a crawler never gets to the end of. What is on a page follows from its
 * number, so that a stored page can be held against the one that was served.
 */
final class EndlessSite implements AutoCloseable {

	private static final int WORDS = 100;

	private final HttpServer server;

	private final ExecutorService requests = Executors.newCachedThreadPool();

	EndlessSite() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.requests);
		this.server.createContext("/", this::handle);
		this.server.start();
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().getPath();
			boolean isPage = path.matches("/\\d+");
			byte[] body = (isPage ? html(Long.parseLong(path.substring(1))) : "").getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "text/html;charset=utf-8");
			exchange.sendResponseHeaders(isPage ? 200 : 404, isPage ? body.length : -1);
			exchange.getResponseBody().write(body);
		}
	}

	private String html(long number) {
		String links = links(url(number)).stream()
			.map((url) -> "<a href=\"%s\">next</a>".formatted(url))
			.collect(Collectors.joining("\n"));
		return "<title>%s</title><main>%s</main><nav>%s</nav>".formatted(title(url(number)), text(url(number)), links);
	}

	URI start() {
		return URI.create(url(1));
	}

	String title(String url) {
		return "Page " + number(url);
	}

	String text(String url) {
		long number = number(url);
		return new Random(number).ints(WORDS, 0, 5000)
			.mapToObj((word) -> "word" + word)
			.collect(Collectors.joining(" ", word(number) + " ", ""));
	}

	/**
	 * A word that is only on one page.
	 */
	static String word(long number) {
		return "only" + number;
	}

	/**
	 * Two pages that no page before leads to, and one that others lead to as well.
	 */
	Set<String> links(String url) {
		long number = number(url);
		return Set.of(url(2 * number), url(2 * number + 1), url(number / 3 + 1));
	}

	private String url(long number) {
		return "http://127.0.0.1:%s/%s".formatted(this.server.getAddress().getPort(), number);
	}

	private static long number(String url) {
		return Long.parseLong(url.substring(url.lastIndexOf('/') + 1));
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.requests.shutdownNow();
	}

}
