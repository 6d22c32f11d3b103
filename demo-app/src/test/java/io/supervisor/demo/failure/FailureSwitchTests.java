package io.supervisor.demo.failure;

import java.time.Duration;

import io.supervisor.Service;
import io.supervisor.demo.FakeServiceContext;
import org.junit.jupiter.api.Test;

import org.springframework.boot.diagnostics.FailureAnalyzedException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/**
 * Tests for {@link FailureSwitch}.
 */
class FailureSwitchTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withUserConfiguration(FailureConfiguration.class, Services.class);

	@Test
	void nothingFailsByDefault() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(FailureSwitch.class)
			.getBean("steady")
			.isNotInstanceOf(FailingService.class));
	}

	@Test
	void onlyTheChosenServiceFails() {
		this.runner.withPropertyValues("demo.fail.service=steady", "demo.fail.after=0s").run((context) -> {
			assertThat(context.getBean("other")).isNotInstanceOf(FailingService.class);
			Service steady = context.getBean("steady", Service.class);
			assertThatIllegalStateException().isThrownBy(() -> steady.run(new FakeServiceContext()))
				.withMessage("'fake' failed after 0 s, as 'demo.fail' asked for");
		});
	}

	@Test
	void readinessStaysAnnounced() {
		this.runner.withPropertyValues("demo.fail.service=other")
			.run((context) -> assertThat(context.getBean("other", Service.class).announcesReadiness()).isTrue());
		this.runner.withPropertyValues("demo.fail.service=steady")
			.run((context) -> assertThat(context.getBean("steady", Service.class).announcesReadiness()).isFalse());
	}

	@Test
	void nothingFailsBeforeItsTime() {
		this.runner.withPropertyValues("demo.fail.service=steady", "demo.fail.after=1h").run((context) -> {
			FakeServiceContext serviceContext = new FakeServiceContext().cancelOnWait(2);
			assertThatCode(() -> context.getBean("steady", Service.class).run(serviceContext))
				.doesNotThrowAnyException();
			assertThat(serviceContext.waits()).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(1));
		});
	}

	@Test
	void waitEndsWhenTheTimeIsOver() {
		this.runner.withPropertyValues("demo.fail.service=steady", "demo.fail.after=10ms").run((context) -> {
			FakeServiceContext serviceContext = new FakeServiceContext();
			assertThatIllegalStateException()
				.isThrownBy(() -> context.getBean("steady", Service.class).run(serviceContext));
			assertThat(serviceContext.waits())
				.allSatisfy((wait) -> assertThat(wait).isLessThanOrEqualTo(Duration.ofMillis(10)));
		});
	}

	@Test
	void onlyTheChosenNumberOfRunsFails() {
		this.runner.withPropertyValues("demo.fail.service=steady", "demo.fail.after=0s", "demo.fail.times=2")
			.run((context) -> {
				Service steady = context.getBean("steady", Service.class);
				for (int i = 0; i < 2; i++) {
					assertThatIllegalStateException().isThrownBy(() -> steady.run(new FakeServiceContext()));
				}
				assertThatCode(() -> steady.run(new FakeServiceContext().cancelOnWait(1))).doesNotThrowAnyException();
			});
	}

	@Test
	void cancelledRunDoesNotFail() {
		this.runner.withPropertyValues("demo.fail.service=steady", "demo.fail.after=0s").run((context) -> {
			FakeServiceContext serviceContext = new FakeServiceContext();
			serviceContext.cancel();
			assertThatCode(() -> context.getBean("steady", Service.class).run(serviceContext))
				.doesNotThrowAnyException();
		});
	}

	@Test
	void unknownServiceIsAnErrorThatNamesThoseThereAre() {
		this.runner.withPropertyValues("demo.fail.service=nope")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.asInstanceOf(type(FailureAnalyzedException.class))
				.satisfies((failure) -> {
					assertThat(failure.analysis().getDescription()).isEqualTo("There is no service 'nope' to fail.");
					assertThat(failure.analysis().getAction())
						.isEqualTo("Set 'demo.fail.service' to one of steady, other.");
				}));
	}

	@Test
	void negativeTimeIsAnError() {
		this.runner.withPropertyValues("demo.fail.service=steady", "demo.fail.after=-1s")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("'demo.fail.after'"));
	}

	@Configuration(proxyBeanMethods = false)
	static class Services {

		@Bean
		Service steady() {
			return (context) -> {
				while (!context.isCancelled()) {
					context.awaitCancellation(Duration.ofSeconds(1));
				}
			};
		}

		@Bean
		Service other() {
			return Service.announcing((context) -> context.awaitCancellation());
		}

	}

}
