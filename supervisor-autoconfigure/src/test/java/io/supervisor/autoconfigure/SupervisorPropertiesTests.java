package io.supervisor.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.supervisor.OnCompletion;
import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How properties become policies, in every spelling and from every source.
 */
@ExtendWith(OutputCaptureExtension.class)
class SupervisorPropertiesTests {

	private final ApplicationContextRunner contextRunner = Services.quietContextRunner()
		.withBean("priceFeed", Service.class, Services::steady)
		.withBean("other", Service.class, Services::steady);

	@Test
	void policyWhenNothingIsSetIsTheDefault() {
		this.contextRunner.run((context) -> {
			assertThat(Services.policy(context, "priceFeed")).isEqualTo(ServicePolicy.defaults());
			SupervisorProperties properties = context.getBean(SupervisorProperties.class);
			assertThat(properties.getStartTimeout()).isEqualTo(Duration.ofSeconds(30));
			assertThat(properties.getReadyTimeout()).isEqualTo(Duration.ofSeconds(60));
			assertThat(properties.getShutdownTimeout()).isEqualTo(Duration.ofSeconds(25));
			assertThat(properties.getPhase()).isEqualTo(Integer.MAX_VALUE - 100);
		});
	}

	@Test
	void policyHasEveryProperty() {
		this.contextRunner.withPropertyValues("supervisor.services.priceFeed.critical=false",
				"supervisor.services.priceFeed.on-completion=stop-group",
				"supervisor.services.priceFeed.start-timeout=1s", "supervisor.services.priceFeed.grace-period=2s",
				"supervisor.services.priceFeed.heartbeat-timeout=3s", "supervisor.services.priceFeed.auxiliary=true",
				"supervisor.services.priceFeed.expected-on-stop=com.acme.Woken, com.acme.Closed",
				"supervisor.services.priceFeed.restart.policy=on-failure",
				"supervisor.services.priceFeed.restart.scope=dependents",
				"supervisor.services.priceFeed.restart.exclude=java.io.IOException, java.lang.IllegalStateException",
				"supervisor.services.priceFeed.restart.delay=4s",
				"supervisor.services.priceFeed.restart.multiplier=1.5",
				"supervisor.services.priceFeed.restart.max-delay=6s",
				"supervisor.services.priceFeed.restart.max-restarts=-1",
				"supervisor.services.priceFeed.restart.reset-after=7s")
			.run((context) -> {
				ServicePolicy policy = Services.policy(context, "priceFeed");
				assertThat(policy.critical()).isFalse();
				assertThat(policy.onCompletion()).isEqualTo(OnCompletion.STOP_GROUP);
				assertThat(policy.startTimeout()).isEqualTo(Duration.ofSeconds(1));
				assertThat(policy.gracePeriod()).isEqualTo(Duration.ofSeconds(2));
				assertThat(policy.heartbeatTimeout()).isEqualTo(Duration.ofSeconds(3));
				assertThat(policy.auxiliary()).isTrue();
				assertThat(policy.expectedOnStop()).containsExactlyInAnyOrder("com.acme.Woken", "com.acme.Closed");
				RestartPolicy restart = policy.restart();
				assertThat(restart.mode()).isEqualTo(RestartPolicy.Mode.ON_FAILURE);
				assertThat(restart.scope()).isEqualTo(RestartPolicy.Scope.DEPENDENTS);
				assertThat(restart.exclude()).containsExactlyInAnyOrder(IOException.class, IllegalStateException.class);
				assertThat(restart.delay()).isEqualTo(Duration.ofSeconds(4));
				assertThat(restart.multiplier()).isEqualTo(1.5);
				assertThat(restart.maxDelay()).isEqualTo(Duration.ofSeconds(6));
				assertThat(restart.maxRestarts()).isEqualTo(RestartPolicy.UNLIMITED);
				assertThat(restart.resetAfter()).isEqualTo(Duration.ofSeconds(7));
				assertThat(Services.policy(context, "other")).isEqualTo(ServicePolicy.defaults());
			});
	}

	@Test
	void dependenciesOfAPropertyAreAddedInAnySpelling() {
		this.contextRunner.withPropertyValues("supervisor.services.other.depends-on=price-feed")
			.run((context) -> assertThat(
					context.getBean(ServiceGroup.class).service("other").orElseThrow().dependencies())
				.containsExactly("priceFeed"));
		this.contextRunner.withPropertyValues("supervisor.services.other.depends-on[0]=nobody")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageStartingWith("'other' depends on 'nobody', which is not in the group"));
	}

	@Test
	void expectedOnStopOfTheDefaultsIsThatOfAll() {
		this.contextRunner.withPropertyValues("supervisor.defaults.expected-on-stop=com.acme.Woken")
			.run((context) -> assertThat(Services.policy(context, "other").expectedOnStop())
				.containsExactly("com.acme.Woken"));
	}

	@Test
	void auxiliaryServicesAloneAreRefusedUnlessTheGroupIsKeptOpen() {
		ApplicationContextRunner auxiliary = this.contextRunner.withPropertyValues(
				"supervisor.services.other.auxiliary=true", "supervisor.services.priceFeed.auxiliary=true");
		auxiliary.run((context) -> assertThat(context).getFailure()
			.rootCause()
			.hasMessageStartingWith("All services of 'supervisor' are auxiliary"));
		auxiliary.withPropertyValues("supervisor.keep-open=true").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void policyIsBoundOntoTheDefaults() {
		this.contextRunner
			.withPropertyValues("supervisor.defaults.critical=false", "supervisor.defaults.restart.policy=always",
					"supervisor.defaults.restart.delay=2s", "supervisor.services.priceFeed.restart.delay=3s")
			.run((context) -> {
				ServicePolicy policy = Services.policy(context, "priceFeed");
				assertThat(policy.critical()).isFalse();
				assertThat(policy.restart().mode()).isEqualTo(RestartPolicy.Mode.ALWAYS);
				assertThat(policy.restart().delay()).isEqualTo(Duration.ofSeconds(3));
				assertThat(Services.policy(context, "other").restart().delay()).isEqualTo(Duration.ofSeconds(2));
			});
	}

	@ParameterizedTest
	@CsvSource({ "priceFeed", "price-feed", "price_feed", "PRICE_FEED", "pricefeed", "[priceFeed]", "[price.feed]",
			"price.feed" })
	void policyIsBoundInEverySpelling(String name, CapturedOutput output) {
		this.contextRunner
			.withPropertyValues("supervisor.services." + name + ".grace-period=1s",
					"supervisor.services." + name + ".restart.max-restarts=9")
			.run((context) -> {
				assertThat(Services.policy(context, "priceFeed").gracePeriod()).isEqualTo(Duration.ofSeconds(1));
				assertThat(Services.policy(context, "priceFeed").restart().maxRestarts()).isEqualTo(9);
				assertThat(output).doesNotContain("matches no service");
			});
	}

	@ParameterizedTest
	@MethodSource
	void spellingsOfAllSourcesMergeAndOverrideEachOther(PropertySource<?> higher, PropertySource<?> lower) {
		this.contextRunner.withInitializer((context) -> {
			MutablePropertySources sources = context.getEnvironment().getPropertySources();
			sources.remove(higher.getName());
			sources.remove(lower.getName());
			sources.addLast(higher);
			sources.addLast(lower);
		}).run((context) -> {
			ServicePolicy policy = Services.policy(context, "priceFeed");
			assertThat(policy.restart().maxRestarts()).isEqualTo(1);
			assertThat(policy.gracePeriod()).isEqualTo(Duration.ofSeconds(1));
			assertThat(policy.restart().delay()).isEqualTo(Duration.ofSeconds(2));
			assertThat(policy.restart().exclude()).containsExactly(IOException.class);
		});
	}

	static Stream<Arguments> spellingsOfAllSourcesMergeAndOverrideEachOther() throws IOException {
		PropertySource<?> environment = new SystemEnvironmentPropertySource(
				StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
				Map.of("SUPERVISOR_SERVICES_PRICEFEED_RESTART_MAXRESTARTS", "1",
						"SUPERVISOR_SERVICES_PRICEFEED_GRACEPERIOD", "1s",
						"SUPERVISOR_SERVICES_PRICEFEED_RESTART_EXCLUDE_0", "java.io.IOException"));
		PropertySource<?> environmentWithDashes = new SystemEnvironmentPropertySource(
				StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
				Map.of("SUPERVISOR_SERVICES_PRICE_FEED_RESTART_MAX_RESTARTS", "1",
						"SUPERVISOR_SERVICES_PRICE_FEED_GRACE_PERIOD", "1s",
						"SUPERVISOR_SERVICES_PRICE_FEED_RESTART_EXCLUDE", "java.io.IOException"));
		PropertySource<?> commandLine = new SimpleCommandLinePropertySource(
				"--supervisor.services.price-feed.restart.maxRestarts=1",
				"--supervisor.services.price_feed.gracePeriod=1s",
				"--supervisor.services.PRICEFEED.restart.exclude[0]=java.io.IOException");
		PropertySource<?> yaml = new YamlPropertySourceLoader().load("application.yml", resource("""
				supervisor:
				  services:
				    priceFeed:
				      grace-period: 9s
				      restart:
				        max-restarts: 9
				    price-feed.restart.delay: ${the.delay:2s}
				""")).get(0);
		PropertySource<?> properties = new PropertiesPropertySourceLoader().load("application.properties", resource("""
				supervisor.services.priceFeed.grace-period=9s
				supervisor.services.price-feed.restart.max-restarts=9
				supervisor.services.price_feed.restart.delay=2s
				""")).get(0);
		return Stream.of(environment, environmentWithDashes, commandLine)
			.flatMap((higher) -> Stream.of(yaml, properties).map((lower) -> Arguments.of(higher, lower)));
	}

	private static ByteArrayResource resource(String text) {
		return new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8));
	}

	@Test
	void policyInCodeThatIsTheDefaultIsOneOfAllServices() {
		ServicePolicy policy = ServicePolicy.builder().build();
		this.contextRunner
			.withBean("audit", ServiceDefinition.class,
					() -> ServiceDefinition.builder("audit", Services.steady()).policy(policy).build())
			.withPropertyValues("supervisor.defaults.critical=false")
			.run((context) -> assertThat(Services.policy(context, "audit").critical()).isFalse());
	}

	@Test
	void policyWhenSourceCannotListItsPropertiesIsBound() {
		this.contextRunner.withInitializer((context) -> context.getEnvironment()
			.getPropertySources()
			.addFirst(new PropertySource<>("unlisted", new Object()) {

				@Override
				public @Nullable Object getProperty(String name) {
					return name.equals("supervisor.services.pricefeed.grace-period") ? "1s" : null;
				}

			}))
			.run((context) -> assertThat(Services.policy(context, "priceFeed").gracePeriod())
				.isEqualTo(Duration.ofSeconds(1)));
	}

	@Test
	void unknownNameGetsOneWarningWithTheNearestName(CapturedOutput output) {
		this.contextRunner
			.withPropertyValues("supervisor.services.price-fed.critical=false",
					"supervisor.services.price-fed.restart.delay=1s")
			.run((context) -> assertThat(
					output.toString().lines().filter((line) -> line.contains("matches no service")))
				.singleElement()
				.asString()
				.contains("WARN", "'supervisor.services.price-fed'", "did you mean 'priceFeed'?", "source \"test\""));
	}

	@Test
	void unknownNameInTheEnvironmentGetsAWarning(CapturedOutput output) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								Map.of("SUPERVISOR_SERVICES_PRICE_FED_RESTART_MAX_RESTARTS", "3"))))
			.run((context) -> assertThat(output).contains("'supervisor.services.price.fed' matches no service"));
	}

	@ParameterizedTest
	@CsvSource({ "supervisor.shutdown-timout, supervisor.shutdown-timeout",
			"supervisor.shutdown.timeout, supervisor.shutdown-timeout",
			"supervisor.ready-timeouts, supervisor.ready-timeout",
			"supervisor.default.restart.policy, supervisor.defaults.restart.policy",
			"supervisor.defaults.restart.polcy, supervisor.defaults.restart.policy",
			"supervisor.defaults.grace, supervisor.defaults.grace-period",
			"supervisor.restart.max-restarts, supervisor.defaults.restart.max-restarts",
			"supervisor.grace-period, supervisor.defaults.grace-period",
			"supervisor.service.priceFeed.critical, supervisor.services.priceFeed.critical",
			"supervisor.cluster.time-to-life, supervisor.cluster.time-to-live",
			"supervisor.cluster.jdbc.table, supervisor.cluster.jdbc.table-name",
			"supervisor.metrics.max-service, supervisor.metrics.max-services",
			"supervisor.services.priceFeed.restart.polcy, supervisor.services.priceFeed.restart.policy",
			"supervisor.services.price-feed.grace-perod, supervisor.services.price-feed.grace-period",
			"supervisor.services.priceFeed.restart.exclud[0], supervisor.services.priceFeed.restart.exclude" })
	void keyThatMeansNothingGetsOneWarningWithTheNearestKey(String key, String nearest, CapturedOutput output) {
		this.contextRunner.withPropertyValues(key + "=1").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output.toString().lines().filter((line) -> line.contains("supervisor.")))
				.filteredOn((line) -> line.contains("WARN"))
				.singleElement()
				.asString()
				.contains("means nothing; the nearest key is '" + nearest, "source \"test\"")
				.containsAnyOf("'" + key + "'", "'" + key.replaceAll("\\[0]$", ".0") + "'");
		});
	}

	@Test
	void keyThatMeansNothingInAFileGetsAWarning(CapturedOutput output) throws IOException {
		PropertySource<?> yaml = new YamlPropertySourceLoader().load("application.yml", resource("""
				supervisor:
				  services:
				    priceFeed: {}
				    other:
				      restrat: { policy: always }
				  metrics: {}
				""")).get(0);
		this.contextRunner.withInitializer((context) -> context.getEnvironment().getPropertySources().addFirst(yaml))
			.run((context) -> assertThat(output.toString().lines().filter((line) -> line.contains("WARN")))
				.singleElement()
				.asString()
				.contains("'supervisor.services.other.restrat.policy'", "'supervisor.services.other.restart.policy'"));
	}

	/**
	 * Every key of every class, in each way in which it may be written.
	 */
	@Test
	void keyThatMeansSomethingGetsNoWarning(CapturedOutput output) {
		Map<String, Object> file = new LinkedHashMap<>();
		Map<String, Object> variables = new LinkedHashMap<>();
		for (String key : keys()) {
			file.put(key, value(key));
			file.put(key.replaceAll("-", "_"), value(key));
			variables.put(key.replace('.', '_').replace("-", "").toUpperCase(Locale.ROOT), value(key));
			variables.put(key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT), value(key));
		}
		variables.put("SUPERVISOR_DEFAULTS_RESTART_EXCLUDE_0", "java.io.IOException");
		this.contextRunner.withInitializer((context) -> {
			MutablePropertySources sources = context.getEnvironment().getPropertySources();
			sources.addFirst(new MapPropertySource("file", file));
			sources.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
					new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
							variables));
		}).withPropertyValues("supervisor.defaults.restart.exclude[0]=java.io.IOException").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output.toString().lines().filter((line) -> line.contains("nothing"))).isEmpty();
		});
	}

	private static List<String> keys() {
		List<String> keys = new ArrayList<>();
		Stream
			.of(SupervisorProperties.class, SupervisorClusterProperties.class, SupervisorClusterJdbcProperties.class,
					SupervisorMetricsProperties.class)
			.forEach((type) -> PropertyKeys.of(type)
				.forEach((key) -> keys.add(type.getAnnotation(ConfigurationProperties.class).value() + "." + key)));
		keys.remove("supervisor.services");
		PropertyKeys.of(SupervisorProperties.Service.class)
			.forEach((key) -> keys.add("supervisor.services.pricefeed." + key));
		keys.remove("supervisor.services.pricefeed.cluster");
		keys.remove("supervisor.services.pricefeed.shards");
		return keys;
	}

	private static String value(String key) {
		return switch (key.substring(key.lastIndexOf('.') + 1)) {
			case "auto-startup", "keep-open", "auxiliary" -> "false";
			case "depends-on" -> "other";
			case "critical", "enabled" -> "true";
			case "on-completion" -> "continue";
			case "on-group-failure" -> "report";
			case "engine", "name", "replica", "table-name" -> "jdbc";
			case "initialize-schema", "policy" -> "never";
			case "scope" -> "service";
			case "exclude", "expected-on-stop" -> "java.io.IOException";
			case "max-restarts", "max-services", "multiplier", "phase" -> "1";
			default -> "1s";
		};
	}

	@Test
	void keyOfSomebodyElseGetsNoWarning(CapturedOutput output) {
		this.contextRunner.withUserConfiguration(OwnProperties.class)
			.withPropertyValues("supervisor.mail.host=example", "supervisor.mail.from.name=me",
					"supervisor.mali.host=example")
			.run((context) -> assertThat(output.toString().lines().filter((line) -> line.contains("means nothing")))
				.singleElement()
				.asString()
				.contains("'supervisor.mali.host'"));
	}

	/**
	 * Kubernetes sets the latter for a service named {@code supervisor}, and one named
	 * {@code supervisor-services}; supervisord the former.
	 */
	@Test
	void variableThatIsNotCloseToAKeyGetsNoWarning(CapturedOutput output) {
		this.contextRunner
			.withInitializer((context) -> environment(context, Stream
				.of("SUPERVISOR_ENABLED", "SUPERVISOR_PROCESS_NAME", "SUPERVISOR_GROUP_NAME", "SUPERVISOR_SERVER_URL",
						"SUPERVISOR_SERVICE_HOST", "SUPERVISOR_SERVICE_PORT", "SUPERVISOR_SERVICE_PORT_HTTP",
						"SUPERVISOR_PORT", "SUPERVISOR_PORT_80_TCP", "SUPERVISOR_PORT_80_TCP_PROTO",
						"SUPERVISOR_PORT_80_TCP_PORT", "SUPERVISOR_PORT_80_TCP_ADDR",
						"SUPERVISOR_SERVICES_SERVICE_HOST", "SUPERVISOR_SERVICES_SERVICE_PORT",
						"SUPERVISOR_SERVICES_PORT_80_TCP_PROTO", "SUPERVISOR_SERVICES_PORT_80_TCP_ADDR")
				.collect(Collectors.toMap((name) -> name, (name) -> "1"))))
			.run((context) -> assertThat(output.toString().lines().filter((line) -> line.contains("WARN"))).isEmpty());
	}

	@ParameterizedTest
	@CsvSource({ "SUPERVISOR_SHUTDOWN_TIMOUT, supervisor.shutdown-timeout",
			"SUPERVISOR_SHUTDOWNTIMOUT, supervisor.shutdown-timeout",
			"SUPERVISOR_DEFAULT_RESTART_POLICY, supervisor.defaults.restart.policy",
			"SUPERVISOR_SERVICES_PRICE_FEED_GRACE_PEROD, grace-period",
			"SUPERVISOR_SERVICES_PRICEFEED_RESTART_POLCY, restart.policy" })
	void variableThatIsCloseToAKeyGetsAWarning(String name, String nearest, CapturedOutput output) {
		this.contextRunner.withInitializer((context) -> environment(context, Map.of(name, "1")))
			.run((context) -> assertThat(output.toString().lines().filter((line) -> line.contains("means nothing")))
				.singleElement()
				.asString()
				.contains(nearest + "'", name));
	}

	private static void environment(ConfigurableApplicationContext context, Map<String, Object> variables) {
		context.getEnvironment()
			.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
	}

	@ParameterizedTest
	@CsvSource({ "reader", "ingest.reader", "ingest.inner.writer", "writer" })
	void keyForAMemberOfANestedGroupSaysThatItIsShapedInCode(String name, CapturedOutput output) {
		ServiceGroup inner = ServiceGroup.builder("inner").service("writer", Services.steady()).build();
		ServiceGroup ingest = ServiceGroup.builder("ingest")
			.service("reader", Services.steady())
			.service("inner", inner)
			.build();
		this.contextRunner.withBean("ingest", ServiceGroup.class, () -> ingest)
			.withPropertyValues("supervisor.services." + name + ".critical=false",
					"supervisor.services.ingest.critical=false")
			.run((context) -> {
				assertThat(Services.policy(context, "ingest").critical()).isFalse();
				assertThat(output.toString().lines().filter((line) -> line.contains("WARN"))).singleElement()
					.asString()
					.contains("'supervisor.services." + name, "has no effect", "shaped in code", "'ingest'");
			});
	}

	@Test
	void nameOfDisabledServiceIsKnown(CapturedOutput output) {
		this.contextRunner
			.withPropertyValues("supervisor.services.priceFeed.enabled=false",
					"supervisor.services.priceFeed.critical=false")
			.run((context) -> assertThat(output).doesNotContain("matches no service"));
	}

	@Test
	void environmentOfSupervisordMeansNothing() {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								Map.of("SUPERVISOR_ENABLED", "1", "SUPERVISOR_PROCESS_NAME", "app",
										"SUPERVISOR_GROUP_NAME", "app", "SUPERVISOR_SERVER_URL",
										"unix:///run/supervisor.sock"))))
			.run((context) -> assertThat(Services.policy(context, "priceFeed")).isEqualTo(ServicePolicy.defaults()));
	}

	/**
	 * A nested group has none unless it is given one: its members have theirs.
	 */
	@ParameterizedTest
	@CsvSource({ "start-timeout", "defaults.start-timeout" })
	void startTimeoutOfAllIsThatOfServicesWhichHaveNone(String key) {
		ServiceGroup nested = ServiceGroup.builder("nested")
			.service("slow", Service.announcing(ServiceContext::awaitCancellation))
			.build();
		this.contextRunner
			.withPropertyValues("supervisor." + key + "=1ms", "supervisor.services.patient.start-timeout=1d",
					"supervisor.defaults.critical=false")
			.withBean("quick", Service.class, () -> Service.announcing(ServiceContext::awaitCancellation))
			.withBean("patient", Service.class, () -> Service.announcing(ServiceContext::awaitCancellation))
			.withBean("nested", ServiceGroup.class, () -> nested)
			.run((context) -> {
				ServiceGroup group = Services.group(context);
				group.start();
				assertThat(group.awaitState("quick", (state) -> state == ServiceState.FAILED, Duration.ofSeconds(30)))
					.isTrue();
				assertThat(group.service("patient").orElseThrow().state()).isEqualTo(ServiceState.STARTING);
				assertThat(group.service("nested").orElseThrow().state()).isEqualTo(ServiceState.STARTING);
				group.stop();
				assertThat(group.awaitTermination(Duration.ofSeconds(30))).isTrue();
			});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			start-timeout                              | -1s              | must not be negative
			ready-timeout                              | -1s              | must not be negative
			shutdown-timeout                           | -5s              | must not be negative
			defaults.start-timeout                     | -1s              | must not be negative
			services.price-feed.start-timeout          | -1s              | must not be negative
			defaults.grace-period                      | -1s              | must not be negative
			defaults.restart.multiplier                | 0.5              | must be at least 1
			services.price-feed.grace-period           | -1s              | must not be negative
			services.price-feed.heartbeat-timeout      | 0s               | must be longer than zero
			services.price-feed.restart.delay          | -1s              | must not be negative
			services.price-feed.restart.delay          | 2m               | must not be longer than 'restart.max-delay'
			services.price-feed.restart.max-delay      | 1ms              | must not be shorter than 'restart.delay'
			services.price-feed.restart.reset-after    | -1s              | must not be negative
			services.price-feed.restart.multiplier     | 0.9              | must be at least 1
			services.price-feed.restart.multiplier     | NaN              | must be at least 1
			services.price-feed.restart.max-restarts   | -2               | must not be negative
			services.price-feed.restart.exclude        | java.lang.String | must name types of exceptions
			""")
	void valueOutOfItsRangeFailsTheStartAndNamesKeyValueAndCure(String key, String value, String rule) {
		this.contextRunner.withPropertyValues("supervisor." + key + "=" + value).run((context) -> {
			FailureAnalysis analysis = find(context.getStartupFailure(), InvalidSupervisorConfigurationException.class)
				.analysis();
			assertThat(analysis.getDescription()).contains("'supervisor." + key + "'", "'" + value + "'", rule,
					"property source \"test\"");
			assertThat(analysis.getAction()).isNotBlank();
		});
	}

	@ParameterizedTest
	@CsvSource({ "on-group-failure, restart", "defaults.on-completion, restart",
			"services.price-feed.on-completion, restart", "services.price-feed.restart.policy, sometimes",
			"services.price-feed.grace-period, soon", "services.price-feed.restart.exclude, com.example.Missing" })
	void valueThatIsNoneFailsTheStartAndNamesTheKey(String key, String value) {
		this.contextRunner.withPropertyValues("supervisor." + key + "=" + value).run((context) -> {
			BindException failure = find(context.getStartupFailure(), BindException.class);
			assertThat(String.valueOf(failure.getProperty())).contains("supervisor." + key, value);
		});
	}

	private static <T extends Throwable> T find(@Nullable Throwable failure, Class<T> type) {
		Throwable candidate = failure;
		while (candidate != null && !type.isInstance(candidate)) {
			candidate = candidate.getCause();
		}
		assertThat(candidate).as(() -> "a cause of " + failure).isInstanceOf(type);
		return type.cast(candidate);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Mail.class)
	static class OwnProperties {

	}

	@ConfigurationProperties("supervisor.mail")
	record Mail(String host, Map<String, String> from) {

	}

}
