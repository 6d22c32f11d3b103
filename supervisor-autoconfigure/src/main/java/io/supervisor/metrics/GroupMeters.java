package io.supervisor.metrics;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.MeterRegistry;
import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupListener;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the services of one group of the tree. Groups do not tell that a service
 * was added while they do not run, so each look at the number of services makes sure that
 * there are meters for those that exist and for no others.
 */
final class GroupMeters implements ServiceGroupListener {

	private static final int UNKNOWN = -1;

	private final MeterRegistry registry;

	private final MeterBudget budget;

	private final String prefix;

	private final ServiceGroup group;

	private final Map<String, ServiceMeters> services = new ConcurrentHashMap<>();

	private final Map<String, GroupMeters> groups = new ConcurrentHashMap<>();

	/**
	 * How many services there were at the latest look. Written under {@code this}, read
	 * by any thread; a look too many does no harm.
	 */
	private volatile int size = UNKNOWN;

	/**
	 * Whether the group is no part of the tree any more. Guarded by {@code this}.
	 */
	private boolean removed;

	GroupMeters(MeterRegistry registry, MeterBudget budget, String prefix, ServiceGroup group) {
		this.registry = registry;
		this.budget = budget;
		this.prefix = prefix;
		this.group = group;
	}

	void listen() {
		this.group.addListener(this);
		lookForServices();
	}

	/**
	 * How many services of this group and those inside it are in a state.
	 */
	int count(ServiceState state) {
		GroupSnapshot snapshot = this.group.snapshot();
		if (snapshot.size() != this.size) {
			lookForServices();
		}
		int count = snapshot.count(state);
		for (GroupMeters nested : this.groups.values()) {
			count += nested.count(state);
		}
		return count;
	}

	private synchronized void lookForServices() {
		Map<String, ServiceSnapshot> present = this.group.services()
			.stream()
			.collect(Collectors.toMap(ServiceSnapshot::name, (service) -> service));
		this.size = present.size();
		removeAllBut(present.keySet());
		present.values().forEach(this::include);
	}

	private void removeAllBut(Set<String> names) {
		this.services.forEach((name, meters) -> {
			if (!names.contains(name)) {
				this.services.remove(name);
				meters.remove();
				this.budget.giveBack();
			}
		});
		this.groups.forEach((name, nested) -> {
			if (!names.contains(name)) {
				this.groups.remove(name);
				nested.remove();
			}
		});
	}

	/**
	 * A service has begun that may have been added to the running group, and may be gone
	 * by now. A look at all of them for each one that is added would take for ever.
	 */
	private synchronized void includeAdded(ServiceSnapshot service) {
		String name = service.name();
		if (!this.services.containsKey(name) && this.group.service(name).isPresent()) {
			include(service);
			this.size++;
		}
	}

	private synchronized void remove() {
		this.removed = true;
		this.group.removeListener(this);
		removeAllBut(Set.of());
	}

	/**
	 * A service has gone, and another one of that name may have come.
	 */
	private synchronized void removeGone(ServiceSnapshot service) {
		String name = service.name();
		boolean isThere = this.group.service(name)
			.filter((present) -> present.definition() == service.definition())
			.isPresent();
		ServiceMeters meters = isThere ? null : this.services.remove(name);
		if (meters != null) {
			meters.remove();
			this.budget.giveBack();
		}
		if (!isThere) {
			StepMeters.remove(this.registry, name);
		}
		GroupMeters nested = isThere ? null : this.groups.remove(name);
		if (nested != null) {
			nested.remove();
		}
		this.size = UNKNOWN;
	}

	private synchronized void include(ServiceSnapshot service) {
		if (this.removed) {
			return;
		}
		String name = service.name();
		if (!this.services.containsKey(name) && this.budget.take()) {
			this.services.put(name, new ServiceMeters(this.registry, this.prefix + name, this.group, name));
		}
		service.definition().group().filter((nested) -> !this.groups.containsKey(name)).ifPresent((nested) -> {
			GroupMeters meters = new GroupMeters(this.registry, this.budget, this.prefix + name + "/", nested);
			this.groups.put(name, meters);
			meters.listen();
		});
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot snapshot) {
		if (snapshot.state() == GroupState.STARTING) {
			lookForServices();
		}
	}

	@Override
	public void serviceRemoved(ServiceSnapshot service) {
		removeGone(service);
	}

	@Override
	public void eventsMissed(long count) {
		lookForServices();
	}

	@Override
	public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
		if (from == ServiceState.NEW) {
			includeAdded(service);
		}
		@Nullable ServiceMeters meters = this.services.get(service.name());
		if (meters != null) {
			meters.stateChanged(from, service);
		}
	}

}
