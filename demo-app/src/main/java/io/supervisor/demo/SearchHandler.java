package io.supervisor.demo;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Answers the requests to the front end.
 */
@Component
class SearchHandler implements HttpHandler {

	private static final int MAX_QUERY = 200;

	private static final Set<String> METHODS = Set.of("GET", "HEAD");

	private static final Map<String, String> HEADERS = Map.of("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer");

	private static final Resource STYLE = new ClassPathResource("style.css", SearchHandler.class);

	private static final Logger logger = LoggerFactory.getLogger(SearchHandler.class);

	private final Search search;

	private final SearchPage page;

	SearchHandler(Search search, SearchPage page) {
		this.search = search;
		this.page = page;
	}

	@Override
	public void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			send(exchange, METHODS.contains(exchange.getRequestMethod()) ? answer(exchange.getRequestURI())
					: Answer.html(405, this.page.message("Only GET and HEAD are understood")));
		}
	}

	private Answer answer(URI request) {
		try {
			return switch (request.getPath()) {
				case "/" -> Answer.html(200, search(request));
				case "/style.css" -> new Answer(200, "text/css", STYLE.getContentAsString(StandardCharsets.UTF_8));
				default -> Answer.html(404, this.page.message("There is no such page"));
			};
		}
		catch (Exception ex) {
			logger.error("Request {} failed", request, ex);
			return new Answer(500, "text/plain", "The search failed; the log says why.");
		}
	}

	private String search(URI request) throws IOException {
		String query = parameter(request, "q").strip();
		query = query.substring(0, Math.min(query.length(), MAX_QUERY));
		return query.isEmpty() ? this.page.empty() : this.page.of(this.search.find(query, number(request)));
	}

	private static int number(URI request) {
		String page = parameter(request, "page");
		return page.matches("[1-9]\\d{0,3}") ? Integer.parseInt(page) : 1;
	}

	private static String parameter(URI request, String name) {
		String value = UriComponentsBuilder.fromUri(request).build().getQueryParams().getFirst(name);
		return (value != null) ? URLDecoder.decode(value, StandardCharsets.UTF_8) : "";
	}

	private static void send(HttpExchange exchange, Answer answer) throws IOException {
		HEADERS.forEach(exchange.getResponseHeaders()::set);
		exchange.getResponseHeaders().set("Content-Type", answer.type() + "; charset=utf-8");
		byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
		if (exchange.getRequestMethod().equals("HEAD")) {
			exchange.sendResponseHeaders(answer.status(), -1);
		}
		else {
			exchange.sendResponseHeaders(answer.status(), body.length);
			exchange.getResponseBody().write(body);
		}
	}

	private record Answer(int status, String type, String body) {

		static Answer html(int status, String body) {
			return new Answer(status, "text/html", body);
		}

	}

}
