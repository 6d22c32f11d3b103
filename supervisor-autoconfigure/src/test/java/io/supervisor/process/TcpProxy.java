package io.supervisor.process;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between an application and its database, and can stop doing so.
 */
public final class TcpProxy implements Closeable {

	public enum Mode {

		/**
		 * Pass everything on.
		 */
		FORWARD,

		/**
		 * Break connections, and take no new ones.
		 */
		REFUSE,

		/**
		 * Keep connections and take new ones, but pass nothing on.
		 */
		HANG

	}

	private final ServerSocket server;

	private final int target;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final Object change = new Object();

	private final AtomicLong requests = new AtomicLong();

	private volatile Mode mode = Mode.FORWARD;

	public TcpProxy(int target) {
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.target = target;
		start(this::accept);
	}

	public int port() {
		return this.server.getLocalPort();
	}

	public void set(Mode mode) {
		synchronized (this.change) {
			this.mode = mode;
			this.change.notifyAll();
		}
		if (mode == Mode.REFUSE) {
			this.sockets.forEach(TcpProxy::close);
			this.sockets.clear();
		}
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				Socket client = this.server.accept();
				if (this.mode == Mode.REFUSE) {
					close(client);
					continue;
				}
				Socket target = new Socket(InetAddress.getLoopbackAddress(), this.target);
				this.sockets.add(client);
				this.sockets.add(target);
				start(() -> pump(client, target, this.requests));
				start(() -> pump(target, client, new AtomicLong()));
			}
			catch (IOException ex) {
				// the proxy is closed, or the database is gone
			}
		}
	}

	/**
	 * How many packets clients have sent: about one for each statement.
	 */
	public long requests() {
		return this.requests.get();
	}

	private void pump(Socket from, Socket to, AtomicLong packets) {
		byte[] buffer = new byte[8192];
		try {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
				packets.incrementAndGet();
				synchronized (this.change) {
					while (this.mode == Mode.HANG) {
						this.change.wait();
					}
				}
				out.write(buffer, 0, count);
			}
		}
		catch (IOException | InterruptedException ex) {
			// one of the two is gone
		}
		close(from);
		close(to);
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void close(Closeable socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// it is gone
		}
	}

	@Override
	public void close() {
		close(this.server);
		this.sockets.forEach(TcpProxy::close);
	}

}
