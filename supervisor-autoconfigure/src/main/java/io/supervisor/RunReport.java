package io.supervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What a service says of its run. What it does is for whoever looks: the loop is not told
 * of that, so that it may be said a million times a second. That it is not well, or needs
 * more time to end, the loop hears, of what is said between two looks the last. Apart
 * from the run, since most say nothing.
 */
final class RunReport extends Signal.Standing {

	/**
	 * What is longer is no line.
	 */
	private static final int MAX_LENGTH = 200;

	/**
	 * How often a reader looks again that meets a change of the step.
	 */
	private static final int TRIES = 1000;

	private static final VarHandle STATUS;

	private static final VarHandle STEP;

	private static final VarHandle STEP_SINCE;

	private static final VarHandle CHANGES;

	private static final VarHandle DEGRADED;

	private static final VarHandle EXTENSION;

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			STATUS = lookup.findVarHandle(RunReport.class, "status", String.class);
			STEP = lookup.findVarHandle(RunReport.class, "step", String.class);
			STEP_SINCE = lookup.findVarHandle(RunReport.class, "stepSince", long.class);
			EXTENSION = lookup.findVarHandle(RunReport.class, "extension", long.class);
			DEGRADED = lookup.findVarHandle(RunReport.class, "degraded", String.class);
			CHANGES = lookup.findVarHandle(RunReport.class, "changes", int.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final Run run;

	/**
	 * Written by threads of the service, read by any thread; opaque.
	 */
	@SuppressWarnings("unused")
	private @Nullable String status;

	/**
	 * The step that the thread of the run is in, and since when, in milliseconds of the
	 * wall clock. Written by that thread only, read by any.
	 */
	private @Nullable String step;

	private long stepSince;

	/**
	 * How often these have changed, twice: odd while they do.
	 */
	private int changes;

	/**
	 * Why it is not well, if it says so, and whether it ever has. Written by threads of
	 * the service, read by the loop.
	 */
	@SuppressWarnings("unused")
	private @Nullable String degraded;

	private boolean everDegraded;

	/**
	 * When this report began, and how long after that its stop is extended to; zero for
	 * not at all. Only grows. Written by threads of the service, by CAS, read by the
	 * loop.
	 */
	private final long begunAt;

	@SuppressWarnings("unused")
	private long extension;

	RunReport(Run run) {
		this.run = run;
		this.begunAt = run.timing().nanoTime();
	}

	void status(String text) {
		STATUS.setOpaque(this, text);
	}

	/**
	 * The step that the thread of the run is in. For that thread, as are the following.
	 */
	@Nullable String step() {
		return this.step;
	}

	long stepSince() {
		return this.stepSince;
	}

	void step(@Nullable String step, long since) {
		int changes = this.changes;
		CHANGES.setOpaque(this, changes + 1);
		VarHandle.storeStoreFence();
		STEP.setOpaque(this, step);
		STEP_SINCE.setOpaque(this, since);
		CHANGES.setRelease(this, changes + 2);
	}

	/**
	 * It is not well.
	 * @return whether that is news
	 */
	boolean degraded(String reason) {
		this.everDegraded = true;
		return !reason.equals((String) DEGRADED.getAndSet(this, reason));
	}

	/**
	 * It is well again.
	 * @return whether that is news
	 */
	boolean recovered() {
		return DEGRADED.getAndSet(this, null) != null;
	}

	boolean wasEverDegraded() {
		return this.everDegraded;
	}

	/**
	 * Why it is not well. For the loop.
	 */
	@Nullable String degraded() {
		return (String) DEGRADED.getVolatile(this);
	}

	/**
	 * It needs more time to end.
	 * @param nanos how much from now, or {@link Durations#NONE}
	 * @return whether that is news
	 */
	boolean extendStop(long nanos) {
		long passed = this.run.timing().nanoTime() - this.begunAt;
		long extension = passed + Math.min(nanos, Long.MAX_VALUE / 2 - passed);
		long latest = extension();
		while (latest < extension) {
			if (EXTENSION.compareAndSet(this, latest, extension)) {
				return true;
			}
			latest = extension();
		}
		return false;
	}

	private long extension() {
		return (long) EXTENSION.getVolatile(this);
	}

	/**
	 * How much more time it needs, counted from a moment. For the loop.
	 * @return nanoseconds; negative if it has asked for none
	 */
	long extensionFrom(long moment) {
		long extension = extension();
		return (extension > 0) ? this.begunAt - moment + extension : -1;
	}

	@Override
	void carryOut(Rules rules) {
		rules.observations().onReport(this.run, this);
	}

	/**
	 * What there is to be seen. For any thread; waits for nobody, so that a step which
	 * changes all the time may be left out.
	 */
	@Nullable Activity read() {
		String status = (String) STATUS.getOpaque(this);
		Activity activity = (status == null || status.isBlank()) ? null : new Activity(line(status), null, null);
		for (int i = 0; i < TRIES; i++) {
			int before = (int) CHANGES.getAcquire(this);
			String step = (String) STEP.getOpaque(this);
			long since = (long) STEP_SINCE.getOpaque(this);
			VarHandle.loadLoadFence();
			if ((before & 1) == 0 && before == (int) CHANGES.getOpaque(this)) {
				return (step == null) ? activity : new Activity((activity != null) ? activity.status : null, line(step),
						Instant.ofEpochMilli(since));
			}
			Thread.onSpinWait();
		}
		return activity;
	}

	/**
	 * A text of somebody else's as one line of moderate length.
	 */
	static String line(String text) {
		String start = (text.length() > MAX_LENGTH) ? text.substring(0, MAX_LENGTH - 3) + "..." : text;
		return Throwables.onOneLine(start);
	}

	/**
	 * What a run does.
	 *
	 * @param status what the service says of it
	 * @param step the step that its thread is in
	 * @param stepSince since when
	 */
	record Activity(@Nullable String status, @Nullable String step, @Nullable Instant stepSince) {

	}

}
