package io.supervisor;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Failures in order, of which the present ones can be handed out at no cost: a view keeps
 * the array and its own size, and what is appended later lies behind its end. Only
 * appended to by the owner of the group.
 */
final class FailureList {

	private @Nullable ServiceFailure[] failures = new ServiceFailure[4];

	private int size;

	/**
	 * See to it that the next one needs no memory.
	 */
	void makeRoom() {
		if (this.size == this.failures.length) {
			this.failures = Arrays.copyOf(this.failures, this.size * 2);
		}
	}

	void add(ServiceFailure failure) {
		makeRoom();
		this.failures[this.size++] = failure;
	}

	/**
	 * Put the failure that counts as the cause of all before those that came earlier.
	 */
	void addFirst(ServiceFailure failure) {
		// another array: there are views of this one
		@Nullable ServiceFailure[] longer = new ServiceFailure[this.size + 4];
		longer[0] = failure;
		System.arraycopy(this.failures, 0, longer, 1, this.size);
		this.failures = longer;
		this.size++;
	}

	List<ServiceFailure> view() {
		return (this.size > 0) ? new View(this.failures, this.size) : List.of();
	}

	private static final class View extends AbstractList<ServiceFailure> {

		private final @Nullable ServiceFailure[] failures;

		private final int size;

		View(@Nullable ServiceFailure[] failures, int size) {
			this.failures = failures;
			this.size = size;
		}

		@Override
		public ServiceFailure get(int index) {
			Objects.checkIndex(index, this.size);
			return Objects.requireNonNull(this.failures[index]);
		}

		@Override
		public int size() {
			return this.size;
		}

	}

}
