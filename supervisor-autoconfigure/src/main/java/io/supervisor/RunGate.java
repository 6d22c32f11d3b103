package io.supervisor;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What a service must pass before each of its runs, such as a lease that only one replica
 * of the application holds at a time (design §8).
 * <p>
 * A gate belongs to a {@linkplain ServiceDefinition#gate() definition}. Once nothing else
 * is missing, the group asks it for a {@link Pass}, and the service is
 * {@link ServiceState#WAITING} until that is granted. Each run needs a pass of its own;
 * it goes back as soon as the run has ended, never before.
 * <p>
 * Both methods are called by the loop of the group: they must return at once, must not
 * wait, and leave the work to a thread of the gate. What they throw is a failure of the
 * service.
 */
public interface RunGate {

	/**
	 * What a gate grants instead of a token if it cannot tell earlier runs from later
	 * ones. A run that asks for its {@linkplain ServiceContext#fencingToken() token} then
	 * fails.
	 */
	long NO_TOKEN = 0;

	/**
	 * The service would run if it was let in.
	 * @param pass whom to tell
	 */
	void request(Pass pass);

	/**
	 * The run has ended, or the service does not want to run any more. Called once for
	 * each pass that was requested, also if it was never granted, or was revoked.
	 * @param pass the pass
	 */
	void release(Pass pass);

	/**
	 * One request to run once. The methods may be called from any thread, and return at
	 * once; after the pass was released they have no effect. Moments are those of
	 * {@link System#nanoTime()}.
	 */
	interface Pass {

		/**
		 * The name of the service.
		 * @return the name
		 */
		String service();

		/**
		 * The service may run. The group begins to end the run early enough for its grace
		 * period and its interrupt period to be over by then, whether or not the gate is
		 * ever heard of again.
		 * @param token a number that is greater than that of every earlier run of the
		 * service, anywhere, 1 or more; or {@link #NO_TOKEN}
		 * @param validUntil when somebody else may be let in; before the moment that the
		 * request was sent plus the time that was granted
		 */
		void granted(long token, long validUntil);

		/**
		 * The service may run for longer.
		 * @param validUntil as in {@link #granted(long, long)}; an earlier moment than
		 * the one in force has no effect
		 */
		void extended(long validUntil);

		/**
		 * The service has lost its right to run, and somebody else may have it already:
		 * the run is cancelled and interrupted at once, and the service asks anew.
		 */
		void revoked();

		/**
		 * The service is to make room for another replica: the run is cancelled as by a
		 * stop, and the service asks anew.
		 */
		void handOver();

		/**
		 * Somebody else has it: what the snapshot of a service that waits will say.
		 * @param holder who, or {@code null} if nobody has it
		 * @param until how long at least, if known
		 */
		void heldBy(@Nullable String holder, @Nullable Instant until);

	}

}
