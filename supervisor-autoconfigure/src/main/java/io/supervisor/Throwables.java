package io.supervisor;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLockInterruptionException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Reads somebody else's exceptions. Their methods are foreign code: these methods run on
 * the thread of the run that threw, never in the loop, and believe nothing (rule 11).
 */
final class Throwables {

	private static final int MAX_TEXT = 4096;

	/**
	 * Bounds the walk along a chain of causes, which may be a circle.
	 */
	private static final int MAX_CHAIN = 100;

	private Throwables() {
	}

	/**
	 * The class and the message, as {@link Throwable#toString()} gives them by default.
	 */
	static String describe(Throwable throwable) {
		String type = throwable.getClass().getName();
		try {
			String message = throwable.getMessage();
			return (message != null) ? abbreviate(type + ": " + message) : type;
		}
		catch (Throwable ex) {
			return type + " (its message could not be read: " + ex.getClass().getName() + ")";
		}
	}

	/**
	 * A text without line breaks and other control characters, which are written as in
	 * Java source.
	 */
	static String onOneLine(String text) {
		return onLines(text).replace("\n", "\\n").replace("\t", "\\t");
	}

	/**
	 * A text whose only control characters are line feeds and tabs: nothing that moves
	 * the cursor of a terminal, changes its colours, turns the direction of writing
	 * around or ends the line for some readers but not for others.
	 */
	static String onLines(String text) {
		int first = firstHarmful(text);
		if (first < 0) {
			return text;
		}
		StringBuilder lines = new StringBuilder(text.length() + 16).append(text, 0, first);
		for (int i = first; i < text.length(); i++) {
			char character = text.charAt(i);
			if (isHarmful(character)) {
				lines.append("\\u%04x".formatted((int) character));
			}
			else {
				lines.append(character);
			}
		}
		return lines.toString();
	}

	private static int firstHarmful(String text) {
		for (int i = 0; i < text.length(); i++) {
			if (isHarmful(text.charAt(i))) {
				return i;
			}
		}
		return -1;
	}

	private static boolean isHarmful(char character) {
		return (Character.isISOControl(character) && character != '\n' && character != '\t') || character == '\u2028'
				|| character == '\u2029' || (character >= '\u202a' && character <= '\u202e')
				|| (character >= '\u2066' && character <= '\u2069');
	}

	private static String abbreviate(String text) {
		return (text.length() <= MAX_TEXT) ? text
				: text.substring(0, MAX_TEXT) + "... (" + (text.length() - MAX_TEXT) + " more characters)";
	}

	/**
	 * What a cancelled run threw that does not only echo the cancel (rule 8): all of it,
	 * or what an echo has suppressed, such as a {@code close()} that lost data.
	 * @param disturbed whether an {@code onCancel} action or an interrupt had begun,
	 * which is what makes a {@link SocketException} an echo
	 * @param expected names of classes that are echoes as well
	 * @return what is left, in the order in which it is found; empty for a mere echo
	 */
	static List<Throwable> withoutEchoes(Throwable thrown, boolean disturbed, Collection<String> expected) {
		List<Throwable> left = new ArrayList<>();
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Deque<Throwable> judged = new ArrayDeque<>(List.of(thrown));
		while (!judged.isEmpty() && seen.size() < MAX_CHAIN) {
			Throwable next = judged.remove();
			if (!seen.add(next)) {
				continue;
			}
			if (!anyInChain(next, (candidate) -> isEcho(candidate, disturbed, expected))) {
				left.add(next);
				continue;
			}
			anyInChain(next, (candidate) -> {
				Collections.addAll(judged, candidate.getSuppressed());
				return false;
			});
		}
		return left;
	}

	private static boolean isEcho(Throwable candidate, boolean disturbed, Collection<String> expected) {
		return candidate instanceof InterruptedException || candidate instanceof CancellationException
				|| (candidate instanceof InterruptedIOException && !(candidate instanceof SocketTimeoutException))
				|| candidate instanceof ClosedChannelException || candidate instanceof FileLockInterruptionException
				|| (disturbed && candidate instanceof SocketException) || isNamed(candidate.getClass(), expected);
	}

	private static boolean isNamed(Class<?> type, Collection<String> names) {
		for (Class<?> candidate = type; candidate != null; candidate = candidate.getSuperclass()) {
			if (names.contains(candidate.getName())) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether no restart can mend this (rules 7 and 15).
	 */
	static boolean isUnrecoverable(Throwable thrown, Collection<Class<? extends Throwable>> excluded) {
		return anyInChain(thrown,
				(candidate) -> candidate instanceof LinkageError
						|| (candidate instanceof VirtualMachineError && !(candidate instanceof StackOverflowError))
						|| candidate instanceof UnrecoverableServiceException || isAnyOf(candidate, excluded));
	}

	private static boolean isAnyOf(Throwable candidate, Collection<Class<? extends Throwable>> types) {
		for (Class<? extends Throwable> type : types) {
			if (type.isInstance(candidate)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * What makes two failures the same one to a reader of the log (rule 16): the types
	 * along the chain and the place that the first of them comes from.
	 */
	static int signature(Throwable thrown) {
		int signature = 0;
		try {
			Throwable candidate = thrown;
			for (int i = 0; candidate != null && i < MAX_CHAIN; i++) {
				signature = 31 * signature + candidate.getClass().getName().hashCode();
				StackTraceElement[] stack = candidate.getStackTrace();
				signature = 31 * signature + ((stack.length > 0) ? stack[0].hashCode() : 0);
				candidate = candidate.getCause();
			}
		}
		catch (Throwable ex) {
			// what could be read has to do
		}
		return signature;
	}

	private static boolean anyInChain(Throwable thrown, Predicate<Throwable> test) {
		try {
			@Nullable Throwable candidate = thrown;
			for (int i = 0; candidate != null && i < MAX_CHAIN; i++) {
				if (test.test(candidate)) {
					return true;
				}
				candidate = candidate.getCause();
			}
		}
		catch (Throwable ex) {
			// a getCause() that throws ends the chain
		}
		return false;
	}

}
