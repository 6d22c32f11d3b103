package io.supervisor;

import java.util.Locale;

/**
 * What a name of a service or a group must look like (design §4).
 */
final class Names {

	private Names() {
	}

	static String requireValid(String what, String name) {
		if (name == null) {
			throw new NullPointerException("The name of a " + what + " must not be null");
		}
		if (name.isBlank()) {
			throw new IllegalArgumentException("The name of a " + what + " must not be blank");
		}
		if (name.indexOf('/') >= 0) {
			throw new IllegalArgumentException(
					"The name of a %s must not contain '/', which separates a group from its services: '%s'"
						.formatted(what, name));
		}
		for (int i = 0; i < name.length(); i++) {
			if (Character.isISOControl(name.charAt(i))) {
				throw new IllegalArgumentException("The name of a %s must not contain control characters: '%s'"
					.formatted(what, name.replaceAll("\\p{Cc}", "?")));
			}
		}
		return name;
	}

	/**
	 * The form under which two spellings of one name are the same: lower case without
	 * punctuation.
	 */
	static String canonical(String name) {
		StringBuilder canonical = new StringBuilder(name.length());
		for (int i = 0; i < name.length(); i += Character.charCount(name.codePointAt(i))) {
			if (Character.isLetterOrDigit(name.codePointAt(i))) {
				canonical.appendCodePoint(name.codePointAt(i));
			}
		}
		return canonical.isEmpty() ? name : canonical.toString().toLowerCase(Locale.ROOT);
	}

}
