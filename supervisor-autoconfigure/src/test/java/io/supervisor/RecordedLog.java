package io.supervisor;

import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * What the supervisor logs while this is open. What listeners of groups of earlier tests
 * have still to say is left out.
 */
final class RecordedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {

	private static final Logger logger = (Logger) LoggerFactory.getLogger(ServiceGroup.class);

	private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();

	private final Thread owner = Thread.currentThread();

	private final Set<Thread> others = Thread.getAllStackTraces().keySet();

	RecordedLog() {
		setContext(logger.getLoggerContext());
		start();
		logger.setAdditive(false);
		logger.setLevel(Level.DEBUG);
		logger.addAppender(this);
	}

	@Override
	protected void append(ILoggingEvent event) {
		Thread thread = Thread.currentThread();
		if (thread == this.owner || !this.others.contains(thread)) {
			event.prepareForDeferredProcessing();
			this.events.add(event);
		}
	}

	List<ILoggingEvent> events() {
		return List.copyOf(this.events);
	}

	/**
	 * The lines, such as {@code INFO 'a' has completed}.
	 */
	List<String> lines() {
		return this.events.stream().map((event) -> event.getLevel() + " " + event.getFormattedMessage()).toList();
	}

	/**
	 * The lines that are at least at {@code WARN}.
	 */
	List<String> problems() {
		return lines().stream().filter((line) -> line.startsWith("WARN") || line.startsWith("ERROR")).toList();
	}

	@Override
	public void close() {
		logger.detachAppender(this);
		logger.setLevel(null);
		logger.setAdditive(true);
	}

}
