package io.supervisor;

import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports services that are stuck, with the stacks of their threads: off the loop, since
 * taking a stack may stop all threads (rule 18). Unless stated otherwise only accessed by
 * the owner of the group.
 */
final class StackTaker {

	/**
	 * How many stacks are taken at most in one run of a group.
	 */
	private static final int MAX_STACKS = 20;

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroup.class);

	private final GroupLoop loop;

	private final List<Report> wanted = new ArrayList<>();

	/**
	 * How many were wanted in this run of the group.
	 */
	private int asked;

	StackTaker(GroupLoop loop) {
		this.loop = loop;
	}

	/**
	 * A run of the group begins.
	 */
	void begin() {
		this.asked = 0;
	}

	/**
	 * A run is about to be stuck.
	 * @param elapsed nanoseconds since it was cancelled
	 * @return whether its stack will come
	 */
	boolean take(Run run, CancellationCause cause, long elapsed) {
		boolean withStack = this.asked++ < MAX_STACKS;
		this.wanted.add(new Report(run, cause, elapsed, withStack));
		return withStack;
	}

	/**
	 * Have the stacks taken that are wanted.
	 */
	void perform() {
		if (this.wanted.isEmpty()) {
			return;
		}
		List<Report> reports = List.copyOf(this.wanted);
		this.wanted.clear();
		try {
			this.loop.timing()
				.start(GroupThreads.daemon("supervisor-stacks", () -> take(reports), this.loop.group().classLoader));
		}
		catch (Throwable ex) {
			// no thread to be had: they are stuck without
		}
	}

	/**
	 * On the thread that takes the stacks.
	 */
	private void take(List<Report> reports) {
		for (Report report : reports) {
			List<StackTraceElement> stack = List.of();
			try {
				Thread thread = report.run.thread();
				stack = report.withStack ? List.of(thread.getStackTrace()) : stack;
				List<StackTraceElement> taken = stack;
				RunScope.about(report.run.serviceName(), report.run.attempt(), () -> log(report, thread, taken));
			}
			catch (Throwable ex) {
				// nothing to be had from this one
			}
			this.loop.post(new Taken(report.run, stack));
		}
	}

	private static void log(Report report, Thread thread, List<StackTraceElement> stack) {
		logger.error(
				"'{}' is stuck: {} ago it was cancelled because {}, then interrupted, and it has not ended. It is not waited for any longer. Its thread '{}'{}",
				report.run.serviceName(), Durations.describe(report.elapsed), report.cause.describe(),
				Throwables.onOneLine(thread.getName()), describe(stack));
	}

	static String describe(List<StackTraceElement> stack) {
		if (stack.isEmpty()) {
			return " runs on";
		}
		StringBuilder text = new StringBuilder(" is here:");
		stack.forEach((element) -> text.append("\n\tat ").append(element));
		return text.toString();
	}

	/**
	 * A run that is stuck.
	 *
	 * @param run the run
	 * @param cause why it was cancelled
	 * @param elapsed nanoseconds since
	 * @param withStack whether its stack is wanted
	 */
	private record Report(Run run, CancellationCause cause, long elapsed, boolean withStack) {

	}

	/**
	 * A stack was taken.
	 */
	static final class Taken extends Signal {

		private final Run run;

		private final List<StackTraceElement> stack;

		Taken(Run run, List<StackTraceElement> stack) {
			this.run = run;
			this.stack = stack;
		}

		@Override
		void handle(Rules rules) {
			rules.onStackTaken(this.run, this.stack);
		}

	}

}
