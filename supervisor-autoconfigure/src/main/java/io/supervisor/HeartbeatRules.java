package io.supervisor;

import java.util.Objects;

/**
 * Heartbeats (rule 23): the loop looks twice per timeout; two looks in a row without one
 * are a miss. Runs in the {@linkplain GroupLoop loop}.
 */
final class HeartbeatRules {

	private final Group group;

	private final FailureRules failures;

	HeartbeatRules(Group group, FailureRules failures) {
		this.group = group;
		this.failures = failures;
	}

	/**
	 * A run is ready: from now on it has to give heartbeats, if it has to.
	 */
	void begin(Member member, Run run) {
		if (member.heartbeatTimeout() != Durations.NONE) {
			Member.Pulse pulse = new Member.Pulse();
			member.pulse = pulse;
			lookAnew(member, run, pulse);
		}
	}

	/**
	 * It is time for a look.
	 */
	void look(Member member) {
		Run run = member.requireRun();
		Member.Pulse pulse = Objects.requireNonNull(member.pulse);
		boolean late = this.group.agenda.now() - member.at > member.heartbeatTimeout() / 2;
		boolean beat = run.beats() != pulse.beatsSeen;
		if (beat) {
			pulse.lastBeat = this.group.agenda.instant();
			this.group.publication.publish(member);
		}
		if (late || beat) {
			lookAnew(member, run, pulse);
		}
		else if (++pulse.silentLooks < 2) {
			this.group.agenda.set(member, member.heartbeatTimeout() / 2);
		}
		else {
			this.failures.charge(member, CancellationCause.HEARTBEAT_MISSED,
					"No heartbeat for " + Durations.describe(member.heartbeatTimeout()));
		}
	}

	private void lookAnew(Member member, Run run, Member.Pulse pulse) {
		pulse.beatsSeen = run.beats();
		pulse.silentLooks = 0;
		this.group.agenda.set(member, member.heartbeatTimeout() / 2);
	}

}
