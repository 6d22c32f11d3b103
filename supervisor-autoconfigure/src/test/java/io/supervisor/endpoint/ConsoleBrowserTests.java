package io.supervisor.endpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import io.supervisor.process.SkipsAllTests;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The page in a real browser.
 */
@ExtendWith(SkipsAllTests.class)
class ConsoleBrowserTests {

	private static final Service STEADY = ServiceContext::awaitCancellation;

	private static final Service BEATING = (context) -> {
		while (!context.awaitCancellation(Duration.ofMillis(10))) {
			context.heartbeat();
		}
	};

	private static final String VISIBLE_BUTTONS = "[...document.querySelectorAll('button[data-action]')].filter((b) => b.offsetParent).length";

	private static final String ROWS = "[...document.querySelectorAll('#services tbody tr')].map((r) => r.dataset.path).join(' ')";

	@TempDir(cleanup = CleanupMode.NEVER)
	private static Path userData;

	private static @Nullable Browser browser;

	@BeforeAll
	static void startBrowser() throws Exception {
		browser = new Browser(userData);
	}

	@AfterAll
	static void stopBrowser() {
		if (browser != null) {
			browser.close();
		}
	}

	@Test
	void showsHealthyServicesAndRestartsOneOnAClick() throws Exception {
		ServiceGroup links = ServiceGroup.builder("links")
			.service("crawler", STEADY)
			.service(ServiceDefinition.builder("indexer", STEADY).dependsOn("crawler").build())
			.build();
		ServiceGroup group = ServiceGroup.builder("supervisor")
			.service("priceFeed", STEADY)
			.service(ServiceDefinition.builder("mailer", BEATING)
				.policy(ServicePolicy.builder().critical(false).heartbeatTimeout(Duration.ofSeconds(1)).build())
				.build())
			.service("migration", (context) -> {
			})
			.service("links", links)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			open(application);
			assertThat(browser.text("#group-state")).isEqualTo("\u25CF RUNNING");
			await().untilAsserted(() -> {
				assertThat(browser.text("tr[data-path='priceFeed'] .state")).isEqualTo("\u25CF RUNNING");
				assertThat(browser.text("tr[data-path='links/crawler'] .state")).isEqualTo("\u25CF RUNNING");
				assertThat(browser.text("tr[data-path='migration'] .state")).isEqualTo("\u2713 COMPLETED");
				assertThat(browser.text("tr[data-path='mailer'] .about"))
					.matches("heartbeat at least every 1s, the latest \\d s ago");
			});
			screenshots("healthy");
			browser.evaluate("document.querySelector(\"tr[data-path='priceFeed'] [data-action='restart']\").click()");
			await().untilAsserted(() -> assertThat(group.service("priceFeed").orElseThrow().attempt()).isEqualTo(2));
			await().untilAsserted(() -> {
				assertThat(browser.text("#notice")).startsWith("restart of priceFeed done");
				assertThat(browser.text("tr[data-path='priceFeed'] td[data-label='Attempt']")).isEqualTo("2");
				assertThat(browser.text("#transitions")).contains("it was restarted by hand");
			});
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void showsWhatAServiceSaysOfItselfAndWhereItsThreadIs() throws Exception {
		Service talking = (context) -> {
			context.degraded("no partition");
			context.status("<b>page 3</b>");
			context.step("polling", () -> {
				context.awaitCancellation();
				return "";
			});
		};
		ServiceGroup group = ServiceGroup.builder("supervisor")
			.service("feed", talking)
			.service("other", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			open(application);
			await().untilAsserted(() -> {
				assertThat(browser.text("tr[data-path='feed'] .state")).isEqualTo("\u25D0 RUNNING, degraded");
				assertThat(browser.text("tr[data-path='feed'] .about")).contains("not well: no partition");
				assertThat(browser.text("tr[data-path='feed'] .doing"))
					.matches("in step polling for \\d+ s: <b>page 3</b>");
				assertThat(browser.text("tr[data-path='other'] .state")).isEqualTo("\u25CF RUNNING");
			});
			screenshots("degraded");
			browser.evaluate("document.querySelector(\"tr[data-path='feed'] .now\").open = true");
			await().untilAsserted(
					() -> assertThat(browser.text("tr[data-path='feed'] .now pre")).contains("io.supervisor.Run.step"));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void showsBackOffCountingDownAndUpdatesItself() throws Exception {
		CountDownLatch fail = new CountDownLatch(1);
		RestartPolicy later = RestartPolicy.onFailure().toBuilder().delay(Duration.ofSeconds(50)).build();
		Service flaky = (context) -> {
			context.interruptibly(() -> {
				fail.await();
				return "";
			});
			throw new IOException("Connection refused");
		};
		ServiceGroup group = ServiceGroup.builder("supervisor")
			.service(ServiceDefinition.builder("priceFeed", flaky)
				.policy(ServicePolicy.builder().restart(later).build())
				.build())
			.service("mailer", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			open(application);
			assertThat(browser.text("tr[data-path='priceFeed'] .state")).isEqualTo("\u25CF RUNNING");
			fail.countDown();
			await().untilAsserted(() -> {
				assertThat(browser.text("tr[data-path='priceFeed'] .state")).isEqualTo("\u21BB BACKOFF");
				assertThat(browser.text("tr[data-path='priceFeed']")).contains("next attempt in")
					.contains("java.io.IOException: Connection refused");
			});
			screenshots("back-off");
			String before = browser.text("tr[data-path='priceFeed'] .about");
			await()
				.untilAsserted(() -> assertThat(browser.text("tr[data-path='priceFeed'] .about")).isNotEqualTo(before));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void showsAFailedGroupAndStartsItAgain() throws Exception {
		Service failing = (context) -> {
			if (context.attempt() == 1) {
				throw new IllegalStateException("graph is empty");
			}
			context.awaitCancellation();
		};
		ServiceGroup group = ServiceGroup.builder("supervisor")
			.service("pageRank", failing)
			.service("mailer", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group)) {
			group.start();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
			open(application);
			await().untilAsserted(() -> {
				assertThat(browser.text("#group-state")).isEqualTo("\u2715 FAILED");
				assertThat(browser.text("#group-line")).contains("'pageRank' failed");
				assertThat(browser.text("#failures")).contains("graph is empty");
				assertThat(browser.text("tr[data-path='mailer'] .state")).isEqualTo("\u25A0 STOPPED");
				assertThat(browser.text("#transitions")).contains("pageRank");
			});
			screenshots("failed");
			browser.evaluate("document.querySelector(\"#group-actions [data-action='start']\").click()");
			await().untilAsserted(() -> assertThat(browser.text("#group-state")).isEqualTo("\u25CF RUNNING"));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void showsTheStackOfAStuckService() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		ServicePolicy impatient = ServicePolicy.builder()
			.gracePeriod(Duration.ZERO)
			.interruptPeriod(Duration.ZERO)
			.build();
		Service deaf = (context) -> {
			while (end.getCount() > 0) {
				try {
					end.await();
				}
				catch (InterruptedException ex) {
					// deaf
				}
			}
		};
		ServiceGroup group = ServiceGroup.builder("supervisor")
			.service(ServiceDefinition.builder("import", deaf).policy(impatient).build())
			.service("mailer", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			group.stop("import");
			open(application);
			await().untilAsserted(() -> {
				assertThat(browser.text("tr[data-path='import'] .state")).isEqualTo("\u26A0 STUCK");
				assertThat(browser.text("tr[data-path='import'] pre")).contains("CountDownLatch.await");
			});
			screenshots("stuck");
			end.countDown();
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void hasNoButtonsWhereAccessIsReadOnly() throws Exception {
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication
			.run(group, "management.endpoint.supervisor.access=read-only",
					"management.endpoint.supervisor.show-details=never")
			.started()) {
			open(application);
			assertThat(browser.evaluate(VISIBLE_BUTTONS)).isEqualTo(0);
			assertThat(browser.text("#access")).contains("Read-only", "Details are hidden");
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void saysSoWhenAnActionIsRefused() throws Exception {
		Filter noPost = (request, response, chain) -> {
			if (((HttpServletRequest) request).getMethod().equals("POST")) {
				((HttpServletResponse) response).sendError(403);
			}
			else {
				chain.doFilter(request, response);
			}
		};
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication
			.run((context) -> context.registerBean("noPost", Filter.class, () -> noPost), group)
			.started()) {
			open(application);
			browser.evaluate("document.querySelector(\"tr[data-path='feed'] [data-action='stop']\").click()");
			await().untilAsserted(
					() -> assertThat(browser.text("#notice")).contains("stop of feed", "refused (403)", "CSRF"));
			assertThat(group.service("feed").orElseThrow().state()).isEqualTo(ServiceState.RUNNING);
		}
	}

	@Test
	void saysSoWhenTheApplicationIsGone() throws Exception {
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		EndpointApplication application = EndpointApplication.run(group).started();
		open(application);
		application.close();
		await().untilAsserted(() -> assertThat(browser.text("#notice")).contains("does not answer"));
	}

	@Test
	void canBeUsedWithAKeyboard() throws Exception {
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			open(application);
			for (int i = 0; i < 20 && !"restart feed".equals(focused()); i++) {
				browser.press("Tab");
			}
			assertThat(focused()).isEqualTo("restart feed");
			assertThat(browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")).isEqualTo("solid");
			browser.press("Enter");
			await().untilAsserted(() -> assertThat(group.service("feed").orElseThrow().attempt()).isEqualTo(2));
			await().untilAsserted(
					() -> assertThat(browser.text("tr[data-path='feed'] td[data-label='Attempt']")).isEqualTo("2"));
			assertThat(focused()).isEqualTo("restart feed");
		}
	}

	@Test
	void fitsAPhone() throws Exception {
		ServiceGroup group = ServiceGroup.builder("supervisor")
			.service("feed", STEADY)
			.service("aServiceWithAVeryLongNameThatWouldNotFitOnThePhoneOfAnyoneWhoIsOnCallAtNight", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			open(application);
			browser.viewport(360, 740, true);
			assertThat(browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).isEqualTo(true);
			assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
				.isEqualTo("rgb(18, 22, 28)");
			browser.viewport(360, 740, false);
			assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
				.isEqualTo("rgb(246, 247, 249)");
		}
	}

	@Test
	void showsWhatIsInTroubleAmongHundreds() throws Exception {
		ServiceGroup.Builder builder = ServiceGroup.builder("supervisor");
		for (int i = 0; i < 600; i++) {
			builder.service("feed" + i, STEADY);
		}
		RestartPolicy later = RestartPolicy.onFailure().toBuilder().delay(Duration.ofSeconds(50)).build();
		CountDownLatch allRun = new CountDownLatch(1);
		ServiceGroup group = builder.service(ServiceDefinition.builder("flaky", (context) -> {
			allRun.await();
			throw new IOException("Connection refused");
		}).policy(ServicePolicy.builder().critical(false).restart(later).build()).build()).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			allRun.countDown();
			assertThat(group.awaitState("flaky", ServiceState.BACKOFF::equals, Duration.ofSeconds(10))).isTrue();
			open(application);
			assertThat(browser.text("#more")).isEqualTo("500 of 601 services shown");
			assertThat(browser.text("tr[data-path='flaky'] .state")).isEqualTo("\u21BB BACKOFF");
			await()
				.untilAsserted(() -> assertThat(browser.evaluate("document.querySelector('.lane-name')?.textContent"))
					.isEqualTo("flaky"));
			assertThat(browser.text(".lane-axis")).contains("30 of ");
			screenshots("many");
			String backOff = "[...document.querySelectorAll('#counts button')].find((b) => b.textContent.includes('BACKOFF'))";
			browser.evaluate(backOff + ".click()");
			assertThat(browser.evaluate(ROWS)).isEqualTo("flaky");
			assertThat(browser.evaluate(backOff + ".getAttribute('aria-pressed')")).isEqualTo("true");
			browser.evaluate(backOff + ".click()");
			browser.evaluate(
					"{ const find = document.getElementById('filter'); find.value = 'EED59'; find.dispatchEvent(new Event('input')); }");
			assertThat(browser.evaluate(ROWS))
				.isEqualTo("feed59 feed590 feed591 feed592 feed593 feed594 feed595 feed596 feed597 feed598 feed599");
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void worksBehindAPrefixThatTheApplicationDoesNotKnow() throws Exception {
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication.run(group, "management.endpoints.web.base-path=/ops")
			.started(); PrefixProxy proxy = new PrefixProxy("/shop/one", application.uri("/"))) {
			browser.viewport(1100, 900, false);
			browser.open(proxy.uri("/supervisor/"));
			browser.evaluate("document.querySelector(\"tr[data-path='feed'] [data-action='restart']\").click()");
			await().untilAsserted(() -> assertThat(browser.text("#notice")).startsWith("restart of feed done"));
			assertThat(group.service("feed").orElseThrow().attempt()).isEqualTo(2);
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void worksWithAStrictPolicyOfTheApplicationThatAllowsTheSame() throws Exception {
		Matcher hashes = Pattern.compile("script-src '[^']+'; style-src '[^']+'").matcher(ConsolePage.html());
		assertThat(hashes.find()).isTrue();
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		try (EndpointApplication application = withPolicy(group,
				"default-src 'none'; connect-src 'self'; img-src data:; " + hashes.group()
						+ "; frame-ancestors 'none'")) {
			open(application);
			browser.evaluate("document.querySelector(\"tr[data-path='feed'] [data-action='restart']\").click()");
			await().untilAsserted(() -> assertThat(browser.text("#notice")).startsWith("restart of feed done"));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void saysSoWhenAPolicyOfTheApplicationBlocksIt() throws Exception {
		ServiceGroup group = ServiceGroup.builder("supervisor").service("feed", STEADY).build();
		try (EndpointApplication application = withPolicy(group, "default-src 'self'")) {
			browser.navigate(application.uri("/supervisor"));
			await().ignoreExceptions()
				.untilAsserted(
						() -> assertThat(browser.text("#group-line")).contains("script", "content security policy"));
			assertThat(browser.complaints()).isNotEmpty();
		}
	}

	private static EndpointApplication withPolicy(ServiceGroup group, String policy) throws Exception {
		Filter filter = (request, response, chain) -> {
			((HttpServletResponse) response).setHeader("Content-Security-Policy", policy);
			chain.doFilter(request, response);
		};
		return EndpointApplication.run((context) -> context.registerBean("policy", Filter.class, () -> filter), group)
			.started();
	}

	@Test
	void hostileNamesAndMessagesAreOnlyText() throws Exception {
		String script = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>\"'`${alert(1)}\u2028\u202E";
		String name = "<img src=x onerror=window.hacked=1>\"'&amp; \u202Eevil";
		Service failing = (context) -> {
			throw new IllegalStateException(script + "\r\n\u0000\u001B[31m" + "x".repeat(100_000));
		};
		ServiceGroup group = ServiceGroup.builder(name)
			.service(ServiceDefinition.builder(name, failing)
				.policy(ServicePolicy.builder().critical(false).build())
				.build())
			.service("<b>bold", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			open(application);
			await().untilAsserted(() -> assertThat(browser.text("#services")).contains("<img src=x", "<script>window"));
			await().untilAsserted(() -> assertThat(browser.text("#transitions")).contains("FAILED"));
			assertThat(browser.evaluate("window.hacked === undefined")).isEqualTo(true);
			assertThat(browser.evaluate("document.querySelectorAll('img, b, script').length")).isEqualTo(1);
			browser.evaluate(
					"[...document.querySelectorAll('tbody tr')].at(-1).querySelector(\"[data-action='restart']\").click()");
			await().untilAsserted(() -> assertThat(group.service("<b>bold").orElseThrow().attempt()).isEqualTo(2));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	private static Object focused() throws Exception {
		return browser.evaluate("document.activeElement.textContent");
	}

	private static void open(EndpointApplication application) throws Exception {
		browser.viewport(1100, 900, false);
		browser.open(application.uri("/supervisor"));
	}

	private static void screenshots(String name) throws Exception {
		browser.viewport(1100, 900, false);
		browser.screenshot(name);
		browser.viewport(1100, 900, true);
		browser.screenshot(name + "-dark");
		browser.viewport(390, 844, false);
		browser.screenshot(name + "-phone");
		browser.viewport(1100, 900, false);
	}

}
