package io.supervisor.cluster;

import java.util.function.Consumer;

import io.supervisor.RunGate;
import org.jspecify.annotations.Nullable;

/**
 * The gate of one service, or of one shard: a lease of its own.
 */
final class LeaseGate implements RunGate {

	private final Consumer<LeaseKeeper.News> keeper;

	private final String lease;

	private final @Nullable String service;

	private final int shardCount;

	LeaseGate(Consumer<LeaseKeeper.News> keeper, String lease, @Nullable String service, int shardCount) {
		this.keeper = keeper;
		this.lease = lease;
		this.service = service;
		this.shardCount = shardCount;
	}

	@Override
	public void request(Pass pass) {
		tell(pass, true);
	}

	@Override
	public void release(Pass pass) {
		tell(pass, false);
	}

	private void tell(Pass pass, boolean wanted) {
		this.keeper.accept(new LeaseKeeper.News(this.lease, pass, wanted, this.service, this.shardCount));
	}

	@Override
	public String toString() {
		return "lease '" + this.lease + "'";
	}

}
