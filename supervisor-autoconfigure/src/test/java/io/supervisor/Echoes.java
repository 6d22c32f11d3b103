package io.supervisor;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLockInterruptionException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

/**
 * Rules 7, 8 and 15 once more, as the judge reads them.
 */
final class Echoes {

	private Echoes() {
	}

	static boolean isEcho(Throwable thrown, boolean disturbed) {
		for (@Nullable
		Throwable link = thrown; link != null; link = link.getCause()) {
			if (link instanceof InterruptedException || link instanceof CancellationException
					|| link instanceof ClosedChannelException || link instanceof FileLockInterruptionException
					|| (link instanceof InterruptedIOException && !(link instanceof SocketTimeoutException))
					|| (link instanceof SocketException && disturbed)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * What was thrown that is no echo: all of it, or what an echo has suppressed.
	 */
	static List<Throwable> lost(Throwable thrown, boolean disturbed) {
		if (!isEcho(thrown, disturbed)) {
			return List.of(thrown);
		}
		List<Throwable> lost = new ArrayList<>();
		for (@Nullable
		Throwable link = thrown; link != null; link = link.getCause()) {
			for (Throwable suppressed : link.getSuppressed()) {
				lost.addAll(lost(suppressed, disturbed));
			}
		}
		return lost;
	}

	static boolean isFinal(Throwable thrown, RestartPolicy restart) {
		for (@Nullable
		Throwable link = thrown; link != null; link = link.getCause()) {
			if (link instanceof UnrecoverableServiceException || link instanceof LinkageError
					|| (link instanceof VirtualMachineError && !(link instanceof StackOverflowError))) {
				return true;
			}
			for (Class<? extends Throwable> excluded : restart.exclude()) {
				if (excluded.isInstance(link)) {
					return true;
				}
			}
		}
		return false;
	}

}
