package io.supervisor;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Observation (rule 28): what follows from what a service says of its run. Runs in the
 * {@linkplain GroupLoop loop}.
 */
final class ObservationRules {

	private final Group group;

	ObservationRules(Group group) {
		this.group = group;
	}

	void onReport(Run run, RunReport report) {
		Member member = run.member();
		if (member.run == run && (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING)) {
			String reason = report.degraded();
			degrade(member, (reason != null) ? RunReport.line(reason) : null);
		}
	}

	private void degrade(Member member, @Nullable String reason) {
		if (!Objects.equals(reason, member.degraded)) {
			member.degraded = reason;
			this.group.publication.degraded(member);
		}
	}

}
