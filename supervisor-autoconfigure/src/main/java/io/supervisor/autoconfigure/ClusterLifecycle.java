package io.supervisor.autoconfigure;

import io.supervisor.cluster.Cluster;

import org.springframework.context.Lifecycle;
import org.springframework.context.Phased;

/**
 * Waits until the leases of a group that was stopped with its context are given back,
 * before what the store needs is stopped as well: connections to a Redis have a phase of
 * their own, long before beans are destroyed.
 * <p>
 * No {@code SmartLifecycle}, which would bring the cluster into being where no service
 * asks for it.
 */
final class ClusterLifecycle implements Lifecycle, Phased {

	private final Cluster cluster;

	private final int phase;

	/**
	 * Create the lifecycle of a cluster.
	 * @param cluster the cluster
	 * @param groupPhase the phase of the group
	 */
	ClusterLifecycle(Cluster cluster, int groupPhase) {
		this.cluster = cluster;
		this.phase = Math.max(groupPhase, Integer.MIN_VALUE + 1) - 1;
	}

	Cluster cluster() {
		return this.cluster;
	}

	@Override
	public void start() {
		// the first service that asks for a lease starts it
	}

	@Override
	public void stop() {
		this.cluster.awaitGivenBack();
	}

	@Override
	public boolean isRunning() {
		return true;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

}
