package io.supervisor.demo.faults;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.supervisor.demo.DemoApplication;
import io.supervisor.process.ApplicationProcess;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An installation of the demo that is started again and again on the same data, each time
 * as a process of its own, and crawls an {@link EndlessSite}.
 */
final class Demo implements AutoCloseable {

	static final String RUNNING = "'supervisor' is running";

	private static final Pattern SEARCH = Pattern.compile("Search page: (\\S+)");

	private static final Pattern PAGES = Pattern.compile("([\\d,]+) pages, ");

	private static final Duration TIMEOUT = Duration.ofSeconds(90);

	private final EndlessSite site = new EndlessSite();

	private final Path data;

	private final List<String> launcher = new ArrayList<>();

	private final List<String> options = new ArrayList<>();

	private final Map<String, String> environment = new HashMap<>();

	private final Map<String, String> properties = new LinkedHashMap<>();

	private @Nullable String url;

	private StoredPages stored = StoredPages.NONE;

	Demo(Path data) throws IOException {
		this.data = data;
		set("links.data=" + data, "links.seeds=" + this.site.start(), "links.max-depth=1000000",
				"links.max-pages=1000000", "links.delay=5ms", "links.rank-interval=2s", "links.front-end.port=0",
				"server.port=0", "supervisor.shutdown-timeout=10s", "supervisor.defaults.grace-period=5s");
	}

	/**
	 * Set properties for all starts.
	 */
	Demo set(String... properties) {
		put(properties, this.properties);
		return this;
	}

	private static void put(String[] properties, Map<String, String> map) {
		for (String property : properties) {
			String[] pair = property.split("=", 2);
			map.put(pair[0], pair[1]);
		}
	}

	/**
	 * Keep the pages in another database than the embedded one.
	 * @param url where the demo reaches it
	 * @param direct where {@link #check()} does
	 */
	Demo database(String url, String direct) {
		this.url = direct;
		return set("spring.datasource.url=" + url);
	}

	Demo jvm(String... options) {
		this.options.addAll(List.of(options));
		return this;
	}

	/**
	 * Have the process started by a program.
	 */
	Demo launcher(String... command) {
		this.launcher.addAll(List.of(command));
		return this;
	}

	Demo environment(Map<String, String> environment) {
		this.environment.putAll(environment);
		return this;
	}

	/**
	 * Start the demo as it is delivered: without what is on the class path for its tests.
	 */
	ApplicationProcess start(String... properties) {
		return start(classPath("test-classes"), DemoApplication.class, properties);
	}

	/**
	 * Start the demo with one more service.
	 * @param service a profile of {@link FaultyDemo}
	 */
	ApplicationProcess startWith(String service, String... properties) {
		String[] all = Arrays.copyOf(properties, properties.length + 1);
		all[properties.length] = "spring.profiles.active=" + service;
		return start(classPath("supervisor-autoconfigure/target/test-classes"), FaultyDemo.class, all);
	}

	/**
	 * The class path without an entry, and without Spring Boot Admin, which is there for
	 * a test of its own and would join in.
	 */
	private static String classPath(String without) {
		return Arrays.stream(ApplicationProcess.classPath().split(File.pathSeparator))
			.filter((entry) -> !entry.contains(without) && !entry.matches(".*(spring-boot-admin|thymeleaf).*"))
			.collect(Collectors.joining(File.pathSeparator));
	}

	private ApplicationProcess start(String classPath, Class<?> main, String... properties) {
		Map<String, String> all = new LinkedHashMap<>(this.properties);
		put(properties, all);
		String[] args = all.entrySet().stream().map((entry) -> "--" + entry).toArray(String[]::new);
		List<String> command = new ArrayList<>(this.launcher);
		command.addAll(ApplicationProcess.command(this.options, classPath, main, args));
		return ApplicationProcess.start(this.environment, command);
	}

	/**
	 * The number of pages that a visitor of the search page sees.
	 */
	long visiblePages(ApplicationProcess process) {
		Matcher pages = PAGES.matcher(search(process, ""));
		assertThat(pages.find()).as(process::output).isTrue();
		return Long.parseLong(pages.group(1).replace(",", ""));
	}

	/**
	 * Wait until a visitor sees so many pages.
	 */
	void awaitVisiblePages(ApplicationProcess process, long pages) {
		Awaitility.await()
			.atMost(TIMEOUT)
			.failFast(() -> assertThat(process.isAlive()).as(process::output).isTrue())
			.untilAsserted(() -> assertThat(visiblePages(process)).as(process::output).isGreaterThanOrEqualTo(pages));
	}

	/**
	 * Wait until a visitor finds a page, which takes the index.
	 * @param number the number of the page; they are crawled roughly in their order
	 */
	void awaitFound(ApplicationProcess process, long number) {
		process.awaitLog("Search page: ");
		Awaitility.await()
			.atMost(TIMEOUT)
			.failFast(() -> assertThat(process.isAlive()).as(process::output).isTrue())
			.untilAsserted(() -> assertThat(search(process, "?q=" + EndlessSite.word(number))).as(process::output)
				.contains("1 result"));
	}

	private static String search(ApplicationProcess process, String query) {
		return process.send(HttpRequest.newBuilder(URI.create(process.find(SEARCH) + query))).body();
	}

	Path index() {
		return this.data.resolve("index");
	}

	/**
	 * Check what the processes so far have left behind: all is whole, and nothing is lost
	 * that was there at the last check.
	 */
	StoredPages check() throws IOException {
		if (this.url != null || Files.exists(this.data.resolve("links.mv.db"))) {
			String url = (this.url != null) ? this.url : "jdbc:h2:%s/links;MODE=PostgreSQL".formatted(this.data);
			this.stored = StoredPages.check(new DriverManagerDataSource(url), index(), this.site)
				.assertNotLessThan(this.stored);
		}
		return this.stored;
	}

	@Override
	public void close() {
		this.site.close();
	}

}
