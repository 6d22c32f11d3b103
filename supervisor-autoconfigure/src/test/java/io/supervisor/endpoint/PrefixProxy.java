package io.supervisor.endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * A reverse proxy that takes a prefix off the address, as an ingress does.
 */
final class PrefixProxy implements AutoCloseable {

	private final HttpClient client = HttpClient.newHttpClient();

	private final String prefix;

	private final URI target;

	private final HttpServer server;

	PrefixProxy(String prefix, URI target) throws IOException {
		this.prefix = prefix;
		this.target = target;
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext(prefix + "/", this::forward);
		this.server.start();
	}

	URI uri(String path) {
		return URI.create("http://127.0.0.1:" + this.server.getAddress().getPort() + this.prefix + path);
	}

	private void forward(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().getRawPath().substring(this.prefix.length() + 1);
			HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.target + path.replaceAll("/+$", "")))
				.method(exchange.getRequestMethod(), BodyPublishers.ofInputStream(exchange::getRequestBody));
			for (String header : List.of("Accept", "Content-Type")) {
				String value = exchange.getRequestHeaders().getFirst(header);
				if (value != null) {
					request.header(header, value);
				}
			}
			request.header("X-Forwarded-Prefix", this.prefix);
			HttpResponse<byte[]> response = this.client.send(request.build(), BodyHandlers.ofByteArray());
			response.headers()
				.firstValue("Content-Type")
				.ifPresent((type) -> exchange.getResponseHeaders().set("Content-Type", type));
			exchange.sendResponseHeaders(response.statusCode(), response.body().length);
			exchange.getResponseBody().write(response.body());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

}
