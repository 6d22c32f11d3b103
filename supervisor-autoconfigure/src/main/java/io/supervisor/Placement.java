package io.supervisor;

/**
 * On which replicas of the application a service runs (design §8). All but
 * {@link #EVERYWHERE} needs a {@link RunGate}, which {@code io.supervisor.cluster}
 * supplies.
 *
 * @param kind how the replicas share the service
 * @param shard which part of the work this is, from 0
 * @param shardCount into how many parts the work is split
 */
public record Placement(Kind kind, int shard, int shardCount) {

	/**
	 * Each replica runs the service for itself. The default.
	 */
	public static final Placement EVERYWHERE = new Placement(Kind.EVERYWHERE, 0, 1);

	/**
	 * One replica runs the service, another one when that cannot.
	 */
	public static final Placement SINGLETON = new Placement(Kind.SINGLETON, 0, 1);

	public Placement {
		if (shardCount < 1 || shard < 0 || shard >= shardCount) {
			throw new IllegalArgumentException(
					"There is no shard %s of %s: shards are counted from 0, and there is at least one".formatted(shard,
							shardCount));
		}
		if (kind == Kind.EVERYWHERE && shardCount > 1) {
			throw new IllegalArgumentException("A service that runs everywhere has no shards");
		}
	}

	/**
	 * The work is split into shards, each of which one replica runs.
	 * @param count how many; at least 1
	 * @return the placement
	 */
	public static Placement shards(int count) {
		return new Placement(Kind.SHARDED, 0, count);
	}

	/**
	 * How replicas share a service.
	 */
	public enum Kind {

		/**
		 * Each replica runs it.
		 */
		EVERYWHERE,

		/**
		 * One replica runs it.
		 */
		SINGLETON,

		/**
		 * It is to be split into shards.
		 */
		SHARDED,

		/**
		 * It is one of the shards of a service.
		 */
		SHARD

	}

	/**
	 * One of the shards of this placement.
	 * @param shard which, from 0
	 * @return its placement
	 */
	public Placement shard(int shard) {
		return new Placement(Kind.SHARD, shard, this.shardCount);
	}

}
