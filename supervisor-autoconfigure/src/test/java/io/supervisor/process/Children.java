package io.supervisor.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The processes that tests start. None outlives the JVM of the tests, however that ends:
 * a {@linkplain Guardian process of its own} notices the end and kills who is left.
 */
public final class Children {

	private static final OutputStream GUARDIAN = startGuardian();

	private Children() {
	}

	/**
	 * Start a process that ends with this one at the latest, as do those that it starts.
	 * @param builder what to start
	 * @return the process
	 * @throws IOException if it cannot be started
	 */
	public static Process start(ProcessBuilder builder) throws IOException {
		Process process = builder.start();
		guard(process.toHandle());
		return process;
	}

	/**
	 * Have a process that somebody else started end with this one.
	 * @param process the process
	 */
	public static void guard(ProcessHandle process) {
		tell("+" + process.pid());
		// its number may be another one's soon
		process.onExit().thenRun(() -> tell("-" + process.pid()));
	}

	private static synchronized void tell(String line) {
		try {
			GUARDIAN.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
			GUARDIAN.flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The guardian of the processes has gone", ex);
		}
	}

	private static OutputStream startGuardian() {
		try {
			Path classes = Path.of(Children.class.getProtectionDomain().getCodeSource().getLocation().toURI());
			return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
					"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx16m", "-cp", classes.toString(),
					Guardian.class.getName())
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.directory(new File(System.getProperty("java.io.tmpdir")))
				.start()
				.getOutputStream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Is told on its standard input which processes there are. The operating system
	 * closes that when the parent has ended, even if it was killed.
	 */
	static final class Guardian {

		private Guardian() {
		}

		public static void main(String[] args) {
			Thread watch = new Thread(Guardian::watch, "watch");
			// Ctrl-C is for the parent: who guards goes last
			Runtime.getRuntime().addShutdownHook(new Thread(() -> join(watch)));
			watch.start();
		}

		private static void watch() {
			Set<Long> processes = new HashSet<>();
			new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII)).lines().forEach((line) -> {
				long pid = Long.parseLong(line.substring(1));
				if (line.startsWith("+")) {
					processes.add(pid);
				}
				else {
					processes.remove(pid);
				}
			});
			processes.stream()
				.flatMap((pid) -> ProcessHandle.of(pid).stream())
				.flatMap((process) -> Stream.concat(Stream.of(process), process.descendants()))
				.toList()
				.forEach(ProcessHandle::destroyForcibly);
		}

		private static void join(Thread thread) {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
