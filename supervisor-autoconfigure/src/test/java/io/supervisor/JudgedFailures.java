package io.supervisor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The failures that the judge expects of one run of a group, against those that its
 * snapshots and its error show: all that fail it, and the first and the latest of the
 * others of each service (rules 6, 9, 11, 20 and 27).
 */
final class JudgedFailures {

	/**
	 * Those that fail the group, until it stops. The first is the cause.
	 */
	private final List<Expected> primary = new ArrayList<>();

	/**
	 * The others by the name of their service, and those of them that are secondary.
	 */
	private final Map<String, Others> others = new HashMap<>();

	private final Map<String, Others> secondary = new HashMap<>();

	/**
	 * Of what happens between two looks the order is not known.
	 */
	private int look;

	void expect(JudgedService service, int attempt, @Nullable Throwable thrown, Role role) {
		Expected failure = new Expected(service.name, attempt, thrown);
		if (role == Role.PRIMARY) {
			this.primary.add(failure);
			return;
		}
		this.others.computeIfAbsent(service.name, (name) -> new Others()).add(failure, this.look);
		if (role == Role.SECONDARY) {
			this.secondary.computeIfAbsent(service.name, (name) -> new Others()).add(failure, this.look);
		}
	}

	/**
	 * A service has gone.
	 * @param certain whether it went before the run of the group had ended, which keeps
	 * what it has ended with
	 */
	void forget(String service, boolean certain) {
		for (Map<String, Others> others : List.of(this.others, this.secondary)) {
			if (certain) {
				others.remove(service);
			}
			else if (others.containsKey(service)) {
				Objects.requireNonNull(others.get(service)).becomeUncertain();
			}
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
	 * Each failure that is kept is in the snapshot once, and the error has those that are
	 * not isolated, the first one first.
	 * @return whether some are not kept
	 */
	boolean check(GroupSnapshot group, Optional<ServiceGroupException> error) {
		Map<String, Integer> counts = new HashMap<>();
		ServiceFailure first = error.map((one) -> one.failures().get(0)).orElse(null);
		check(group.failures(), first, this.others, counts);
		boolean leftOut = false;
		for (Map.Entry<String, Others> entry : this.others.entrySet()) {
			Others others = entry.getValue();
			int count = group.failureCount(entry.getKey()) - counts.getOrDefault(entry.getKey(), 0);
			if (count < others.count || count > others.count + others.perhaps) {
				throw new RuleBroken("27", "counts " + count + " of " + others);
			}
			leftOut |= others.count > 2;
		}
		if (error.isPresent() != isPrimary()) {
			throw new RuleBroken("11", "has the error " + error + " for " + this.primary);
		}
		if (error.isPresent()) {
			checkError(group.failures(), error.get());
		}
		this.look++;
		return leftOut;
	}

	/**
	 * @param first the first in the error, if there is one: it may repeat a secondary one
	 * @param primaryCounts to be filled with how many there are of each service that fail
	 * the group
	 */
	private void check(List<ServiceFailure> failures, @Nullable ServiceFailure first, Map<String, Others> others,
			Map<String, Integer> primaryCounts) {
		List<Expected> primary = new ArrayList<>(this.primary);
		Map<String, List<ServiceFailure>> rest = new HashMap<>();
		for (ServiceFailure failure : failures) {
			Others candidates = others.get(failure.service());
			boolean isOther = failure != first && candidates != null && candidates.hasThrown(failure);
			Expected found = find(primary, failure, isOther);
			if (found != null) {
				primary.remove(found);
				primaryCounts.merge(failure.service(), 1, Integer::sum);
			}
			else {
				rest.computeIfAbsent(failure.service(), (name) -> new ArrayList<>()).add(failure);
			}
		}
		if (!primary.isEmpty()) {
			throw new RuleBroken("11", "lost " + primary + ", has " + failures);
		}
		others.forEach((service, expected) -> expected.check(rest.getOrDefault(service, List.of())));
		rest.keySet().removeAll(others.keySet());
		if (!rest.isEmpty()) {
			throw new RuleBroken("11", "has " + rest + ", but expected only " + this.primary + " and " + others);
		}
	}

	private static @Nullable Expected find(List<Expected> primary, ServiceFailure failure, boolean onlyThrown) {
		@Nullable Expected found = null;
		for (Expected candidate : primary) {
			if (candidate.matches(failure) && (candidate.thrown != null || (found == null && !onlyThrown))) {
				found = candidate;
			}
		}
		return found;
	}

	private void checkError(List<ServiceFailure> failures, ServiceGroupException error) {
		List<ServiceFailure> actual = error.failures();
		ServiceFailure first = actual.get(0);
		if (!mayNameAsFirst(first.service()) || error.getCause() != first.cause()) {
			throw new RuleBroken("6", "failed first with " + first + " instead of " + this.primary);
		}
		check(actual, first, this.secondary, new HashMap<>());
		int place = -1;
		for (ServiceFailure failure : actual.subList(1, actual.size())) {
			int next = indexOf(failures, failure);
			if (next >= 0 && next < place) {
				throw new RuleBroken("11", "the error has " + actual + " of " + failures);
			}
			place = Math.max(place, next);
		}
	}

	private static int indexOf(List<ServiceFailure> failures, ServiceFailure failure) {
		for (int i = 0; i < failures.size(); i++) {
			if (failures.get(i) == failure) {
				return i;
			}
		}
		return -1;
	}

	/**
	 * What a failure is to the group.
	 */
	enum Role {

		PRIMARY, ISOLATED, SECONDARY

	}

	/**
	 * Failures of one service of which the first and the latest are kept.
	 */
	private static final class Others {

		private final List<Expected> first = new ArrayList<>();

		private final List<Expected> latest = new ArrayList<>();

		private final List<Expected> uncertain = new ArrayList<>();

		private int firstLook;

		private int latestLook = -1;

		private int count;

		/**
		 * How many more there may be.
		 */
		private int perhaps;

		void add(Expected failure, int look) {
			if (this.count == 0) {
				this.firstLook = look;
			}
			if (this.firstLook == look) {
				this.first.add(failure);
			}
			if (this.latestLook != look) {
				this.latestLook = look;
				this.latest.clear();
			}
			this.latest.add(failure);
			this.count++;
		}

		void becomeUncertain() {
			this.uncertain.addAll(this.first);
			this.uncertain.addAll(this.latest);
			this.first.clear();
			this.latest.clear();
			this.perhaps += this.count;
			this.count = 0;
			this.latestLook = -1;
		}

		boolean hasThrown(ServiceFailure failure) {
			return candidates(this.first).stream().anyMatch((one) -> one.thrown != null && one.matches(failure))
					|| this.latest.stream().anyMatch((one) -> one.thrown != null && one.matches(failure));
		}

		private List<Expected> candidates(List<Expected> certain) {
			List<Expected> candidates = new ArrayList<>(certain);
			candidates.addAll(this.uncertain);
			return candidates;
		}

		void check(List<ServiceFailure> kept) {
			int least = Math.min(this.count, 2);
			int most = Math.min(this.count + this.perhaps, 2);
			if (kept.size() < least || kept.size() > most || (!kept.isEmpty() && !areFirstAndLatest(kept))) {
				throw new RuleBroken("27", "keeps " + kept + " of " + this);
			}
		}

		private boolean areFirstAndLatest(List<ServiceFailure> kept) {
			for (Expected first : candidates(this.first)) {
				if (first.matches(kept.get(0)) && (kept.size() == 1 || candidates(this.latest).stream()
					.anyMatch((latest) -> latest != first && latest.matches(kept.get(1))))) {
					return true;
				}
			}
			return false;
		}

		@Override
		public String toString() {
			return this.count + " failures, first " + this.first + ", latest " + this.latest + ", perhaps "
					+ this.uncertain;
		}

	}

	/**
	 * A failure that has to be there.
	 *
	 * @param thrown what the service threw, if it did
	 */
	private record Expected(String service, int attempt, @Nullable Throwable thrown) {

		boolean matches(ServiceFailure failure) {
			return this.service.equals(failure.service()) && this.attempt == failure.attempt()
					&& (this.thrown == null || this.thrown == failure.cause());
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return this == other;
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this);
		}

	}

}
