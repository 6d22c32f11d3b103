package io.supervisor.endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.Assert;

/**
 * The page for people. It is the same for everybody: what it shows it asks from the
 * endpoint, so that nothing that comes from services is ever written into HTML, and its
 * security policy can name its one script and its one style by their hashes.
 */
final class ConsolePage {

	private static final String HTML = load();

	private ConsolePage() {
	}

	static String html() {
		return HTML;
	}

	private static String load() {
		String script = read("console.js");
		String style = read("console.css");
		return read("console.html").replace("{script-hash}", hash(script))
			.replace("{style-hash}", hash(style))
			.replace("{script}", script)
			.replace("{style}", style);
	}

	private static String read(String name) {
		try (InputStream resource = ConsolePage.class.getResourceAsStream(name)) {
			Assert.state(resource != null, () -> "'" + name + "' is missing");
			// browsers hash what they parse, where every end of line is a line feed
			return new String(resource.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String hash(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return "sha256-" + Base64.getEncoder().encodeToString(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The parts of the page are resources.
	 */
	static final class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.resources().registerPattern("io/supervisor/endpoint/console.*");
		}

	}

}
