package io.supervisor;

import java.util.Locale;
import java.util.Objects;

/**
 * What a name of a service or a group must look like (design §4).
 */
final class Names {

	private Names() {
	}

	static String requireValid(String what, String name) {
		Objects.requireNonNull(name, () -> "The name of a " + what + " must not be null");
		if (name.isBlank()) {
			throw new IllegalArgumentException("The name of a " + what + " must not be blank");
		}
		if (name.indexOf('/') >= 0) {
			throw new IllegalArgumentException(
					"The name of a %s must not contain '/', which separates a group from its services: '%s'"
						.formatted(what, name));
		}
		if (name.chars().anyMatch(Character::isISOControl)) {
			throw new IllegalArgumentException("The name of a %s must not contain control characters: '%s'"
				.formatted(what, name.replaceAll("\\p{Cc}", "?")));
		}
		return name;
	}

	/**
	 * The form under which two spellings of one name are the same: lower case without
	 * punctuation.
	 */
	static String canonical(String name) {
		StringBuilder canonical = new StringBuilder(name.length());
		name.codePoints().filter(Character::isLetterOrDigit).forEach(canonical::appendCodePoint);
		return canonical.isEmpty() ? name : canonical.toString().toLowerCase(Locale.ROOT);
	}

}
