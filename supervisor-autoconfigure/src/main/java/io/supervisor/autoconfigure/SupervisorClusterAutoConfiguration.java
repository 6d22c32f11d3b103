package io.supervisor.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/**
 * {@link AutoConfiguration Auto-configuration} for services that one replica of the
 * application runs or that all replicas share. Nothing of it exists before a service asks
 * for it.
 */
@AutoConfiguration(beforeName = "io.supervisor.autoconfigure.SupervisorAutoConfiguration",
		afterName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
@EnableConfigurationProperties(SupervisorClusterProperties.class)
@Import({ ClusterConfigurations.Jdbc.class, ClusterConfigurations.ShedLock.class,
		ClusterConfigurations.WithLeaseStore.class })
public final class SupervisorClusterAutoConfiguration {

}
