package io.supervisor.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * A site on a free port. What it does not have is answered with 404.
 */
class TestSite implements AutoCloseable {

	private final HttpServer server;

	private final Map<String, Answer> answers = new ConcurrentHashMap<>();

	private final List<String> requests = new CopyOnWriteArrayList<>();

	TestSite() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::handle);
		this.server.start();
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().toString();
			this.requests.add(path);
			Answer answer = this.answers.getOrDefault(path, new Answer(404, "Content-Type", "text/html", ""));
			exchange.getResponseHeaders().set(answer.header(), answer.value());
			byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(answer.status(), (body.length != 0) ? body.length : -1);
			exchange.getResponseBody().write(body);
		}
	}

	TestSite page(String path, String body) {
		return answer(path, 200, "Content-Type", "text/html", body);
	}

	TestSite answer(String path, int status, String header, String value, String body) {
		this.answers.put(path, new Answer(status, header, value, body));
		return this;
	}

	URI url(String path) {
		return URI.create("http://127.0.0.1:%s%s".formatted(this.server.getAddress().getPort(), path));
	}

	List<String> requests() {
		return this.requests;
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

	private record Answer(int status, String header, String value, String body) {

	}

}
