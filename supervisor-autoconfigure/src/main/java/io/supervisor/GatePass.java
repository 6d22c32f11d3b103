package io.supervisor;

import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A {@link RunGate.Pass}: from the moment that a service waits at its gate until the run
 * that it was let in for has ended. It is the deadline of that run. Unless stated
 * otherwise its fields are only accessed by the owner of the group.
 */
final class GatePass extends Deadline implements RunGate.Pass {

	private final GroupLoop loop;

	private final Member member;

	/**
	 * The run that was let in, once there is one.
	 */
	@Nullable Run run;

	boolean granted;

	private boolean released;

	/**
	 * Written by the owner before the run is handed to the executor, then only read, by
	 * any thread.
	 */
	long token;

	long validUntil;

	Lease lease = new Lease(null, null, null);

	GatePass(GroupLoop loop, Member member) {
		this.loop = loop;
		this.member = member;
	}

	Member member() {
		return this.member;
	}

	/**
	 * Whether there is time for a run, with enough left to end it.
	 */
	boolean isOpen(long now) {
		return this.granted && cancelAt() - now > 0;
	}

	/**
	 * When a run must be cancelled at the latest.
	 */
	long cancelAt() {
		return this.validUntil - this.member.gracePeriod() - this.member.interruptPeriod();
	}

	/**
	 * Whether another replica runs the service.
	 */
	boolean isHeldElsewhere() {
		return !this.granted && this.lease.holder() != null;
	}

	boolean isReleased() {
		return this.released;
	}

	/**
	 * It goes back, now that its run has ended, or will not begin.
	 */
	void release() {
		if (this.released) {
			return;
		}
		this.released = true;
		Group group = this.loop.group();
		group.agenda.cancel(this);
		try {
			Objects.requireNonNull(this.member.definition().gate()).release(this);
		}
		catch (Throwable ex) {
			notReturned(ex);
		}
	}

	private void notReturned(Throwable ex) {
		try {
			this.loop.group().publication.notifyLog((log) -> log.passNotReturned(service(), ex));
		}
		catch (Throwable again) {
			// no memory for a line in the log
		}
	}

	@Override
	void due(Rules rules) {
		rules.leases().onPassExpiring(this);
	}

	@Override
	public String service() {
		return this.member.name();
	}

	@Override
	public void granted(long token, long validUntil) {
		tell((leases) -> leases.onGranted(this, token, validUntil));
	}

	@Override
	public void extended(long validUntil) {
		tell((leases) -> leases.onExtended(this, validUntil));
	}

	@Override
	public void revoked() {
		tell((leases) -> leases.onRevoked(this));
	}

	@Override
	public void handOver() {
		tell((leases) -> leases.onHandOver(this));
	}

	@Override
	public void heldBy(@Nullable String holder, @Nullable Instant until) {
		tell((leases) -> leases.onHeldBy(this, new Lease(holder, until, null)));
	}

	private void tell(Consumer<LeaseRules> news) {
		this.loop.post(new News(this, news));
	}

	@Override
	public String toString() {
		return service() + " " + this.lease;
	}

	/**
	 * What a gate says of a pass.
	 */
	static final class News extends Signal {

		private final GatePass pass;

		private final Consumer<LeaseRules> news;

		News(GatePass pass, Consumer<LeaseRules> news) {
			this.pass = pass;
			this.news = news;
		}

		@Override
		void handle(Rules rules) {
			if (!this.pass.released) {
				this.news.accept(rules.leases());
			}
		}

	}

}
