package io.supervisor.autoconfigure;

import java.util.Set;

import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the endpoint shows, and to whom.
 *
 * @param showDetails When to show what services threw, and the stacks of stuck threads.
 * @param roles Roles of which a user must have one to see details when authorized. All
 * who are logged in, if empty.
 * @param historySize Number of transitions that are kept.
 */
@ConfigurationProperties("management.endpoint.supervisor")
record SupervisorEndpointProperties(@DefaultValue("never") Show showDetails, @DefaultValue Set<String> roles,
		@DefaultValue("500") int historySize) {

}
