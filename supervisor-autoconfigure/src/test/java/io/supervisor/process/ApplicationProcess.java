package io.supervisor.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A real application in a real process, on the class path of the tests and a port of its
 * own.
 */
public final class ApplicationProcess implements AutoCloseable {

	/**
	 * Long, for a machine that is busy; nothing waits that long where all is well.
	 */
	static final Duration TIMEOUT = Duration.ofSeconds(90);

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private final HttpClient client = HttpClient.newHttpClient();

	private final List<String> output = new CopyOnWriteArrayList<>();

	private final Process process;

	private final Thread reader;

	private ApplicationProcess(Process process) {
		this.process = process;
		this.reader = new Thread(this::read, "output of " + process.pid());
		this.reader.setDaemon(true);
		this.reader.start();
	}

	private void read() {
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(this.process.getInputStream(), StandardCharsets.UTF_8))) {
			lines.lines().forEach(this.output::add);
		}
		catch (IOException | UncheckedIOException ex) {
			this.output.add("The output ended with " + ex);
		}
	}

	static ApplicationProcess web(Class<?> application, String... args) {
		return start((entry) -> true, application, args);
	}

	static ApplicationProcess withoutWeb(Class<?> application, String... args) {
		return web(application, concat("--spring.main.web-application-type=none", args));
	}

	/**
	 * Start an application.
	 * @param classPath which entries of the class path it has
	 * @param application the class with the main method
	 * @param args the arguments
	 */
	static ApplicationProcess start(Predicate<String> classPath, Class<?> application, String... args) {
		String entries = Arrays.stream(classPath().split(File.pathSeparator))
			.filter(classPath)
			.collect(Collectors.joining(File.pathSeparator));
		return java(entries, application, concat("--server.port=0", args));
	}

	/**
	 * Start anything with a main method.
	 */
	static ApplicationProcess java(String classPath, Class<?> main, String... args) {
		return java(Map.of(), classPath, main, args);
	}

	/**
	 * Start an application on the class path of the tests in an environment of its own.
	 */
	static ApplicationProcess withEnvironment(Map<String, String> environment, Class<?> application, String... args) {
		return java(environment, classPath(), application, concat("--server.port=0", args));
	}

	private static ApplicationProcess java(Map<String, String> environment, String classPath, Class<?> main,
			String... args) {
		return start(environment, command(List.of(), classPath, main, args));
	}

	/**
	 * The command line of the JVM that the tests run on.
	 * @param options further options of the JVM
	 * @param classPath the class path
	 * @param main the class with the main method
	 * @param args the arguments
	 * @return the command, to which a test may add a program that starts it
	 */
	public static List<String> command(List<String> options, String classPath, Class<?> main, String... args) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-Dstdout.encoding=UTF-8", "-Dfile.encoding=UTF-8"));
		// the locale of the tests, of which each run of the build has another one
		for (String key : List.of("user.language", "user.country", "user.extensions")) {
			command.add("-D" + key + "=" + System.getProperty(key, ""));
		}
		command.addAll(options);
		command.addAll(List.of("-cp", classPath, main.getName()));
		command.addAll(Arrays.asList(args));
		return command;
	}

	/**
	 * Start a command.
	 * @param environment what is added to the environment
	 * @param command the command, such as one that {@link #command} makes
	 * @return the process
	 */
	public static ApplicationProcess start(Map<String, String> environment, List<String> command) {
		try {
			ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
			process.environment().putAll(environment);
			return new ApplicationProcess(Children.start(process));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String[] concat(String first, String... others) {
		return Stream.concat(Stream.of(first), Arrays.stream(others)).toArray(String[]::new);
	}

	/**
	 * Under Maven the class path proper is a single JAR that names the others.
	 */
	public static String classPath() {
		return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
	}

	ApplicationProcess awaitStarted() {
		return awaitLog("the application has started");
	}

	public ApplicationProcess awaitLog(String text) {
		return awaitLog(text, 1);
	}

	/**
	 * Wait until a text is in so many lines of the output.
	 */
	public ApplicationProcess awaitLog(String text, long times) {
		Awaitility.await()
			.atMost(TIMEOUT)
			.failFast(() -> assertThat(isAlive() || endedWith(text, times)).as(this::output).isTrue())
			.untilAsserted(() -> assertThat(count(text)).as(() -> "'" + text + "' in:\n" + output())
				.isGreaterThanOrEqualTo(times));
		return this;
	}

	private boolean endedWith(String text, long times) {
		awaitOutputIfEnded();
		return count(text) >= times;
	}

	private void awaitOutputIfEnded() {
		if (!isAlive()) {
			try {
				this.reader.join(TIMEOUT.toMillis());
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	/**
	 * Tell the application something, see {@link Console}.
	 */
	public ApplicationProcess tell(String command) {
		try {
			this.process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * What the application itself says of its health and availability.
	 */
	String status() {
		long before = count("STATUS");
		tell("status");
		Awaitility.await("status").atMost(TIMEOUT).until(() -> count("STATUS") > before);
		return this.output.stream()
			.filter((line) -> line.contains("STATUS"))
			.reduce((first, second) -> second)
			.orElse("");
	}

	public HttpResponse<String> get(String path) {
		return send(HttpRequest.newBuilder(uri(path)));
	}

	public HttpResponse<String> post(String path, String json) {
		return send(HttpRequest.newBuilder(uri(path))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(json)));
	}

	private URI uri(String path) {
		return URI.create("http://127.0.0.1:" + find(PORT) + path);
	}

	/**
	 * The group of a pattern in the output, where it matches last.
	 */
	public String find(Pattern pattern) {
		List<String> groups = pattern.matcher(output()).results().map((match) -> match.group(1)).toList();
		assertThat(groups).as(this::output).isNotEmpty();
		return groups.get(groups.size() - 1);
	}

	public HttpResponse<String> send(HttpRequest.Builder request) {
		try {
			return this.client.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Send the process what {@code kill} and an orchestrator do: SIGTERM. By its handle,
	 * since the process object would close the output as well.
	 */
	public ApplicationProcess terminate() {
		this.process.toHandle().destroy();
		return this;
	}

	/**
	 * Send the process a signal by its name, such as STOP or KILL. A shell can; a program
	 * of this name is not everywhere.
	 */
	public ApplicationProcess signal(String name) {
		try {
			assertThat(new ProcessBuilder("sh", "-c", "kill -" + name + " " + this.process.pid()).start().waitFor())
				.isZero();
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public int exitCode() {
		try {
			boolean ended = this.process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
			assertThat(ended).as(() -> "the process ends, after:\n" + output()).isTrue();
			awaitOutputIfEnded();
			return this.process.exitValue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public long pid() {
		return this.process.pid();
	}

	/**
	 * How much time of a processor it has used so far.
	 */
	Duration cpu() {
		return this.process.info().totalCpuDuration().orElse(Duration.ZERO);
	}

	public boolean isAlive() {
		return this.process.isAlive();
	}

	public List<String> lines() {
		return List.copyOf(this.output);
	}

	public String output() {
		return String.join("\n", this.output);
	}

	public long count(String text) {
		return this.output.stream().filter((line) -> line.contains(text)).count();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
