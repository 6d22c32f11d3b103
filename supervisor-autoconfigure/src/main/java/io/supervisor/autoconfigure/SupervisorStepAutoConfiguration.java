package io.supervisor.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.supervisor.StepObserver;
import io.supervisor.metrics.StepMeters;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/**
 * {@link AutoConfiguration Auto-configuration} for what measures the steps of services.
 */
@AutoConfiguration(beforeName = "io.supervisor.autoconfigure.SupervisorAutoConfiguration")
@ConditionalOnClass({ MeterRegistry.class, ObservationRegistry.class })
public final class SupervisorStepAutoConfiguration {

	/**
	 * The registries are asked for with the first step: they may ask for the group.
	 */
	@Bean
	@ConditionalOnMissingBean(StepObserver.class)
	StepMeters supervisorStepMeters(ObjectProvider<ObservationRegistry> observations,
			ObjectProvider<MeterRegistry> meters) {
		return new StepMeters(SingletonSupplier.of(observations::getIfUnique),
				SingletonSupplier.of(meters::getIfUnique));
	}

}
