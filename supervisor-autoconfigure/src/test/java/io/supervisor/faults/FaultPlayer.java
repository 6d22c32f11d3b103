package io.supervisor.faults;

import org.jspecify.annotations.Nullable;

/**
 * Plays seeds against a core that fails. Without types of the core, so that each core can
 * have its own.
 */
@FunctionalInterface
public interface FaultPlayer {

	/**
	 * Play a seed.
	 * @param seed the seed
	 * @param faults what is to fail
	 * @param text where to write what happens, if anybody will read it
	 * @return what went wrong, or {@code null} if nothing did
	 */
	@Nullable Throwable play(long seed, Faults faults, @Nullable StringBuilder text);

}
