package io.supervisor.endpoint;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupListener;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;

/**
 * The latest transitions of a tree of groups. A service that is restarted all night long
 * must not push out everything else, so each has at most a share of the room.
 */
final class TransitionHistory {

	/**
	 * One service's part of the room.
	 */
	private static final int SHARE = 8;

	private final int size;

	private final Map<Long, Transition> transitions = new LinkedHashMap<>();

	private final Map<String, Deque<Long>> numbers = new HashMap<>();

	private long next;

	TransitionHistory(int size) {
		this.size = size;
	}

	/**
	 * Keep what happens in a group from now on, and in those inside it.
	 */
	void follow(ServiceGroup group) {
		new Recorder("", group).listen();
	}

	synchronized void add(Transition transition) {
		if (this.size == 0) {
			return;
		}
		Deque<Long> own = this.numbers.computeIfAbsent(transition.path(), (path) -> new ArrayDeque<>());
		if (own.size() >= Math.max(1, this.size / SHARE)) {
			this.transitions.remove(own.removeFirst());
		}
		else if (this.transitions.size() >= this.size) {
			removeOldest();
		}
		own.add(this.next);
		this.transitions.put(this.next++, transition);
		this.numbers.putIfAbsent(transition.path(), own);
	}

	private void removeOldest() {
		Long oldest = this.transitions.keySet().iterator().next();
		String path = Objects.requireNonNull(this.transitions.remove(oldest)).path();
		Deque<Long> own = Objects.requireNonNull(this.numbers.get(path));
		own.remove(oldest);
		if (own.isEmpty()) {
			this.numbers.remove(path);
		}
	}

	/**
	 * The transitions.
	 * @return the oldest first
	 */
	synchronized List<Transition> transitions() {
		return List.copyOf(this.transitions.values());
	}

	/**
	 * Records one group of the tree, and finds those inside it when they start.
	 */
	private final class Recorder implements ServiceGroupListener {

		private final String path;

		private final ServiceGroup group;

		/**
		 * The recorders of the groups inside this one.
		 */
		private final Map<ServiceGroup, Recorder> followed = new ConcurrentHashMap<>();

		/**
		 * Whether the group is no part of the tree any more.
		 */
		private volatile boolean left;

		Recorder(String path, ServiceGroup group) {
			this.path = path;
			this.group = group;
		}

		void listen() {
			this.group.addListener(this);
			this.group.services().forEach(this::followInside);
		}

		private void followInside(ServiceSnapshot service) {
			service.definition().group().ifPresent((nested) -> {
				Recorder recorder = new Recorder(path(service), nested);
				if (this.followed.putIfAbsent(nested, recorder) == null) {
					recorder.listen();
				}
				if (this.left) {
					unfollow(nested);
				}
			});
		}

		private void unfollow(ServiceGroup nested) {
			Recorder recorder = this.followed.remove(nested);
			if (recorder != null) {
				recorder.leave();
			}
		}

		private void leave() {
			this.left = true;
			this.group.removeListener(this);
			this.followed.keySet().forEach(this::unfollow);
		}

		private boolean isThere(ServiceGroup nested) {
			return this.group.services()
				.stream()
				.anyMatch((service) -> service.definition().group().filter((group) -> group == nested).isPresent());
		}

		private String path(ServiceSnapshot service) {
			return this.path.isEmpty() ? service.name() : this.path + "/" + service.name();
		}

		@Override
		public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
			followInside(service);
			add(Transition.of(path(service), from, service));
		}

		@Override
		public void serviceRemoved(ServiceSnapshot service) {
			service.definition().group().filter((nested) -> !isThere(nested)).ifPresent(this::unfollow);
		}

		@Override
		public void eventsMissed(long count) {
			this.group.services().forEach(this::followInside);
		}

		@Override
		public void groupStateChanged(GroupState from, GroupSnapshot group) {
			if (group.state() == GroupState.STARTING) {
				this.group.services().forEach(this::followInside);
			}
			add(Transition.of(this.path, from, group));
		}

	}

}
