package io.supervisor.endpoint;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out commands on a tree of groups, for somebody who waits for an answer: what
 * takes longer than that goes on by itself.
 */
final class GroupControl {

	/**
	 * Long enough for a service that behaves, too short to keep a thread of the web
	 * server busy.
	 */
	private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);

	private static final Logger logger = LoggerFactory.getLogger(GroupControl.class);

	private final ServiceGroup group;

	private final ThreadFactory threads;

	/**
	 * The restart of the whole group that is under way. Guarded by {@code this}.
	 */
	private @Nullable Thread restarting;

	/**
	 * Whether nothing is to be started any more. Guarded by {@code this}.
	 */
	private boolean closed;

	GroupControl(ServiceGroup group) {
		this(group, Thread::new);
	}

	/**
	 * Create the control of a group.
	 * @param group the group
	 * @param threads makes the thread of a restart
	 */
	GroupControl(ServiceGroup group, ThreadFactory threads) {
		this.group = group;
		this.threads = threads;
	}

	/**
	 * Find a service in the tree.
	 * @param path the names of the groups that it is in, then its own
	 */
	Optional<ServiceSnapshot> find(List<String> path) {
		if (path.isEmpty()) {
			return Optional.empty();
		}
		return parent(path).flatMap((group) -> group.service(path.get(path.size() - 1)));
	}

	/**
	 * Where the thread of a service in the tree is now.
	 */
	List<StackTraceElement> stack(List<String> path) {
		String name = path.get(path.size() - 1);
		return parent(path).map((group) -> group.stack(name)).orElse(List.of());
	}

	private Optional<ServiceGroup> parent(List<String> path) {
		Optional<ServiceGroup> parent = Optional.of(this.group);
		for (String name : path.subList(0, path.size() - 1)) {
			parent = parent.flatMap((group) -> group.service(name)).flatMap((service) -> service.definition().group());
		}
		return parent;
	}

	Outcome perform(Action action, String... path) {
		List<String> names = Arrays.asList(path);
		ServiceGroup parent = names.isEmpty() ? null : parent(names).orElse(null);
		if (parent == null) {
			return Outcome.unknown(String.join("/", path));
		}
		String name = names.get(names.size() - 1);
		if (action == Action.STOP_NOW) {
			return Outcome.refused("Only the whole group can be stopped at once: stop '" + name + "' instead");
		}
		long begun = System.nanoTime();
		Future<ServiceSnapshot> result = switch (action) {
			case START -> parent.start(name);
			case STOP, STOP_NOW -> parent.stop(name);
			case RESTART -> parent.restart(name);
		};
		Outcome outcome = await(result, String.join("/", path));
		return (outcome == Outcome.DONE && action != Action.STOP) ? awaitStarted(parent, name, begun) : outcome;
	}

	private Outcome await(Future<?> result, String path) {
		try {
			result.get(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
			return Outcome.DONE;
		}
		catch (TimeoutException ex) {
			return Outcome.UNDER_WAY;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Outcome.UNDER_WAY;
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof NoSuchElementException) {
				return Outcome.unknown(path);
			}
			if (ex.getCause() instanceof IllegalStateException refusal) {
				return Outcome.refused(String.valueOf(refusal.getMessage()));
			}
			throw new IllegalStateException(ex.getCause());
		}
	}

	/**
	 * A start is done when one can see what came of it: the command itself is carried out
	 * when the service is about to begin.
	 */
	private static Outcome awaitStarted(ServiceGroup group, String service, long begun) {
		try {
			return group.awaitState(service, GroupControl::isSettled, remaining(begun)) ? Outcome.DONE
					: Outcome.UNDER_WAY;
		}
		catch (NoSuchElementException ex) {
			return Outcome.unknown(service);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Outcome.UNDER_WAY;
		}
	}

	private static boolean isSettled(ServiceState state) {
		return switch (state) {
			case NEW, WAITING, STARTING, STOPPING -> false;
			case RUNNING, BACKOFF, STUCK, COMPLETED, FAILED, STOPPED -> true;
		};
	}

	private static Duration remaining(long begun) {
		Duration remaining = ANSWER_WITHIN.minusNanos(System.nanoTime() - begun);
		return remaining.isNegative() ? Duration.ZERO : remaining;
	}

	Outcome perform(Action action) {
		return switch (action) {
			case START -> start();
			case STOP -> stop(false);
			case STOP_NOW -> stop(true);
			case RESTART -> restart();
		};
	}

	private Outcome start() {
		long begun = System.nanoTime();
		try {
			return startUnlessClosed() ? awaitStarted(begun) : Outcome.refused("The application is stopping");
		}
		catch (IllegalStateException ex) {
			return Outcome.refused(String.valueOf(ex.getMessage()));
		}
	}

	private Outcome awaitStarted(long begun) {
		try {
			this.group.awaitReady(remaining(begun));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		boolean underWay = this.group.isRunning() && this.group.snapshot().state() != GroupState.RUNNING;
		return underWay ? Outcome.UNDER_WAY : Outcome.DONE;
	}

	private synchronized boolean startUnlessClosed() {
		if (!this.closed) {
			this.group.start();
		}
		return !this.closed;
	}

	private Outcome stop(boolean now) {
		if (!this.group.isRunning()) {
			return Outcome.refused("'" + this.group.name() + "' is not running");
		}
		if (now) {
			this.group.stopNow();
		}
		else {
			this.group.stop();
		}
		try {
			return this.group.awaitTermination(ANSWER_WITHIN) ? Outcome.DONE : Outcome.UNDER_WAY;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Outcome.UNDER_WAY;
		}
	}

	private Outcome restart() {
		long begun = System.nanoTime();
		FutureTask<?> restart = new FutureTask<>(this::stopAndStart, null);
		synchronized (this) {
			GroupState state = this.group.snapshot().state();
			if (this.restarting != null || state == GroupState.STOPPING) {
				return Outcome.refused("'" + this.group.name() + "' is stopping already");
			}
			if (this.closed) {
				return Outcome.refused("The application is stopping");
			}
			Thread thread = this.threads.newThread(restart);
			thread.setName("supervisor-restart");
			thread.setDaemon(true);
			// not the one of the request, which may be that of another application
			thread.setContextClassLoader(ServiceGroup.class.getClassLoader());
			try {
				thread.start();
			}
			catch (OutOfMemoryError ex) {
				return Outcome.refused("'" + this.group.name()
						+ "' cannot be restarted: no thread could be created for it (" + ex.getMessage() + ")");
			}
			// before the thread, which waits for this, says that it is done
			this.restarting = thread;
		}
		Outcome outcome = await(restart, "");
		return (outcome == Outcome.DONE) ? awaitStarted(begun) : outcome;
	}

	/**
	 * The group ends within its shutdown timeout, so this waits for nothing but that.
	 */
	private void stopAndStart() {
		try {
			if (this.group.isRunning()) {
				this.group.stop();
				this.group.awaitTermination(Duration.ofDays(365));
			}
			startUnlessClosed();
		}
		catch (InterruptedException ex) {
			// closed: what was stopped stays so
		}
		catch (RuntimeException | Error ex) {
			// who asked may have been answered already
			logger.error("'{}' was to be restarted and could not be started", this.group.name(), ex);
			throw ex;
		}
		finally {
			synchronized (this) {
				this.restarting = null;
			}
		}
	}

	/**
	 * Start nothing any more: the application is about to stop the group for good.
	 */
	synchronized void close() {
		this.closed = true;
		if (this.restarting != null) {
			this.restarting.interrupt();
		}
	}

}
