package io.supervisor.endpoint;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import org.jspecify.annotations.Nullable;

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

	private final ServiceGroup group;

	/**
	 * The restart of the whole group that is under way. Guarded by {@code this}.
	 */
	private @Nullable Thread restarting;

	/**
	 * Whether nothing is to be started any more. Guarded by {@code this}.
	 */
	private boolean closed;

	GroupControl(ServiceGroup group) {
		this.group = group;
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
		Future<ServiceSnapshot> result = switch (action) {
			case START -> parent.start(name);
			case STOP -> parent.stop(name);
			case RESTART -> parent.restart(name);
		};
		return await(result, String.join("/", path));
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

	Outcome perform(Action action) {
		return switch (action) {
			case START -> start();
			case STOP -> stop();
			case RESTART -> restart();
		};
	}

	private Outcome start() {
		try {
			return startUnlessClosed() ? Outcome.DONE : Outcome.refused("The application is stopping");
		}
		catch (IllegalStateException ex) {
			return Outcome.refused(String.valueOf(ex.getMessage()));
		}
	}

	private synchronized boolean startUnlessClosed() {
		if (!this.closed) {
			this.group.start();
		}
		return !this.closed;
	}

	private Outcome stop() {
		if (!this.group.isRunning()) {
			return Outcome.refused("'" + this.group.name() + "' is not running");
		}
		this.group.stop();
		try {
			return this.group.awaitTermination(ANSWER_WITHIN) ? Outcome.DONE : Outcome.UNDER_WAY;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Outcome.UNDER_WAY;
		}
	}

	private Outcome restart() {
		FutureTask<?> restart = new FutureTask<>(this::stopAndStart, null);
		synchronized (this) {
			GroupState state = this.group.snapshot().state();
			if (this.restarting != null || state == GroupState.STOPPING) {
				return Outcome.refused("'" + this.group.name() + "' is stopping already");
			}
			if (this.closed) {
				return Outcome.refused("The application is stopping");
			}
			Thread thread = new Thread(restart, "supervisor-restart");
			thread.setDaemon(true);
			// not the one of the request, which may be that of another application
			thread.setContextClassLoader(ServiceGroup.class.getClassLoader());
			this.restarting = thread;
			thread.start();
		}
		return await(restart, "");
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
