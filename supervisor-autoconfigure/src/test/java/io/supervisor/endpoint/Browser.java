package io.supervisor.endpoint;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.jayway.jsonpath.JsonPath;
import io.supervisor.process.Children;
import io.supervisor.process.Programs;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import static org.awaitility.Awaitility.await;

/**
 * A headless Chromium, steered by its debugging protocol.
 */
final class Browser implements AutoCloseable, WebSocket.Listener {

	private final JsonMapper json = new JsonMapper();

	private final AtomicInteger number = new AtomicInteger();

	private final Map<Integer, CompletableFuture<Map<String, Object>>> answers = new ConcurrentHashMap<>();

	private final List<String> complaints = new CopyOnWriteArrayList<>();

	private final StringBuilder message = new StringBuilder();

	private final Process process;

	private final WebSocket socket;

	/**
	 * Start it. Where there is none the test is skipped.
	 * @param userData the directory of its data
	 */
	Browser(Path userData) throws Exception {
		String executable = Programs.require("chromium", "chromium", "chromium-browser", "google-chrome").toString();
		this.process = Children.start(new ProcessBuilder(executable, "--headless", "--no-sandbox", "--disable-gpu",
				"--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
				"--lang=en", "--user-data-dir=" + userData, "--remote-debugging-port=0", "about:blank")
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD));
		boolean connected = false;
		try {
			HttpClient client = HttpClient.newHttpClient();
			this.socket = client.newWebSocketBuilder()
				.buildAsync(URI.create(page(client, userData)), this)
				.get(30, TimeUnit.SECONDS);
			for (String domain : List.of("Page", "Runtime", "Log")) {
				send(domain + ".enable", Map.of());
			}
			connected = true;
		}
		finally {
			if (!connected) {
				this.process.destroyForcibly();
			}
		}
	}

	private static String page(HttpClient client, Path userData) throws IOException, InterruptedException {
		Path portFile = userData.resolve("DevToolsActivePort");
		await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(portFile) && Files.size(portFile) > 0);
		String port = Files.readAllLines(portFile).get(0);
		List<String> urls = new ArrayList<>();
		await().atMost(Duration.ofMinutes(1)).until(() -> {
			String list = client
				.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list")).build(),
						BodyHandlers.ofString())
				.body();
			urls.addAll(JsonPath.read(list, "$[?(@.type=='page')].webSocketDebuggerUrl"));
			return !urls.isEmpty();
		});
		return urls.get(0);
	}

	/**
	 * Open the console and wait until it shows something.
	 */
	void open(URI uri) throws Exception {
		navigate(uri);
		await().atMost(Duration.ofSeconds(30))
			.ignoreExceptions()
			.until(() -> Boolean.TRUE.equals(evaluate("document.documentElement.dataset.loaded === 'true'")));
	}

	/**
	 * Open a page, without waiting for what it shows.
	 */
	void navigate(URI uri) throws Exception {
		this.complaints.clear();
		send("Page.navigate", Map.of("url", uri.toString()));
	}

	/**
	 * Send a header with every request.
	 */
	void header(String name, String value) throws Exception {
		send("Network.enable", Map.of());
		send("Network.setExtraHTTPHeaders", Map.of("headers", Map.of(name, value)));
	}

	/**
	 * The value of an expression in the page.
	 */
	@Nullable Object evaluate(String expression) throws Exception {
		Map<String, Object> answer = send("Runtime.evaluate",
				Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
		if (answer.containsKey("exceptionDetails")) {
			throw new IllegalStateException(expression + ": " + answer.get("exceptionDetails"));
		}
		return ((Map<?, ?>) answer.get("result")).get("value");
	}

	String text(String selector) throws Exception {
		return String.valueOf(evaluate("document.querySelector(" + quote(selector) + ")?.innerText"));
	}

	String quote(String text) {
		return this.json.writeValueAsString(text);
	}

	void press(String key) throws Exception {
		Map<String, Object> event = Map.of("key", key, "code", key, "windowsVirtualKeyCode", key.equals("Tab") ? 9 : 13,
				"text", key.equals("Enter") ? "\r" : "");
		for (String type : List.of("keyDown", "keyUp")) {
			Map<String, Object> params = new HashMap<>(event);
			params.put("type", type);
			send("Input.dispatchKeyEvent", params);
		}
	}

	void viewport(int width, int height, boolean dark) throws Exception {
		send("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
		send("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
	}

	void screenshot(String name) throws Exception {
		String data = (String) send("Page.captureScreenshot", Map.of("format", "png")).get("data");
		Path file = Path.of("target", "screenshots", name + ".png");
		Files.createDirectories(file.getParent());
		Files.write(file, Base64.getDecoder().decode(data));
	}

	/**
	 * Exceptions, violations of the security policy and what else went wrong in the page,
	 * but for answers with an error status.
	 */
	List<String> complaints() {
		return List.copyOf(this.complaints);
	}

	@SuppressWarnings("unchecked")
	private Map<String, Object> send(String method, Map<String, Object> params) throws Exception {
		int id = this.number.incrementAndGet();
		CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
		this.answers.put(id, answer);
		this.socket.sendText(this.json.writeValueAsString(Map.of("id", id, "method", method, "params", params)), true)
			.get(10, TimeUnit.SECONDS);
		Map<String, Object> message = answer.get(30, TimeUnit.SECONDS);
		if (message.containsKey("error")) {
			throw new IllegalStateException(method + ": " + message.get("error"));
		}
		return (Map<String, Object>) message.get("result");
	}

	@Override
	public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
		this.message.append(data);
		if (last) {
			String text = this.message.toString();
			this.message.setLength(0);
			received(text);
		}
		socket.request(1);
		return null;
	}

	@SuppressWarnings("unchecked")
	private void received(String text) {
		Map<String, Object> message = this.json.readValue(text, Map.class);
		if (message.get("id") instanceof Integer id) {
			this.answers.remove(id).complete(message);
		}
		else if ("Runtime.exceptionThrown".equals(message.get("method"))
				|| ("Log.entryAdded".equals(message.get("method")) && !text.contains("\"source\":\"network\""))) {
			this.complaints.add(text);
		}
	}

	@Override
	public void close() {
		this.socket.abort();
		this.process.destroy();
		this.process.onExit()
			.completeOnTimeout(this.process, 10, TimeUnit.SECONDS)
			.join()
			.destroyForcibly()
			.onExit()
			.join();
	}

}
