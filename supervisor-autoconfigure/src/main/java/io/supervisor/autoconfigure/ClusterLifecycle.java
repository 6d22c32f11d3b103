package io.supervisor.autoconfigure;

import io.supervisor.cluster.Cluster;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
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

	static final String BEAN_NAME = "supervisorClusterLifecycle";

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

	/**
	 * The cluster, if a service has asked for it.
	 */
	static @Nullable Cluster used(ConfigurableListableBeanFactory beanFactory) {
		return beanFactory.containsSingleton(BEAN_NAME)
				? beanFactory.getBean(BEAN_NAME, ClusterLifecycle.class).cluster() : null;
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
