package io.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mistake that somebody might make in the core: one fragment of its source in the place
 * of another.
 *
 * @param name what goes wrong
 * @param type the class
 * @param fragment what stands there; exactly once
 * @param replacement what stands there instead
 */
record Mutation(String name, String type, String fragment, String replacement) {

	private static final Path SOURCES = Path.of("src", "main", "java", "io", "supervisor");

	/**
	 * The source with the mistake in it.
	 */
	String source() throws IOException {
		String source = Files.readString(SOURCES.resolve(this.type + ".java"));
		int first = source.indexOf(this.fragment);
		if (first < 0 || source.indexOf(this.fragment, first + 1) >= 0) {
			throw new IllegalStateException("'%s' is not once in %s, but %s: say anew where '%s' is"
				.formatted(this.fragment, this.type, (first < 0) ? "never" : "more often", this.name));
		}
		return source.substring(0, first) + this.replacement + source.substring(first + this.fragment.length());
	}

	@Override
	public String toString() {
		return this.name;
	}

}
