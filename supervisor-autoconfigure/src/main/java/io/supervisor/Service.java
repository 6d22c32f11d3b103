package io.supervisor;

/**
 * Work that runs until it is cancelled or fails: a consumer, a crawler, a poller, a
 * server. In a Spring application every bean of this type is a member of the service
 * group and is named by its bean name.
 * <p>
 * <strong>Name clash:</strong> Spring's {@code @Service} stereotype has the same simple
 * name. Declare services with {@code @Component} or {@code @Bean}.
 *
 * @see ServiceContext
 * @see ServiceGroup
 */
@FunctionalInterface
public interface Service {

	/**
	 * Do the work. Called on a thread of its own, once per attempt; never twice at the
	 * same time (rule 17).
	 * <p>
	 * Returning before the group cancelled this run is a completion (rule 10); throwing
	 * anything, errors included, is a failure (rule 7). Once cancelled, return soon: the
	 * grace period ends in an interrupt, the interrupt period in the service being
	 * reported as stuck (rule 18). What is thrown after the cancel is taken for an echo
	 * of it or reported as a secondary failure (rule 8).
	 * @param context what this run may ask of the group
	 * @throws Exception if the work failed
	 */
	void run(ServiceContext context) throws Exception;

	/**
	 * Whether this service is ready only once it has called
	 * {@link ServiceContext#ready()}. By default a service is ready when its thread
	 * enters {@link #run(ServiceContext)} (rule 3). One that is not ready within its
	 * {@linkplain ServicePolicy#startTimeout() start-timeout} is cancelled, which is a
	 * failure of that attempt. Asked once, when the group is built.
	 * @return {@code true} if the service announces its readiness
	 */
	default boolean announcesReadiness() {
		return false;
	}

	/**
	 * Adapt a service, usually a lambda, that calls {@link ServiceContext#ready()}.
	 * @param service the work
	 * @return the same work, {@linkplain #announcesReadiness() announcing its readiness}
	 */
	static Service announcing(Service service) {
		return new AnnouncingService(service);
	}

}
