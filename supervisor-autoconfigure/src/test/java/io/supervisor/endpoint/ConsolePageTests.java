package io.supervisor.endpoint;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConsolePageTests {

	private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

	@Test
	void browserGetsThePageAndOthersTheJson() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", ServiceContext::awaitCancellation).build();
		try (EndpointApplication application = EndpointApplication.run(group,
				"management.endpoints.web.base-path=/deep/inside")) {
			HttpResponse<String> page = application.get("/supervisor", "Accept", BROWSER);
			assertThat(page.headers().firstValue("Content-Type"))
				.hasValueSatisfying((type) -> assertThat(type).startsWith("text/html"));
			assertThat(page.body()).isEqualTo(ConsolePage.html());
			for (String accept : new String[] { "*/*", "application/json" }) {
				assertThat(application.get("/supervisor", "Accept", accept).body()).startsWith("{\"name\":\"test\"");
			}
			assertThat(application.get("/supervisor").body()).startsWith("{");
		}
	}

	@Test
	void refersToNothingOutside() {
		assertThat(ConsolePage.html()).doesNotContainPattern("(src|href|action)=\"(?!data:)")
			.doesNotContainPattern("url\\(|@import")
			.doesNotContain("//cdn");
		assertThat(ConsolePage.html().replace("http://www.w3.org/2000/svg", "")).doesNotContainPattern("https?://");
	}

	@Test
	void policyAllowsNothingButItsOwnScriptAndStyle() throws Exception {
		String html = ConsolePage.html();
		String policy = find("Content-Security-Policy\" content=\"([^\"]+)\"", html);
		assertThat(policy).startsWith("default-src 'none'; ")
			.contains("connect-src 'self'", "script-src '" + hash(find("<script>(.*)</script>", html)) + "'",
					"style-src '" + hash(find("<style>(.*)</style>", html)) + "'")
			.doesNotContain("unsafe", "*");
		assertThat(html).doesNotContainPattern("<[^>]* (on\\w+|style)=");
	}

	@Test
	void scriptNeverWritesHtml() {
		assertThat(ConsolePage.html()).doesNotContainPattern(
				"innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function|DOMParser|srcdoc");
	}

	@Test
	void isTheSameInEveryEncoding() {
		assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(ConsolePage.html())).isTrue();
	}

	private static String find(String pattern, String text) {
		Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
		assertThat(matcher.find()).isTrue();
		return matcher.group(1);
	}

	private static String hash(String text) throws Exception {
		byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
		return "sha256-" + Base64.getEncoder().encodeToString(digest);
	}

}
