package io.supervisor;

/**
 * Leases (design §12): what follows from what a gate says of a {@linkplain GatePass pass}
 * that lets a run in. Runs in the {@linkplain GroupLoop loop}.
 */
final class LeaseRules {

	private final Group group;

	private final StartRules starts;

	private final StopRules stops;

	LeaseRules(Group group, StartRules starts, StopRules stops) {
		this.group = group;
		this.starts = starts;
		this.stops = stops;
	}

	void onHeldBy(GatePass pass, Lease lease) {
		if (pass.granted) {
			return;
		}
		pass.lease = lease;
		Member member = pass.member();
		this.starts.publishMissing(member);
		if (pass.isHeldElsewhere()) {
			this.group.roster.wakeStartWaiters(member);
		}
	}

	void onGranted(GatePass pass, long token, long validUntil) {
		pass.granted = true;
		pass.token = token;
		onValid(pass, validUntil);
	}

	void onExtended(GatePass pass, long validUntil) {
		if (pass.granted && validUntil - pass.validUntil > 0) {
			onValid(pass, validUntil);
		}
	}

	private void onValid(GatePass pass, long validUntil) {
		Member member = pass.member();
		long now = this.group.agenda.now();
		pass.validUntil = validUntil;
		pass.lease = new Lease(null, this.group.agenda.instant().plusNanos(validUntil - now), pass.token);
		if (member.pass == pass) {
			this.starts.tryStart(member);
		}
		else if (member.run == pass.run) {
			this.group.publication.publish(member);
		}
		if (pass.run != null && !pass.isReleased()) {
			this.group.agenda.set(pass, Math.max(0, pass.cancelAt() - now));
		}
	}

	/**
	 * What lets a run in was not extended in time.
	 */
	void onPassExpiring(GatePass pass) {
		endRunOf(pass, CancellationCause.LEASE_LOST, pass.validUntil);
	}

	void onRevoked(GatePass pass) {
		pass.validUntil = this.group.agenda.now();
		endRunOf(pass, CancellationCause.LEASE_LOST, pass.validUntil);
	}

	void onHandOver(GatePass pass) {
		endRunOf(pass, CancellationCause.HANDED_OVER, Durations.NONE);
	}

	/**
	 * Cancel the run that a pass has let in, and see to it that it ends by a given
	 * moment; one that is about to end for another reason ends in time or faster.
	 * @param by when, or {@link Durations#NONE}
	 */
	private void endRunOf(GatePass pass, CancellationCause cause, long by) {
		Member member = pass.member();
		if (pass.run == null) {
			member.leaveGate();
			this.starts.tryStart(member);
			return;
		}
		if (member.run != pass.run) {
			return;
		}
		if (member.state == ServiceState.STARTING || member.state == ServiceState.RUNNING) {
			this.stops.cancel(member, cause, this.group.isStopping() ? Member.Then.STOPPED : Member.Then.WAITING);
		}
		if (by != Durations.NONE && member.run == pass.run) {
			this.stops.endBy(member, by);
		}
	}

}
