package io.supervisor;

/**
 * Makes sure that a thread can go as deep as the core does. Who becomes the owner of a
 * group must not run out of stack half-way: the overflow is the caller's, before anything
 * has happened (rule 26).
 */
final class StackSpace {

	/**
	 * Some 10 kB of compiled frames, twice that of interpreted ones: more than twice what
	 * was measured for the deepest way through the core.
	 */
	private static final int FRAMES = 128;

	private StackSpace() {
	}

	/**
	 * Throw the {@link StackOverflowError} now that would otherwise come later.
	 * @return of no meaning: keeps the frames from being optimized away
	 */
	static long require() {
		return descend(FRAMES, 1, 2, 3, 4, 5, 6, 7, 8);
	}

	private static long descend(int frames, long a, long b, long c, long d, long e, long f, long g, long h) {
		if (frames == 0) {
			return a;
		}
		long below = descend(frames - 1, b, c, d, e, f, g, h, a);
		return below + a - b + c - d + e - f + g - h;
	}

}
