package io.supervisor.faults;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Where an {@code InjectedCore} can be made to fail. Outside the package that is loaded
 * anew, so that tests and cores share it.
 */
public final class FaultPoint {

	private static final ThreadLocal<@Nullable Faults> FAULTS = new ThreadLocal<>();

	private static final List<String> PLACES = new ArrayList<>();

	/**
	 * The faults of all threads that have none of their own.
	 */
	private static volatile @Nullable Faults everywhere;

	private FaultPoint() {
	}

	/**
	 * Called by the core before it allocates, or calls somebody else.
	 * @param place the number of the place
	 */
	public static void hit(int place) {
		Faults faults = FAULTS.get();
		if (faults == null) {
			faults = everywhere;
		}
		if (faults != null) {
			faults.hit(place);
		}
	}

	/**
	 * A place in the code of a core.
	 * @param place what it is called
	 * @return its number
	 */
	public static synchronized int place(String place) {
		PLACES.add(place);
		return PLACES.size() - 1;
	}

	/**
	 * What a place is called.
	 * @param place its number
	 * @return the name
	 */
	public static synchronized String name(int place) {
		return PLACES.get(place);
	}

	/**
	 * How many places there are.
	 * @return their number
	 */
	public static synchronized int places() {
		return PLACES.size();
	}

	/**
	 * Let the calling thread fail as it is told.
	 * @param faults what it is told, or {@code null} for what all are told
	 * @return what it was told before
	 */
	public static @Nullable Faults attach(@Nullable Faults faults) {
		Faults before = FAULTS.get();
		FAULTS.set(faults);
		return before;
	}

	/**
	 * Let all threads fail that are not told otherwise.
	 * @param faults what they are told, or {@code null} for nothing
	 */
	public static void attachEverywhere(@Nullable Faults faults) {
		everywhere = faults;
	}

}
