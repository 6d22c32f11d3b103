package io.supervisor.autoconfigure;

import java.util.Collection;

import io.supervisor.ServiceDefinition;
import org.jspecify.annotations.Nullable;

/**
 * Spellings of the name of one service, or of one key.
 */
final class ServiceNames {

	private ServiceNames() {
	}

	/**
	 * The name that somebody may have meant.
	 * @param name a name that is none of them
	 * @param names the names that there are
	 * @return the one that takes the fewest changes, or {@code null} if there is none
	 */
	static @Nullable String nearest(String name, Collection<String> names) {
		String nearest = null;
		int fewest = Integer.MAX_VALUE;
		for (String candidate : names) {
			int changes = distance(ServiceDefinition.canonicalName(name), ServiceDefinition.canonicalName(candidate));
			if (changes < fewest) {
				fewest = changes;
				nearest = candidate;
			}
		}
		return nearest;
	}

	/**
	 * Whether one name is likely to be a slip in writing another.
	 */
	static boolean isNear(String name, String other) {
		String from = ServiceDefinition.canonicalName(name);
		String to = ServiceDefinition.canonicalName(other);
		return distance(from, to) <= Math.min(2, Math.max(from.length(), to.length()) / 4);
	}

	/**
	 * How many letters are to be inserted, removed or replaced.
	 */
	private static int distance(String from, String to) {
		int[] row = new int[to.length() + 1];
		for (int j = 0; j < row.length; j++) {
			row[j] = j;
		}
		for (int i = 1; i <= from.length(); i++) {
			int diagonal = row[0];
			row[0] = i;
			for (int j = 1; j < row.length; j++) {
				int replaced = diagonal + ((from.charAt(i - 1) == to.charAt(j - 1)) ? 0 : 1);
				diagonal = row[j];
				row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
			}
		}
		return row[to.length()];
	}

}
