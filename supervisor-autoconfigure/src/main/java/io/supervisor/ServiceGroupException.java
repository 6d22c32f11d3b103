package io.supervisor;

import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The one error of a group: names each service that failed. The first failure's throwable
 * is the cause, those of the others are suppressed.
 * <p>
 * The message has the first 20 failures; {@link #failures()} keeps all that failed the
 * group, and of each service the first and the latest of its secondary ones.
 */
public final class ServiceGroupException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private static final int MAX_LINES = 20;

	@SuppressWarnings("serial")
	private final List<ServiceFailure> failures;

	/**
	 * Create the error of a group. Calls no method of the throwables.
	 * @param failures what failed, in order; not empty
	 * @param services how many services the group has
	 */
	ServiceGroupException(List<ServiceFailure> failures, int services) {
		super(message(failures, services), failures.get(0).cause());
		this.failures = failures;
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		seen.add(failures.get(0).cause());
		for (ServiceFailure failure : failures) {
			if (seen.add(failure.cause())) {
				addSuppressed(failure.cause());
			}
		}
	}

	/**
	 * The failures of the group, in the order in which the group took them: the one that
	 * failed it first, then the secondary ones. Where a service has more than two of the
	 * latter, its first and its latest.
	 * @return the failures, never empty, immutable
	 */
	public List<ServiceFailure> failures() {
		return this.failures;
	}

	private static String message(List<ServiceFailure> failures, int services) {
		StringBuilder message = new StringBuilder();
		if (failures.size() == 1) {
			append(message, "", failures.get(0), "");
			return message.toString();
		}
		Set<String> names = new HashSet<>();
		failures.forEach((failure) -> names.add(failure.service()));
		message.append("%s of %s services failed".formatted(names.size(), Math.max(services, names.size())));
		for (int i = 0; i < Math.min(failures.size(), MAX_LINES); i++) {
			message.append('\n');
			append(message, "  ", failures.get(i), "");
			int leftOut = (failures instanceof FailureList.View view) ? view.leftOutBefore(i) : 0;
			if (leftOut > 0) {
				message.append(" (... and ").append(grouped(leftOut)).append(" more before it)");
			}
		}
		if (failures.size() > MAX_LINES) {
			message.append("\n  ... and ").append(grouped(failures.size() - MAX_LINES)).append(" more");
		}
		return message.toString();
	}

	/**
	 * A nested group stands for its services: {@code ingest/crawler: …}.
	 */
	private static void append(StringBuilder message, String indent, ServiceFailure failure, String path) {
		if (failure.cause() instanceof ServiceGroupException nested) {
			List<ServiceFailure> failures = nested.failures;
			int shown = Math.min(failures.size(), MAX_LINES);
			for (int i = 0; i < shown; i++) {
				message.append((i > 0) ? "\n" : "");
				append(message, indent, failures.get(i), path + failure.service() + "/");
			}
			if (shown < failures.size()) {
				message.append("\n%s%s%s/... and %s more".formatted(indent, path, failure.service(),
						grouped(failures.size() - shown)));
			}
			if (failure.remark() != null) {
				message.append(" ('%s%s' %s)".formatted(path, failure.service(), failure.remark()));
			}
			return;
		}
		message.append(indent)
			.append(path)
			.append(failure.service())
			.append(": ")
			.append(Throwables.onLines(indented(failure.description(), 2 + indent.length())));
	}

	/**
	 * Lines after the first begin further to the right; mostly there are none.
	 */
	private static String indented(String text, int indent) {
		boolean oneLine = text.indexOf('\n') < 0 && text.indexOf('\r') < 0;
		return (oneLine ? text : text.indent(indent)).strip();
	}

	/**
	 * Thousands apart by a space, in every locale.
	 */
	private static String grouped(int number) {
		return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
	}

}
