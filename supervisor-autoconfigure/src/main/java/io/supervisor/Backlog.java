package io.supervisor;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a listener is told that is too far behind to be told of everything: how many
 * events it has missed, then the latest one of each service, and all of the group and of
 * services that went, in their order (rule 25).
 */
final class Backlog {

	private final GroupEvent beginning = GroupEvent.beginning();

	private GroupEvent end = this.beginning;

	private long size;

	private long missed;

	/**
	 * Leave out what a listener is to miss.
	 * @param position the event before the first that it was not told of
	 * @param tail the last one, which is where the chain goes on
	 * @param isLog whether the lines for the log alone are missed too
	 */
	Backlog(GroupEvent position, GroupEvent tail, boolean isLog) {
		Set<GroupEvent> latest = latestOfServices(position, tail);
		for (GroupEvent event = position.next; event != null && event != tail; event = event.next) {
			Object subject = event.subject();
			if (subject instanceof GroupEvent.Missed before) {
				this.missed += before.count();
			}
			else if (subject instanceof GroupEvent.LogLine) {
				this.missed += isLog ? 1 : 0;
			}
			else if ((subject instanceof ServiceSnapshot || subject instanceof GroupEvent.Degraded)
					&& !latest.contains(event)) {
				this.missed++;
			}
			else {
				append(event.copy());
			}
		}
		append(tail);
		this.beginning.number = position.number;
		if (this.missed > 0) {
			GroupEvent missed = GroupEvent.missed(this.missed);
			missed.number = position.number;
			missed.next = this.beginning.next;
			this.beginning.next = missed;
			this.size++;
		}
	}

	/**
	 * The latest transition of each service, also of each one that went, and whether it
	 * is well if it has said so since.
	 */
	private static Set<GroupEvent> latestOfServices(GroupEvent position, GroupEvent tail) {
		Map<ServiceDefinition, GroupEvent> present = new IdentityHashMap<>();
		Map<ServiceDefinition, GroupEvent> degraded = new IdentityHashMap<>();
		Set<GroupEvent> latest = Collections.newSetFromMap(new IdentityHashMap<>());
		for (GroupEvent event = position.next; event != null; event = (event != tail) ? event.next : null) {
			if (event.subject() instanceof ServiceSnapshot service) {
				present.put(service.definition(), event);
				degraded.remove(service.definition());
			}
			else if (event.subject() instanceof GroupEvent.Degraded report) {
				degraded.put(report.service().definition(), event);
			}
			else if (event.subject() instanceof GroupEvent.Removed removed) {
				degraded.remove(removed.service().definition());
				@Nullable GroupEvent before = present.remove(removed.service().definition());
				if (before != null) {
					latest.add(before);
				}
			}
		}
		latest.addAll(present.values());
		latest.addAll(degraded.values());
		return latest;
	}

	private void append(GroupEvent event) {
		this.end.next = event;
		this.end = event;
		this.size++;
	}

	/**
	 * The event before the first one.
	 */
	GroupEvent beginning() {
		return this.beginning;
	}

	long size() {
		return this.size;
	}

}
