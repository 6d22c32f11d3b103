package io.supervisor.demo;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/**
 * Fetches pages and takes title, text and links out of them. Every method may be
 * interrupted.
 */
@Component
class Fetcher {

	private static final int MAX_BYTES = 4 * 1024 * 1024;

	private static final int MAX_TITLE = 300;

	private static final int MAX_TEXT = 200_000;

	private final LinksProperties properties;

	private final HttpClient client;

	private final Map<String, RobotsTxt> robots = new ConcurrentHashMap<>();

	Fetcher(LinksProperties properties) {
		this.properties = properties;
		// Without TLS, HTTP/2 would be offered anew with each request
		this.client = HttpClient.newBuilder().version(Version.HTTP_1_1).connectTimeout(properties.timeout()).build();
	}

	/**
	 * Fetch a page.
	 * @param url its absolute URL
	 * @return what it turned out to be; a redirect is a page with one link and no text
	 * @throws IOException if the host cannot be reached or does not answer in time
	 * @throws InterruptedException if interrupted
	 */
	Fetched fetch(URI url) throws IOException, InterruptedException {
		if (!robots(url).allows(url)) {
			return Fetched.nothing(Fetched.FORBIDDEN);
		}
		HttpResponse<byte[]> response = send(url);
		Optional<String> location = response.headers().firstValue("Location");
		if (response.statusCode() / 100 == 3 && location.isPresent()) {
			return new Fetched(response.statusCode(), "", "", links(url, location.get()));
		}
		if (response.statusCode() != Fetched.OK) {
			return Fetched.nothing(response.statusCode());
		}
		MediaType type = contentType(response);
		if (!MediaType.TEXT_HTML.includes(type) && !MediaType.APPLICATION_XHTML_XML.includes(type)) {
			return Fetched.nothing(Fetched.NOT_ACCEPTABLE);
		}
		return parse(url, response.body(), type.getCharset());
	}

	private RobotsTxt robots(URI url) throws IOException, InterruptedException {
		RobotsTxt known = this.robots.get(url.getAuthority());
		if (known != null) {
			return known;
		}
		HttpResponse<byte[]> response = send(url.resolve("/robots.txt"));
		RobotsTxt found = (response.statusCode() == Fetched.OK)
				? RobotsTxt.parse(new String(response.body(), StandardCharsets.UTF_8)) : RobotsTxt.NONE;
		this.robots.put(url.getAuthority(), found);
		return found;
	}

	private HttpResponse<byte[]> send(URI url) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(url).header("User-Agent", "supervisor-demo").build();
		CompletableFuture<HttpResponse<byte[]>> response = this.client.sendAsync(request, (info) -> limitedBody());
		try {
			return response.get(this.properties.timeout().toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			throw new HttpTimeoutException("%s did not answer within %s".formatted(url, this.properties.timeout()));
		}
		catch (ExecutionException ex) {
			throw new IOException("%s cannot be fetched".formatted(url), ex.getCause());
		}
		finally {
			response.cancel(true);
		}
	}

	private static BodySubscriber<byte[]> limitedBody() {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		return BodySubscribers.mapping(
				BodySubscribers.ofByteArrayConsumer((chunk) -> chunk
					.ifPresent((bytes) -> body.write(bytes, 0, Math.min(bytes.length, MAX_BYTES - body.size())))),
				(ignored) -> body.toByteArray());
	}

	private static MediaType contentType(HttpResponse<?> response) {
		try {
			return MediaType.parseMediaType(response.headers().firstValue("Content-Type").orElse(""));
		}
		catch (InvalidMediaTypeException ex) {
			return MediaType.APPLICATION_OCTET_STREAM;
		}
	}

	static Fetched parse(URI url, byte[] body, @Nullable Charset charset) throws IOException, InterruptedException {
		String charsetName = (charset != null) ? charset.name() : null;
		Document document = Jsoup.parse(new ByteArrayInputStream(body), charsetName, url.toString());
		if (Thread.interrupted()) {
			// jsoup takes an interrupt for the end of the page, and says nothing
			throw new InterruptedException();
		}
		Element main = document.selectFirst("main");
		String text = ((main != null) ? main : document.body()).text();
		List<URI> links = document.select("a[href]:not([rel~=nofollow])")
			.stream()
			.flatMap((link) -> Urls.parse(link.absUrl("href")).stream())
			.distinct()
			.toList();
		return new Fetched(Fetched.OK, limit(document.title(), MAX_TITLE), limit(text, MAX_TEXT), links);
	}

	private static List<URI> links(URI url, String location) {
		try {
			return Urls.parse(url.resolve(location).toString()).stream().toList();
		}
		catch (IllegalArgumentException ex) {
			return List.of();
		}
	}

	private static String limit(String text, int length) {
		return (text.length() > length) ? text.substring(0, length) : text;
	}

}
