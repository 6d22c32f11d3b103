package io.supervisor.demo.faults;

import java.util.List;
import java.util.Locale;

/**
 * Prints what was measured, in lines that begin with {@code FAULT}.
 */
final class Figures {

	private Figures() {
	}

	/**
	 * Print the times that something took, in milliseconds.
	 */
	static void print(String fault, String what, List<Long> times) {
		List<Long> sorted = times.stream().sorted().toList();
		System.out.printf(Locale.ROOT, "FAULT | %s | %d times | %s: median %d ms, worst %d ms%n", fault, sorted.size(),
				what, sorted.get((sorted.size() - 1) / 2), sorted.get(sorted.size() - 1));
	}

	static void print(String fault, String seen) {
		System.out.printf(Locale.ROOT, "FAULT | %s | %s%n", fault, seen);
	}

}
