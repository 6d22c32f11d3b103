package io.supervisor;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Failures in order, of which the present ones can be handed out at no cost. Of those
 * that do not count for themselves it has the first and the latest of each member (rule
 * 27): all are appended, what is superseded is passed over by whoever reads a view, and
 * left behind once it is more than what is not. Only written by the owner of the group.
 */
final class FailureList {

	/**
	 * How many superseded ones are not worth leaving behind.
	 */
	private static final int SLACK = 16;

	/**
	 * Those that come before all others, the latest first.
	 */
	private @Nullable Entry causes;

	private @Nullable Entry last;

	private @Nullable Entry spare;

	/**
	 * How many entries there are up to the last, and how many of them are shown.
	 */
	private int size;

	private int shown;

	/**
	 * See to it that the next one needs no memory.
	 */
	void makeRoom() {
		if (this.spare == null) {
			this.spare = new Entry();
		}
		if (this.size > 2 * this.shown + SLACK) {
			leaveSuperseded();
		}
	}

	/**
	 * One that is kept whatever follows.
	 */
	void add(ServiceFailure failure) {
		append(failure, null, 0);
		this.shown++;
	}

	/**
	 * One that is kept until the next but one of the same member.
	 * @param member stands for the member
	 * @param number which one of that member it is, from 1 on
	 */
	void add(ServiceFailure failure, Object member, int number) {
		append(failure, member, number);
		if (number <= 2) {
			this.shown++;
		}
	}

	/**
	 * A member has gone, and what was kept for it goes.
	 * @param member stands for the member
	 * @param count how many there were of it
	 */
	void forget(Object member, int count) {
		if (count > 0) {
			append(null, member, 0);
			this.shown -= Math.min(count, 2);
		}
	}

	/**
	 * Put the failure that counts as the cause of all before those that came earlier.
	 */
	void addFirst(ServiceFailure failure) {
		this.causes = next(failure, null, 0, this.causes);
	}

	private void append(@Nullable ServiceFailure failure, @Nullable Object member, int number) {
		this.last = next(failure, member, number, this.last);
		this.size++;
	}

	private Entry next(@Nullable ServiceFailure failure, @Nullable Object member, int number,
			@Nullable Entry previous) {
		Entry entry = (this.spare != null) ? this.spare : new Entry();
		this.spare = null;
		entry.failure = failure;
		entry.member = member;
		entry.number = number;
		entry.previous = previous;
		return entry;
	}

	private void leaveSuperseded() {
		@Nullable Entry copy = null;
		List<Entry> shown = shown(this.last);
		for (Entry entry : shown) {
			Entry next = new Entry();
			next.failure = entry.failure;
			next.member = entry.member;
			next.number = entry.number;
			next.previous = copy;
			copy = next;
		}
		this.last = copy;
		this.size = shown.size();
	}

	List<ServiceFailure> view() {
		return (this.shown > 0 || this.causes != null) ? new View(this.causes, this.last) : List.of();
	}

	/**
	 * The entries that are not superseded, in order. For any thread.
	 */
	private static List<Entry> shown(@Nullable Entry last) {
		List<Entry> shown = new ArrayList<>();
		Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Set<Object> gone = Collections.newSetFromMap(new IdentityHashMap<>());
		for (Entry entry = last; entry != null; entry = entry.previous) {
			if (entry.failure == null) {
				gone.add(Objects.requireNonNull(entry.member));
			}
			else if (entry.member == null
					|| (!gone.contains(entry.member) && (seen.add(entry.member) || entry.number == 1))) {
				shown.add(entry);
			}
		}
		Collections.reverse(shown);
		return shown;
	}

	/**
	 * A failure; without one, the end of what was kept for a member. Written before it is
	 * published, then only read.
	 */
	private static final class Entry {

		private @Nullable ServiceFailure failure;

		/**
		 * Stands for the member of which it is kept only if it is the first or the
		 * latest, and which one of those it is.
		 */
		private @Nullable Object member;

		private int number;

		private @Nullable Entry previous;

	}

	/**
	 * What was there when it was made; sorted out by the first who reads it.
	 */
	static final class View extends AbstractList<ServiceFailure> {

		private final @Nullable Entry causes;

		private final @Nullable Entry last;

		/**
		 * Any thread; two that come at once find the same.
		 */
		private @Nullable Shown shown;

		View(@Nullable Entry causes, @Nullable Entry last) {
			this.causes = causes;
			this.last = last;
		}

		@Override
		public ServiceFailure get(int index) {
			return shown().failures[index];
		}

		@Override
		public int size() {
			return shown().failures.length;
		}

		/**
		 * How many there were of the same member between its first one and this one, and
		 * are not kept.
		 */
		int leftOutBefore(int index) {
			return shown().leftOut[index];
		}

		private Shown shown() {
			Shown shown = this.shown;
			if (shown == null) {
				shown = sortOut();
				this.shown = shown;
			}
			return shown;
		}

		private Shown sortOut() {
			List<Entry> entries = new ArrayList<>();
			for (Entry entry = this.causes; entry != null; entry = entry.previous) {
				entries.add(entry);
			}
			entries.addAll(FailureList.shown(this.last));
			return new Shown(
					entries.stream()
						.map((entry) -> Objects.requireNonNull(entry.failure))
						.toArray(ServiceFailure[]::new),
					entries.stream().mapToInt((entry) -> Math.max(0, entry.number - 2)).toArray());
		}

		private record Shown(ServiceFailure[] failures, int[] leftOut) {

		}

	}

}
