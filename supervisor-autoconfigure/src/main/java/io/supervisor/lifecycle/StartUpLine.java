package io.supervisor.lifecycle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.supervisor.OnCompletion;
import io.supervisor.Placement;
import io.supervisor.RestartPolicy;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;

/**
 * Says in one line what is supervised, and how as far as that is not the default.
 */
final class StartUpLine {

	private static final int MAX_SERVICES = 20;

	private StartUpLine() {
	}

	/**
	 * Describe the services.
	 * @param services those of the group
	 * @param leftOut the names of those that are not in it, each with the reason
	 */
	static String describe(List<ServiceSnapshot> services, Map<String, String> leftOut) {
		if (services.isEmpty() && leftOut.isEmpty()) {
			return "Supervising no services: there is no bean of type io.supervisor.Service";
		}
		String absent = leftOut.entrySet()
			.stream()
			.limit(MAX_SERVICES)
			.map((service) -> service.getKey() + " (" + service.getValue() + ")")
			.collect(Collectors.joining(", ", "; left out: ", more(leftOut.size())));
		return (services.isEmpty() ? "Supervising no services" : describe(services))
				+ (leftOut.isEmpty() ? "" : absent);
	}

	private static String describe(List<ServiceSnapshot> services) {
		List<ServiceSnapshot> listed = services.stream().filter((service) -> placement(service).shard() == 0).toList();
		String shown = listed.stream().limit(MAX_SERVICES).map(StartUpLine::describe).collect(Collectors.joining(", "));
		return "Supervising " + count(services.size()) + ": " + shown + more(listed.size());
	}

	private static String more(int services) {
		return (services > MAX_SERVICES) ? ", ... and " + (services - MAX_SERVICES) + " more" : "";
	}

	private static String count(int services) {
		return (services == 1) ? "1 service" : services + " services";
	}

	private static String describe(ServiceSnapshot service) {
		List<String> remarks = new ArrayList<>();
		String name = service.name();
		switch (placement(service).kind()) {
			case SINGLETON -> remarks.add("in one replica");
			case SHARD -> {
				// stands for all of them
				remarks.add(placement(service).shardCount() + " shards among the replicas");
				name = name.substring(0, name.lastIndexOf('#'));
			}
			default -> {
			}
		}
		if (service.group().isPresent()) {
			remarks.add("a group of " + count(service.services().size()));
		}
		if (!service.dependencies().isEmpty()) {
			remarks.add("after " + dependencies(service));
		}
		addPolicy(remarks, service.definition().policy());
		return name + (remarks.isEmpty() ? "" : remarks.stream().collect(Collectors.joining(", ", " (", ")")));
	}

	/**
	 * The shards of a service are told as one.
	 */
	private static String dependencies(ServiceSnapshot service) {
		return service.dependencies()
			.stream()
			.map((name) -> name.replaceFirst("#\\d+$", ""))
			.distinct()
			.collect(Collectors.joining(" and "));
	}

	private static Placement placement(ServiceSnapshot service) {
		return service.definition().placement();
	}

	private static void addPolicy(List<String> remarks, ServicePolicy policy) {
		if (!policy.critical()) {
			remarks.add("not critical");
		}
		if (policy.onCompletion() != OnCompletion.CONTINUE) {
			remarks.add((policy.onCompletion() == OnCompletion.FAIL) ? "must not complete" : "completes the group");
		}
		Duration heartbeat = policy.heartbeatTimeout();
		if (heartbeat != null) {
			remarks.add("heartbeat within " + describe(heartbeat));
		}
		addRestart(remarks, policy.restart());
	}

	private static void addRestart(List<String> remarks, RestartPolicy restart) {
		switch (restart.mode()) {
			case NEVER -> {
				return;
			}
			case ON_FAILURE -> remarks.add("restart on failure");
			case ALWAYS -> remarks.add("restart always");
		}
		if (restart.scope() == RestartPolicy.Scope.DEPENDENTS) {
			remarks.add("with its dependents");
		}
		remarks.add((restart.maxRestarts() == RestartPolicy.UNLIMITED) ? "without limit"
				: restart.maxRestarts() + " in a row");
	}

	private static String describe(Duration duration) {
		return duration.toString().substring(2).toLowerCase(Locale.ROOT);
	}

}
