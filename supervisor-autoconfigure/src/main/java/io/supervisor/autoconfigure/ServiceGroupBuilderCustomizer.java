package io.supervisor.autoconfigure;

import io.supervisor.ServiceGroup;

/**
 * Callback for beans that shape the service group before it is built: with another
 * executor or listeners, for example. Called after the properties were applied. The group
 * exists before its services do, so that such a bean must not depend on one.
 */
@FunctionalInterface
public interface ServiceGroupBuilderCustomizer {

	/**
	 * Customize the builder.
	 * @param builder the builder of the service group
	 */
	void customize(ServiceGroup.Builder builder);

}
