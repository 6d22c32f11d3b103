package io.supervisor;

import java.util.function.LongFunction;

import org.jspecify.annotations.Nullable;

/**
 * Plays seeds. A public face without types of ours, so that another class loader can play
 * them against another core.
 */
public final class RandomGroups implements LongFunction<@Nullable Throwable> {

	private final Coverage coverage;

	public RandomGroups() {
		this(new Coverage());
	}

	RandomGroups(Coverage coverage) {
		this.coverage = coverage;
	}

	/**
	 * Play a seed.
	 * @param seed the seed
	 * @return what went wrong, or {@code null} if nothing did
	 */
	@Override
	public @Nullable Throwable apply(long seed) {
		try {
			new RandomScript(seed, this.coverage, false).play();
			return null;
		}
		catch (Throwable ex) {
			return ex;
		}
	}

	/**
	 * Play a seed once more, so that it can be read.
	 */
	static String read(long seed) {
		RandomScript script = new RandomScript(seed, new Coverage(), true);
		try {
			script.play();
			return script + "nothing went wrong this time";
		}
		catch (Throwable ex) {
			return script + ex.toString();
		}
	}

}
