package io.supervisor.cluster;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.supervisor.RunGate;
import org.jspecify.annotations.Nullable;

/**
 * Where the leases of all replicas are: usually a table in the application's database.
 * <p>
 * Only the thread of a {@link LeaseKeeper} calls these methods, one at a time; they may
 * take long, hang and throw: the groups do not depend on them to end a run in time. Each
 * must be atomic for each lease, and judge what is over by one clock that is the same for
 * all replicas, that of the store.
 */
public interface LeaseStore {

	/**
	 * See to it that there are leases of these names, held by nobody unless they are
	 * there already.
	 * @param names names of leases
	 */
	void create(Collection<String> names);

	/**
	 * Take those of some leases that nobody holds, or whose time is over. The token of
	 * each goes up.
	 * @param owner who is to hold them
	 * @param names names of leases
	 * @param timeToLive for how long
	 * @return how many were taken
	 */
	int take(String owner, Collection<String> names, Duration timeToLive);

	/**
	 * Extend all leases of an owner, in one statement: a lease that is over but was not
	 * taken by anybody else counts as well.
	 * @param owner who holds them
	 * @param timeToLive for how long from now on
	 * @return how many there are
	 */
	int renew(String owner, Duration timeToLive);

	/**
	 * The leases of an owner.
	 * @param owner who holds them
	 * @return their tokens by their names, {@link RunGate#NO_TOKEN} in a store that gives
	 * none
	 */
	Map<String, Long> held(String owner);

	/**
	 * Let others have some leases of an owner. Leases of others stay as they are.
	 * @param owner who holds them
	 * @param names names of leases
	 */
	void release(String owner, Collection<String> names);

	/**
	 * Who holds some leases.
	 * @param names names of leases
	 * @return those of them that somebody holds, by name
	 */
	Map<String, Holding> read(Collection<String> names);

	/**
	 * Whether leases can be listed, by {@link #free}, {@link #census} and {@link #purge}.
	 * Without that replicas cannot share a service: there are no shards.
	 * @return {@code true} unless the store says otherwise
	 */
	default boolean lists() {
		return true;
	}

	/**
	 * Names of leases that nobody holds, or whose time is over.
	 * @param prefix how their names begin
	 * @param limit how many at most
	 * @return their names
	 */
	List<String> free(String prefix, int limit);

	/**
	 * Count leases that somebody holds.
	 * @param prefix how their names begin
	 * @param name the name of one of them
	 * @return how many there are, and how many of them come before that one in the order
	 * of their names
	 */
	Census census(String prefix, String name);

	/**
	 * Remove leases for good, such as those of replicas that are no more. Those that
	 * somebody holds stay.
	 * @param prefix how their names begin
	 */
	void purge(String prefix);

	/**
	 * Who holds a lease, and for how long at least.
	 *
	 * @param owner who holds it
	 * @param remaining how long it is valid unless it is renewed; {@code null} if the
	 * store cannot tell, and who wants it should try to take it
	 */
	record Holding(String owner, @Nullable Duration remaining) {

	}

	/**
	 * How many leases are held.
	 *
	 * @param held how many are
	 * @param before how many of them come before the name asked for
	 */
	record Census(int held, int before) {

	}

}
