package io.supervisor.process;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sees each run of each replica begin and end, by one clock: a run reports to it before
 * it does anything and after it has done everything, and waits for the answer. A process
 * that is gone ends its runs by the end of their connections.
 */
final class RunJudge implements Closeable {

	private final ServerSocket server;

	/**
	 * The runs that live: by lease, the replicas.
	 */
	private final Map<String, List<String>> live = new LinkedHashMap<>();

	private final Map<String, Long> tokens = new LinkedHashMap<>();

	private final Set<String> paused = new TreeSet<>();

	private final List<String> violations = new ArrayList<>();

	/**
	 * When a lease was without a run, and for how long at most.
	 */
	private final Map<String, Long> freeSince = new LinkedHashMap<>();

	private final List<Long> gaps = new ArrayList<>();

	RunJudge() {
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start(this::accept);
	}

	int port() {
		return this.server.getLocalPort();
	}

	/**
	 * Do the work of a run before the eyes of the judge.
	 * @param port of the judge
	 * @param lease what the run holds
	 * @param replica where it is
	 * @param token its fencing token, 0 if it has none
	 * @param work what it does
	 */
	static void attend(int port, String lease, String replica, long token, Work work) throws Exception {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
				BufferedReader in = new BufferedReader(
						new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
				PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8)) {
			out.println(lease + " " + replica + " " + token);
			in.readLine();
			work.run();
			out.println("end");
			in.readLine();
		}
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				Socket socket = this.server.accept();
				start(() -> follow(socket));
			}
			catch (IOException ex) {
				// the judge is closed
			}
		}
	}

	/**
	 * One run: {@code lease replica token}, then anything for its end.
	 */
	private void follow(Socket socket) {
		String[] run = null;
		try (socket;
				BufferedReader in = new BufferedReader(
						new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
				PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8)) {
			run = in.readLine().split(" ");
			begin(run[0], run[1], Long.parseLong(run[2]));
			out.println("ok");
			in.readLine();
			end(run[0], run[1]);
			run = null;
			out.println("ok");
		}
		catch (IOException ex) {
			if (run != null) {
				end(run[0], run[1]);
			}
		}
	}

	private synchronized void begin(String lease, String replica, long token) {
		List<String> runs = this.live.computeIfAbsent(lease, (any) -> new ArrayList<>());
		for (String other : runs) {
			if (!this.paused.contains(other)) {
				this.violations.add("%s runs on %s and on %s".formatted(lease, other, replica));
			}
		}
		Long last = this.tokens.put(lease, token);
		if (last != null && last >= token && token != 0) {
			this.violations.add("%s has token %s after %s".formatted(lease, token, last));
		}
		runs.add(replica);
		Long since = this.freeSince.remove(lease);
		if (since != null) {
			this.gaps.add(System.nanoTime() - since);
		}
	}

	private synchronized void end(String lease, String replica) {
		List<String> runs = this.live.get(lease);
		runs.remove(replica);
		if (runs.isEmpty()) {
			this.freeSince.put(lease, System.nanoTime());
		}
	}

	/**
	 * A replica is paused from now on, or was: it cannot know of the others.
	 */
	synchronized void setPaused(String replica, boolean isPaused) {
		if (isPaused) {
			this.paused.add(replica);
		}
		else {
			this.paused.remove(replica);
		}
	}

	/**
	 * The replicas that run something now.
	 */
	synchronized List<String> running(String lease) {
		return List.copyOf(this.live.getOrDefault(lease, List.of()));
	}

	synchronized int runningIn(String replica, String prefix) {
		return (int) this.live.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().startsWith(prefix) && entry.getValue().contains(replica))
			.count();
	}

	synchronized List<String> violations() {
		return List.copyOf(this.violations);
	}

	/**
	 * How long leases were without a run since the last call, in milliseconds.
	 */
	synchronized List<Long> gaps() {
		List<Long> gaps = this.gaps.stream().map((nanos) -> nanos / 1_000_000).sorted().toList();
		this.gaps.clear();
		return gaps;
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "judge");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
	}

	/**
	 * What a run does until it is cancelled.
	 */
	interface Work {

		void run() throws Exception;

	}

}
