package io.supervisor;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What listeners are told of, in one chain for all of them. Who takes one off the chain
 * takes what there is to tell and leaves the event itself, which holds all that follow: a
 * listener may be told for hours.
 */
final class GroupEvent {

	/**
	 * What was before, if there was something; and what it is about.
	 */
	private final @Nullable Enum<?> from;

	private final Object subject;

	/**
	 * Whether nothing is likely to follow soon, and its place among all. Written by the
	 * owner of the group before it is told, then only read.
	 */
	boolean last;

	long number;

	/**
	 * Written once by the owner of the group, read by the readers.
	 */
	volatile @Nullable GroupEvent next;

	GroupEvent(@Nullable Enum<?> from, Object subject) {
		this.from = from;
		this.subject = subject;
	}

	/**
	 * A service has another state.
	 */
	static GroupEvent moved(ServiceState from, ServiceSnapshot service) {
		return new GroupEvent(from, service);
	}

	/**
	 * The group has another state.
	 */
	static GroupEvent moved(GroupState from, GroupSnapshot group) {
		return new GroupEvent(from, group);
	}

	/**
	 * A service has gone.
	 */
	static GroupEvent removed(ServiceSnapshot service) {
		return new GroupEvent(null, new Removed(service));
	}

	/**
	 * A service is not well, or is well again.
	 */
	static GroupEvent degraded(ServiceSnapshot service) {
		return new GroupEvent(null, new Degraded(service));
	}

	/**
	 * Some events are left out.
	 */
	static GroupEvent missed(long count) {
		return new GroupEvent(null, new Missed(count));
	}

	/**
	 * There is something for the log alone.
	 */
	static GroupEvent logLine(Consumer<GroupLog> line) {
		return new GroupEvent(null, new LogLine(line));
	}

	/**
	 * Stands for what came before all others.
	 */
	static GroupEvent beginning() {
		GroupEvent beginning = new GroupEvent(null, "the beginning");
		beginning.last = true;
		return beginning;
	}

	@Nullable Enum<?> from() {
		return this.from;
	}

	Object subject() {
		return this.subject;
	}

	/**
	 * The same event, for another chain.
	 */
	GroupEvent copy() {
		GroupEvent copy = new GroupEvent(this.from, this.subject);
		copy.last = this.last;
		copy.number = this.number;
		return copy;
	}

	/**
	 * Tell a listener what there is to tell.
	 */
	static void tell(ServiceGroupListener listener, @Nullable Enum<?> from, Object subject) {
		if (subject instanceof ServiceSnapshot service && from instanceof ServiceState state) {
			listener.serviceStateChanged(state, service);
		}
		else if (subject instanceof Degraded degraded) {
			listener.serviceDegraded(degraded.service);
		}
		else if (subject instanceof GroupSnapshot group && from instanceof GroupState state) {
			listener.groupStateChanged(state, group);
		}
		else if (subject instanceof Removed removed) {
			listener.serviceRemoved(removed.service);
		}
		else if (subject instanceof Missed missed) {
			listener.eventsMissed(missed.count);
		}
		else if (subject instanceof LogLine line && listener instanceof GroupLog log) {
			line.line.accept(log);
		}
	}

	record Removed(ServiceSnapshot service) {

	}

	record Degraded(ServiceSnapshot service) {

	}

	record Missed(long count) {

	}

	record LogLine(Consumer<GroupLog> line) {

	}

}
