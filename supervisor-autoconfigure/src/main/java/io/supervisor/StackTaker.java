package io.supervisor;

import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports services that are stuck, with the stacks of their threads: off the loop, since
 * taking a stack may stop all threads (rule 18).
 */
final class StackTaker implements Runnable {

	/**
	 * How many stacks are taken at most in one run of a group.
	 */
	static final int MAX_STACKS = 20;

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroup.class);

	private final GroupLoop loop;

	private final List<Report> reports;

	StackTaker(GroupLoop loop, List<Report> reports) {
		this.loop = loop;
		this.reports = reports;
	}

	@Override
	public void run() {
		for (Report report : this.reports) {
			List<StackTraceElement> stack = List.of();
			try {
				Thread thread = report.run.thread();
				stack = report.withStack ? List.of(thread.getStackTrace()) : stack;
				List<StackTraceElement> taken = stack;
				RunScope.about(report.run.serviceName(), report.run.attempt(), () -> log(report, thread, taken));
			}
			catch (Throwable ex) {
				// nothing to be had from this one; the loop counts the answers
			}
			this.loop.post(new Taken(report.run, stack));
		}
	}

	private void log(Report report, Thread thread, List<StackTraceElement> stack) {
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
	record Report(Run run, CancellationCause cause, long elapsed, boolean withStack) {

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
		void handle(GroupLoop loop) {
			loop.onStackTaken(this.run, this.stack);
		}

	}

}
