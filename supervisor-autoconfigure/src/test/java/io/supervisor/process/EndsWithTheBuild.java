package io.supervisor.process;

import java.util.Optional;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Ends the JVM of the tests when whoever runs them has ended: Surefire notices that most
 * times, and at others goes on with the tests of a build that was killed.
 */
public final class EndsWithTheBuild implements LauncherSessionListener {

	@Override
	public void launcherSessionOpened(LauncherSession session) {
		// between Maven and this one there may be a shell
		Optional<ProcessHandle> parent = ProcessHandle.current().parent();
		parent.ifPresent(EndsWithTheBuild::watch);
		parent.flatMap(ProcessHandle::parent).ifPresent(EndsWithTheBuild::watch);
	}

	private static void watch(ProcessHandle process) {
		process.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
	}

}
