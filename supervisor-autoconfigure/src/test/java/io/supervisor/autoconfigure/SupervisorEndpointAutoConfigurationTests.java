package io.supervisor.autoconfigure;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

import javax.management.MBeanServer;
import javax.management.ObjectName;

import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import io.supervisor.endpoint.SupervisorEndpoint;
import io.supervisor.endpoint.SupervisorEndpointWebExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jackson.JacksonEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jmx.JmxEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

class SupervisorEndpointAutoConfigurationTests {

	private final Supplier<ServiceGroup> group = () -> ServiceGroup.builder("test")
		.service("feed", ServiceContext::awaitCancellation)
		.build();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withInitializer((context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()))
		.withConfiguration(
				AutoConfigurations.of(EndpointAutoConfiguration.class, SupervisorEndpointAutoConfiguration.class))
		.withBean(ServiceGroup.class, this.group);

	@Test
	void isThereWhenExposed() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=supervisor")
			.run((context) -> assertThat(context).hasSingleBean(SupervisorEndpoint.class)
				.hasSingleBean(SupervisorEndpointWebExtension.class));
	}

	@Test
	void isAbsentWhenNotExposed() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(SupervisorEndpoint.class)
			.doesNotHaveBean(SupervisorEndpointWebExtension.class));
	}

	@Test
	void isAbsentWithoutAccess() {
		this.contextRunner
			.withPropertyValues("management.endpoints.web.exposure.include=supervisor",
					"management.endpoint.supervisor.access=none")
			.run((context) -> assertThat(context).doesNotHaveBean(SupervisorEndpoint.class));
	}

	@Test
	void isAbsentWithoutAGroup() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(EndpointAutoConfiguration.class, SupervisorEndpointAutoConfiguration.class))
			.withPropertyValues("management.endpoints.web.exposure.include=supervisor")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SupervisorEndpoint.class));
	}

	@Test
	void negativeHistoryFailsTheStart() {
		this.contextRunner
			.withPropertyValues("management.endpoints.web.exposure.include=supervisor",
					"management.endpoint.supervisor.history-size=-1")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.hasStackTraceContaining("management.endpoint.supervisor.history-size"));
	}

	@Test
	void isReadOnlyOverJmxUnlessAccessIsRaised() {
		jmx("read-only").run((context) -> {
			MBeanServer server = context.getBean(MBeanServer.class);
			ObjectName name = name();
			Map<?, ?> read = (Map<?, ?>) server.invoke(name, "supervisor", new Object[0], new String[0]);
			assertThat(read.get("state")).isEqualTo("NEW");
			Map<?, ?> feed = (Map<?, ?>) server.invoke(name, "service", new Object[] { new String[] { "feed" } },
					new String[] { Object.class.getName() });
			assertThat(feed.get("path")).isEqualTo("feed");
			assertThat(server.getMBeanInfo(name).getOperations()).extracting("name")
				.containsExactlyInAnyOrder("supervisor", "service");
		});
	}

	@Test
	void controlsOverJmx() {
		jmx("unrestricted").run((context) -> {
			MBeanServer server = context.getBean(MBeanServer.class);
			ObjectName name = name();
			Object[] start = { "start" };
			String[] signature = { String.class.getName() };
			assertThat((Map<?, ?>) server.invoke(name, "control", start, signature)).isNotEmpty();
			assertThatException().isThrownBy(() -> server.invoke(name, "control", start, signature))
				.withStackTraceContaining("'test' is running already");
			server.invoke(name, "control", new Object[] { "stop" }, signature);
			assertThat(context.getBean(ServiceGroup.class).snapshot().state().isTerminal()).isTrue();
		});
	}

	@Test
	void controlsAServiceOverJmxAndRefusesOneThatIsNotThere() {
		jmx("unrestricted").run((context) -> {
			MBeanServer server = context.getBean(MBeanServer.class);
			ObjectName name = name();
			ServiceGroup group = context.getBean(ServiceGroup.class);
			group.start();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			String[] signature = { Object.class.getName(), String.class.getName() };
			Map<?, ?> feed = (Map<?, ?>) server.invoke(name, "controlService",
					new Object[] { new String[] { "feed" }, "restart" }, signature);
			assertThat(feed.get("attempt")).isEqualTo(2);
			assertThatException()
				.isThrownBy(() -> server.invoke(name, "controlService",
						new Object[] { new String[] { "nobody" }, "stop" }, signature))
				.withStackTraceContaining("There is no service 'nobody'");
			group.stop();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		});
	}

	@ParameterizedTest
	@EnumSource(Show.class)
	void whatServicesThrewIsSeenOverJmxOnlyWhereItIsAlwaysShown(Show show) {
		jmx("read-only").withPropertyValues("management.endpoint.supervisor.show-details=" + show).run((context) -> {
			ServiceGroup group = context.getBean(ServiceGroup.class);
			group.add(ServiceDefinition.builder("broken", (broken) -> {
				throw new IllegalStateException("hunter2");
			}).policy(ServicePolicy.builder().critical(false).build()).build()).get();
			group.start();
			assertThat(group.awaitState("broken", ServiceState.FAILED::equals, Duration.ofSeconds(10))).isTrue();
			Object shown = context.getBean(MBeanServer.class)
				.invoke(name(), "supervisor", new Object[0], new String[0]);
			assertThat(shown.toString().contains("hunter2")).isEqualTo(show == Show.ALWAYS);
			assertThat(shown.toString().contains("IllegalStateException")).isEqualTo(show == Show.ALWAYS);
			group.stop();
			assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		});
	}

	private ApplicationContextRunner jmx(String access) {
		return this.contextRunner
			.withConfiguration(AutoConfigurations.of(JmxAutoConfiguration.class, JmxEndpointAutoConfiguration.class,
					JacksonEndpointAutoConfiguration.class))
			.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=supervisor",
					"management.endpoint.supervisor.access=" + access);
	}

	private static ObjectName name() throws Exception {
		MBeanServer server = ManagementFactory.getPlatformMBeanServer();
		return server.queryNames(new ObjectName("org.springframework.boot:type=Endpoint,name=Supervisor,*"), null)
			.iterator()
			.next();
	}

}
