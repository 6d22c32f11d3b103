package io.supervisor.demo;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;

/**
 * Serves the search page, on a port of its own.
 */
@Component
class FrontEnd implements Service {

	private static final int THREADS = 4;

	private static final Logger logger = LoggerFactory.getLogger(FrontEnd.class);

	private final LinksProperties properties;

	private final SearchHandler handler;

	private final ApplicationEventPublisher events;

	FrontEnd(LinksProperties properties, SearchHandler handler, ApplicationEventPublisher events) {
		this.properties = properties;
		this.handler = handler;
		this.events = events;
	}

	@Override
	public boolean announcesReadiness() {
		return true;
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		HttpServer server = bind();
		ExecutorService requests = Executors.newFixedThreadPool(THREADS, new CustomizableThreadFactory("front-end-"));
		try {
			server.setExecutor(requests);
			server.createContext("/", this.handler);
			server.start();
			announce(server);
			context.ready();
			context.awaitCancellation();
		}
		finally {
			server.stop(0);
			requests.shutdown();
		}
	}

	/**
	 * The system says what is the matter, but not with which port.
	 */
	private HttpServer bind() throws IOException {
		InetSocketAddress address = new InetSocketAddress(this.properties.frontEnd().address(),
				this.properties.frontEnd().port());
		try {
			return HttpServer.create(address, 0);
		}
		catch (BindException ex) {
			BindException named = new BindException("The search page cannot be served on "
					+ address.getAddress().getHostAddress() + ":" + address.getPort() + " (" + ex.getMessage()
					+ "); 'links.front-end.port' sets another port");
			named.initCause(ex);
			throw named;
		}
	}

	private void announce(HttpServer server) {
		URI address = URI.create("http://%s:%s/".formatted(host(server.getAddress()), server.getAddress().getPort()));
		logger.info("Search page: {}", address);
		this.events.publishEvent(new FrontEndStartedEvent(address));
	}

	private static String host(InetSocketAddress address) {
		return address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getAddress().getHostAddress();
	}

}
