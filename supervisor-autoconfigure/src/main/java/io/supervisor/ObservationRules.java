package io.supervisor;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Observation (rules 28 and 30): what follows from what a service says of its run. Runs
 * in the {@linkplain GroupLoop loop}.
 */
final class ObservationRules {

	private final Group group;

	private final StopRules stops;

	ObservationRules(Group group, StopRules stops) {
		this.group = group;
		this.stops = stops;
	}

	void onReport(Run run, RunReport report) {
		Member member = run.member();
		if (member.run != run) {
			return;
		}
		if (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING) {
			String reason = report.degraded();
			degrade(member, (reason != null) ? RunReport.line(reason) : null);
		}
		else if (member.state == ServiceState.STOPPING) {
			this.stops.extend(member, report);
		}
	}

	private void degrade(Member member, @Nullable String reason) {
		if (!Objects.equals(reason, member.degraded)) {
			member.degraded = reason;
			this.group.publication.degraded(member);
		}
	}

}
