package io.supervisor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts members in an order in which each comes after those that it depends on (rule 2).
 */
final class ServiceGraph {

	private ServiceGraph() {
	}

	/**
	 * Connect members with those that they depend on.
	 * @return the members, each after its dependencies, otherwise in the given order
	 * @throws IllegalArgumentException if a dependency is unknown or there is a cycle
	 */
	static List<Member> connect(Collection<Member> members) {
		MembersByName byName = new MembersByName();
		members.forEach(byName::add);
		for (Member member : members) {
			connect(member, byName);
		}
		return order(members);
	}

	/**
	 * Connect one member with those that it depends on.
	 */
	static void connect(Member member, MembersByName byName) {
		List<String> names = member.definition().dependencies();
		if (names.isEmpty()) {
			return;
		}
		List<Member> dependencies = new ArrayList<>(names.size());
		for (String name : names) {
			Member dependency = byName.get(name);
			if (dependency == null) {
				throw new IllegalArgumentException("'%s' depends on '%s', which is not in the group: there are %s"
					.formatted(member.name(), name, abbreviate(byName.names())));
			}
			if (dependency.definition().removedWhenDone()) {
				throw new IllegalArgumentException(
						"'%s' depends on '%s', which leaves the group when it is done: let that one stay, or do not depend on it"
							.formatted(member.name(), name));
			}
			dependencies.add(dependency);
		}
		Relations.of(member).dependencies = dependencies;
		for (Member dependency : dependencies) {
			Relations relations = Relations.of(dependency);
			if (relations.dependents.isEmpty()) {
				relations.dependents = new ArrayList<>();
			}
			relations.dependents.add(member);
		}
	}

	private static String abbreviate(List<String> names) {
		String shown = names.stream()
			.sorted()
			.limit(20)
			.map((name) -> "'" + name + "'")
			.collect(Collectors.joining(", "));
		return (names.size() > 20) ? shown + " ..." : shown;
	}

	/**
	 * Without recursion: a chain of dependencies may be long.
	 */
	private static List<Member> order(Collection<Member> members) {
		List<Member> order = new ArrayList<>(members.size());
		Set<Member> done = new HashSet<>();
		for (Member start : members) {
			if (start.relations.dependencies.isEmpty()) {
				if (done.add(start)) {
					order.add(start);
				}
				continue;
			}
			Map<Member, Integer> path = new LinkedHashMap<>();
			List<Member> stack = new ArrayList<>(List.of(start));
			while (!stack.isEmpty()) {
				Member member = stack.get(stack.size() - 1);
				int next = done.contains(member) ? member.relations.dependencies.size() : path.getOrDefault(member, 0);
				if (next == member.relations.dependencies.size()) {
					stack.remove(stack.size() - 1);
					path.remove(member);
					if (done.add(member)) {
						order.add(member);
					}
					continue;
				}
				path.put(member, next + 1);
				Member dependency = member.relations.dependencies.get(next);
				if (path.containsKey(dependency)) {
					throw new IllegalArgumentException("The services depend on each other in a circle: "
							+ describeCycle(new ArrayList<>(path.keySet()), dependency));
				}
				stack.add(dependency);
			}
		}
		return order;
	}

	private static String describeCycle(List<Member> path, Member start) {
		List<Member> cycle = new ArrayList<>(path.subList(path.indexOf(start), path.size()));
		cycle.add(start);
		return cycle.stream().map((member) -> "'" + member.name() + "'").collect(Collectors.joining(" -> "));
	}

	/**
	 * All that depend on a member, directly or not, those that depend on others first.
	 */
	static List<Member> transitiveDependents(Member member) {
		Set<Member> found = new HashSet<>();
		List<Member> order = new ArrayList<>();
		List<Member> stack = new ArrayList<>(List.of(member));
		Map<Member, Integer> progress = new HashMap<>();
		while (!stack.isEmpty()) {
			Member top = stack.get(stack.size() - 1);
			int next = progress.getOrDefault(top, 0);
			if (next == top.relations.dependents.size()) {
				stack.remove(stack.size() - 1);
				if (top != member) {
					order.add(top);
				}
				continue;
			}
			progress.put(top, next + 1);
			Member dependent = top.relations.dependents.get(next);
			if (found.add(dependent)) {
				stack.add(dependent);
			}
		}
		return Collections.unmodifiableList(order);
	}

}
