package io.supervisor;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * What one run of a service may ask of its group. A context belongs to one attempt;
 * unless stated otherwise its methods may be called from any thread, and after the run
 * has ended they have no effect.
 */
public interface ServiceContext {

	/**
	 * The name of the service: its bean name in a Spring application.
	 * @return the name
	 */
	String serviceName();

	/**
	 * The number of this run. The first is 1; numbers of a service go up by one and never
	 * repeat while the group object lives.
	 * @return the attempt number
	 */
	int attempt();

	/**
	 * Whether this run was asked to end. Costs one acquire read.
	 * @return {@code true} once cancelled, and from then on
	 */
	boolean isCancelled();

	/**
	 * Why this run was asked to end. The first cause stays.
	 * @return the cause, or empty if the run is not cancelled
	 */
	Optional<CancellationCause> cancellationCause();

	/**
	 * Wait until this run is cancelled. Meant for the thread of the run; helper threads
	 * of the service may call it too.
	 * @throws InterruptedException if the thread was interrupted while the run is not
	 * cancelled
	 */
	void awaitCancellation() throws InterruptedException;

	/**
	 * Wait until this run is cancelled, at most for the given time: a sleep that a cancel
	 * ends at once.
	 * @param timeout the longest wait; negative is refused, zero looks without waiting,
	 * more than 100 years waits without limit
	 * @return {@code true} if the run is cancelled, also when an interrupt ended the
	 * wait; {@code false} if the time is over
	 * @throws InterruptedException if the thread was interrupted while the run is not
	 * cancelled
	 */
	boolean awaitCancellation(Duration timeout) throws InterruptedException;

	/**
	 * Call something that blocks and that may be interrupted without harm, such as
	 * {@code queue::take}: a cancel interrupts it at once instead of after the grace
	 * period. Calls nest. Our interrupt is delivered once and never outside the call;
	 * what is left of it is cleared on leaving, somebody else's interrupt is not.
	 * @param <T> the type of the result
	 * @param blocking what to call, on the calling thread
	 * @return what {@code blocking} returned, also if the run was cancelled meanwhile
	 * @throws InterruptedException without calling if the run is already cancelled
	 * @throws IllegalStateException if not called on the thread of the run
	 * @throws Exception what {@code blocking} throws
	 */
	<T> T interruptibly(Callable<T> blocking) throws Exception;

	/**
	 * Register an action for the cancel of this run, such as {@code server::shutdown}.
	 * The actions of a run go one after another, last registered first, on one thread of
	 * their own; the grace period does not wait for them. If the run is already
	 * cancelled, the action runs in the caller before this method returns. If the run
	 * ends uncancelled, the action is dropped. What an action throws is a secondary
	 * failure of the service (rule 8).
	 * @param action what to do
	 * @return a handle to withdraw the action
	 */
	Registration onCancel(Runnable action);

	/**
	 * Announce that the service is ready, and take back what {@link #degraded(String)}
	 * has said. Of what it announces only the first call of a run counts. From a service
	 * that does not {@linkplain Service#announcesReadiness() announce readiness}, and was
	 * not degraded in this run, it has no effect but one WARN with the cure (rule 3).
	 */
	void ready();

	/**
	 * Say that the service runs, but not well: its health is {@code OUT_OF_SERVICE} with
	 * this reason, or {@code UNKNOWN} if it is not critical, until {@link #ready()} or
	 * the end of the run (rule 28). The service stays as it is: one that is not ready
	 * does not become so, those that depend on it go on and may start, and liveness does
	 * not change. The same reason again is no news; of several that come faster than the
	 * group can tell only the last is told. After the cancel it has no effect.
	 * @param reason why, in one line, of which 200 characters are shown
	 */
	void degraded(String reason);

	/**
	 * Tell the group that this run is alive. Needed only with a heartbeat timeout (rule
	 * 23). Costs one store and no look at a clock.
	 */
	void heartbeat();

	/**
	 * Ask for more time to end, once the run is cancelled: its interrupt comes no sooner
	 * than after this time from now, within the shutdown timeout of the group counted
	 * from the cancel of the run, and within the end of a lease (rule 30). For one that
	 * has a batch to write and says so, instead of a grace period that suits the longest
	 * one. May be called again and again; never shortens anything. Has no effect before
	 * the cancel and after the interrupt.
	 * @param duration the time from now; negative is refused, more than 100 years means
	 * as long as may be
	 */
	void extendStop(Duration duration);

	/**
	 * Say what the service does, in one line for people, such as
	 * {@code page 1200 of 3000}: it stands in the {@linkplain ServiceSnapshot#status()
	 * snapshot} from now on, until something else is said or the run ends. Never logged.
	 * Costs one store and no look at a clock: who looks reads it.
	 * @param text the line, of which 200 characters are shown; empty for none
	 */
	void status(String text);

	/**
	 * Do a part of the work, and let it be seen: what the service does and since when
	 * stands in the {@linkplain ServiceSnapshot#step() snapshot}, and in a Spring
	 * application with Micrometer the step is an observation, or else a timer. Counts as
	 * a {@linkplain #heartbeat() heartbeat} when it begins and when it ends. Steps nest:
	 * the innermost one is seen. Other threads of the service may make steps too, which
	 * are measured, but not seen in the snapshot.
	 * @param <T> the type of the result
	 * @param name what is done, one of a few names: it may become a tag of a meter
	 * @param work what to do, on the calling thread
	 * @return what {@code work} returned
	 * @throws Exception what {@code work} throws
	 */
	<T> T step(String name, Callable<T> work) throws Exception;

	/**
	 * A number that grows with each run of this service, on whichever replica, so that a
	 * shared store can refuse what a run writes that has lost its lease without noticing,
	 * as a paused process may: write the token along, and only where no greater one is.
	 * The same for the whole run.
	 * @return the fencing token of the lease that this run holds, 1 or more; 0 for a
	 * service that needs no lease, so that what guards its writes also works where there
	 * is one replica only
	 * @throws IllegalStateException if the service needs a lease, and what keeps it gives
	 * no tokens: a guard would let everything pass
	 */
	long fencingToken();

	/**
	 * Which share of the work is this run's, for a service that runs in
	 * {@linkplain Placement#shards(int) shards}: those items whose hash modulo
	 * {@link #shardCount()} is this number.
	 * @return the number of the shard from 0; 0 for a service that is not sharded
	 */
	int shard();

	/**
	 * Into how many shards the work is split.
	 * @return the number of shards; 1 for a service that is not sharded
	 */
	int shardCount();

}
