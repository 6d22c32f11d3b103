package io.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The failures that the judge expects of one run of a group, against those that its
 * snapshots and its error show (rules 6, 9, 11 and 20).
 */
final class JudgedFailures {

	private final List<Expected> expected = new ArrayList<>();

	/**
	 * What each of the failures of the snapshot was found to be, in its order.
	 */
	private final List<Expected> found = new ArrayList<>();

	/**
	 * Those that fail the group, until it stops. The first is the cause.
	 */
	private final List<Expected> primary = new ArrayList<>();

	void expect(JudgedService service, int attempt, @Nullable Throwable thrown, Role role) {
		Expected failure = new Expected(service.name, attempt, thrown, role);
		this.expected.add(failure);
		if (role == Role.PRIMARY) {
			this.primary.add(failure);
		}
	}

	boolean isPrimary() {
		return !this.primary.isEmpty();
	}

	/**
	 * Whether the group may name a service as the one that failed it.
	 */
	boolean mayNameAsFirst(@Nullable String service) {
		return !this.primary.isEmpty() && this.primary.get(0).service.equals(service);
	}

	/**
	 * Each failure is in the snapshot once, and the error has those that are not
	 * isolated, the first one first.
	 */
	void check(GroupSnapshot group, Optional<ServiceGroupException> error) {
		List<ServiceFailure> failures = group.failures();
		for (int i = this.found.size(); i < failures.size(); i++) {
			this.found.add(find(failures.get(i)));
		}
		if (!this.expected.isEmpty()) {
			throw new RuleBroken("11", "lost " + this.expected + ", has " + failures);
		}
		if (error.isPresent() != isPrimary()) {
			throw new RuleBroken("11", "has the error " + error + " for " + this.primary);
		}
		if (error.isPresent()) {
			checkError(failures, error.get());
		}
	}

	private Expected find(ServiceFailure failure) {
		int found = -1;
		for (int i = 0; i < this.expected.size(); i++) {
			if (this.expected.get(i).matches(failure) && (found < 0 || this.expected.get(i).thrown != null)) {
				found = i;
			}
		}
		if (found >= 0) {
			return this.expected.remove(found);
		}
		throw new RuleBroken("11", "has " + failure + ", but expected only " + this.expected);
	}

	private void checkError(List<ServiceFailure> failures, ServiceGroupException error) {
		List<ServiceFailure> actual = error.failures();
		ServiceFailure first = actual.get(0);
		if (!mayNameAsFirst(first.service()) || error.getCause() != first.cause()) {
			throw new RuleBroken("6", "failed first with " + first + " instead of " + this.primary);
		}
		int next = 1;
		for (int i = 0; i < failures.size(); i++) {
			if (this.found.get(i).role != Role.ISOLATED && failures.get(i) != first) {
				if (next >= actual.size() || actual.get(next) != failures.get(i)) {
					throw new RuleBroken("11", "the error has " + actual + " of " + failures);
				}
				next++;
			}
		}
		if (next != actual.size()) {
			throw new RuleBroken("9", "the error has " + actual + " of " + failures);
		}
	}

	/**
	 * What a failure is to the group.
	 */
	enum Role {

		PRIMARY, ISOLATED, SECONDARY

	}

	/**
	 * A failure that has to be there.
	 *
	 * @param thrown what the service threw, if it did
	 */
	private record Expected(String service, int attempt, @Nullable Throwable thrown, Role role) {

		boolean matches(ServiceFailure failure) {
			return this.service.equals(failure.service()) && this.attempt == failure.attempt()
					&& (this.thrown == null || this.thrown == failure.cause());
		}

	}

}
