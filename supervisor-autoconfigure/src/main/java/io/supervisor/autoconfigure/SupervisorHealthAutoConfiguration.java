package io.supervisor.autoconfigure;

import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

import io.supervisor.ServiceGroup;
import io.supervisor.cluster.Cluster;
import io.supervisor.cluster.LeaseStatus;
import io.supervisor.health.GroupHealthIndicator;
import io.supervisor.health.ServicesHealthContributor;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for the health of the service group, as {@code supervisor}, and of
 * its services, as {@code services}.
 */
@AutoConfiguration(after = SupervisorAutoConfiguration.class)
@ConditionalOnClass({ HealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(name = SupervisorAutoConfiguration.GROUP_BEAN_NAME)
@ConditionalOnEnabledHealthIndicator("supervisor")
public final class SupervisorHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "supervisorHealthIndicator", "supervisorHealthContributor" })
	GroupHealthIndicator supervisorHealthIndicator(
			@Qualifier(SupervisorAutoConfiguration.GROUP_BEAN_NAME) ServiceGroup group,
			ConfigurableListableBeanFactory beanFactory) {
		return new GroupHealthIndicator(group, () -> leases(ClusterLifecycle.used(beanFactory)));
	}

	/**
	 * An answer that takes a moment is nothing to report.
	 */
	private static Map<String, ?> leases(@Nullable Cluster cluster) {
		if (cluster == null) {
			return Map.of();
		}
		LeaseStatus status = cluster.status();
		Map<String, Object> leases = new LinkedHashMap<>();
		leases.put("held", status.held());
		if (status.error() != null || status.unanswered().toSeconds() > 0) {
			leases.put("unanswered", status.unanswered().truncatedTo(ChronoUnit.SECONDS));
		}
		if (status.error() != null) {
			leases.put("error", status.error());
		}
		return Map.of("leases", leases);
	}

	@Bean
	@ConditionalOnMissingBean(name = { "servicesHealthIndicator", "servicesHealthContributor" })
	ServicesHealthContributor servicesHealthContributor(
			@Qualifier(SupervisorAutoConfiguration.GROUP_BEAN_NAME) ServiceGroup group) {
		return new ServicesHealthContributor(group);
	}

}
