package io.supervisor.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

import org.opentest4j.TestAbortedException;

/**
 * Programs of the system that a test wants. On a machine that lacks one the test is
 * skipped and says how to get it.
 */
public final class Programs {

	/**
	 * Servers are there, which is not on everybody's path.
	 */
	private static final String SYSTEM = "/usr/sbin";

	private Programs() {
	}

	/**
	 * Where a program is.
	 * @param debianPackage the package of Debian that brings it
	 * @param names the names that it has, the usual one first
	 * @return the first of these names on the path
	 * @throws TestAbortedException if there is none
	 */
	public static Path require(String debianPackage, String... names) {
		String path = Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin") + File.pathSeparator + SYSTEM;
		return Stream.of(names)
			.flatMap((name) -> Stream.of(path.split(File.pathSeparator)).map((directory) -> Path.of(directory, name)))
			.filter((program) -> Files.isRegularFile(program) && Files.isExecutable(program))
			.findFirst()
			.orElseThrow(() -> missing("'" + names[0] + "'", debianPackage));
	}

	/**
	 * What skips a test for want of something.
	 * @param what what there is none of
	 * @param debianPackage the package of Debian that brings it
	 * @return the exception to throw
	 */
	public static TestAbortedException missing(String what, String debianPackage) {
		return new TestAbortedException("NOT tested: there is no %s on this machine (Debian: apt-get install %s)"
			.formatted(what, debianPackage));
	}

}
