package io.supervisor;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Finds the runs that cannot end before somebody has waited for the stop of their group
 * (rule 34): the calling thread is in them, which is about to wait, or they have begun
 * the end of the process, which waits for those who wait. For any thread.
 */
final class Excuses {

	/**
	 * How many stacks are looked at for a call of {@code System.exit}.
	 */
	private static final int MAX_STACKS = 1000;

	private final Thread caller = Thread.currentThread();

	private int stacks = ProcessEnd.isShuttingDown() ? MAX_STACKS : 0;

	/**
	 * Excuse the runs of a group, and of the groups in it.
	 * @return those of the group itself
	 */
	List<Run> find(ServiceGroup group) {
		List<Run> excused = new ArrayList<>();
		for (Member member : group.loop().group().roster.members()) {
			// a thread that is in a run has seen that its member has it
			Run run = member.run;
			if (run != null && (isWaiting(run.threadIfKnown()) || isAround(member))) {
				run.excuse();
				group.loop().post(new Signal.Excused(run));
				excused.add(run);
			}
		}
		return excused;
	}

	private boolean isAround(Member member) {
		return member.service() instanceof NestedGroup nested && !find(nested.group()).isEmpty();
	}

	private boolean isWaiting(@Nullable Thread thread) {
		return thread != null && (thread == this.caller || isEndingTheProcess(thread));
	}

	private boolean isEndingTheProcess(Thread thread) {
		if (this.stacks <= 0 || thread.getState() == Thread.State.TERMINATED) {
			return false;
		}
		this.stacks--;
		for (StackTraceElement element : thread.getStackTrace()) {
			if (element.getClassName().equals("java.lang.Runtime") && element.getMethodName().equals("exit")) {
				return true;
			}
		}
		return false;
	}

}
