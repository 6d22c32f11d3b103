package io.supervisor.process;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When and how the process of an application ends.
 */
class ProcessEndTests {

	private static final String IMPATIENT = "--supervisor.shutdown-timeout=1s";

	private static final String PATIENT_GRACE = "--supervisor.defaults.grace-period=10m";

	private static final String PATIENT_STOP = "--supervisor.shutdown-timeout=20m";

	private static final String VIRTUAL = "--spring.threads.virtual.enabled=true";

	@Test
	void processWhenGroupFailsEndsWithTheCodeOfTheMapper() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=mapped")) {
			assertThat(application.awaitStarted().tell("fail").exitCode()).isEqualTo(42);
		}
	}

	@Test
	void processOfWebApplicationEndsIfThatIsConfigured() {
		try (ApplicationProcess application = ApplicationProcess.web(SupervisedApplication.class,
				"--supervisor.on-group-failure=exit")) {
			assertThat(application.awaitStarted().tell("fail").exitCode()).isOne();
			assertThat(application.output()).contains("a failure of the group ends the process (as configured)");
		}
	}

	@Test
	void processWhenGroupFailsDuringStartUpEndsAfterIt() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=failing", "--supervisor.phase=0")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).contains("'failing' failed: java.lang.IllegalStateException: bang");
		}
	}

	@Test
	void processWhenGroupFailsDuringStartUpOfWebApplicationIsBrokenFromThereOn() {
		try (ApplicationProcess application = ApplicationProcess.web(SupervisedApplication.class,
				"--spring.profiles.active=failing", "--supervisor.phase=0")) {
			application.awaitStarted().awaitLog("'supervisor' has failed");
			assertThat(application.status()).endsWith("health=DOWN liveness=BROKEN readiness=REFUSING_TRAFFIC");
			assertThat(application.get("/actuator/health/liveness").statusCode()).isEqualTo(503);
			assertThat(application.get("/actuator/health/readiness").statusCode()).isEqualTo(503);
		}
	}

	@Test
	void processWhenServiceDoesNotBecomeReadyFailsToStart() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=unready,mapped")) {
			assertThat(application.exitCode()).isEqualTo(42);
			assertThat(application.output()).contains("APPLICATION FAILED TO START")
				.contains("unready: java.lang.IllegalStateException: no port")
				.contains("steady ends")
				.doesNotContain("the application has started");
		}
	}

	@Test
	void processOfWebApplicationWhenServiceDoesNotBecomeReadyFailsToStart() {
		try (ApplicationProcess application = ApplicationProcess.web(SupervisedApplication.class,
				"--spring.profiles.active=unready")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).contains("APPLICATION FAILED TO START");
		}
	}

	@Test
	void processWhenAllServicesCompleteEndsWithCodeZero() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=alone")) {
			assertThat(application.awaitStarted().tell("finish").exitCode()).isZero();
			assertThat(application.output()).contains("'supervisor' has completed");
		}
	}

	@Test
	void processWhenTerminatedEndsItsServicesFirst() {
		try (ApplicationProcess application = ApplicationProcess.web(SupervisedApplication.class)) {
			assertThat(application.awaitStarted().terminate().exitCode()).isEqualTo(143);
			assertThat(application.output()).containsSubsequence("steady ends", "'supervisor' has stopped")
				.doesNotContain("ERROR");
		}
	}

	@Test
	void processWhenTerminatedShowsTheStackOfServiceThatDoesNotEnd() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=deaf", IMPATIENT)) {
			assertThat(application.awaitStarted().terminate().exitCode()).isEqualTo(143);
			assertThat(application.output()).contains("'deaf' is stuck").contains("SupervisedApplication.beDeaf");
		}
	}

	@Test
	void processWhenGroupFailsAndServiceDoesNotEndEndsAllTheSame() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--spring.profiles.active=deaf", IMPATIENT)) {
			assertThat(application.awaitStarted().tell("fail").exitCode()).isOne();
			assertThat(application.output()).contains("'deaf' is stuck").contains("SupervisedApplication.beDeaf");
		}
	}

	/**
	 * The thread of the stuck service kept the process alive, for ever.
	 */
	@Test
	void processWhenItsRunnerFailsAndServiceDoesNotEndEndsAllTheSame() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class,
				"--spring.profiles.active=deaf,runner", IMPATIENT)) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).contains("'deaf' is stuck", "in the runner");
		}
	}

	@Test
	void processWhenItsContextIsClosedAndServiceDoesNotEndEndsAllTheSame() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class,
				"--spring.profiles.active=deaf", "--close", IMPATIENT)) {
			assertThat(application.exitCode()).isZero();
			assertThat(application.output()).contains("'deaf' is stuck", "main is over");
		}
	}

	/**
	 * The close waited for the service that closes, until its interrupt broke what the
	 * close was waiting in.
	 */
	@Test
	void processWhoseContextIsClosedByOneOfItsServicesDoesNotWaitForThatService() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class,
				"--spring.profiles.active=closing", PATIENT_GRACE, PATIENT_STOP)) {
			assertThat(application.exitCode()).isZero();
			assertThat(application.output()).contains("steady ends", "closed, interrupted: false")
				.doesNotContain("is stuck", "still running", "ERROR");
		}
	}

	@Test
	void processWhenServiceCallsExitDoesNotWaitForThatService() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class,
				"--spring.profiles.active=exiting", PATIENT_GRACE, PATIENT_STOP)) {
			assertThat(application.exitCode()).isEqualTo(3);
			assertThat(application.output()).contains("steady ends").doesNotContain("is stuck", "still running");
		}
	}

	/**
	 * The log announced an exit code that the process did not have.
	 */
	@Test
	void processWhoseServiceIsBrokenByAShutdownHookPromisesNoExitCode() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class,
				"--spring.profiles.active=hooked")) {
			application.awaitLog("main is over")
				.terminate()
				.awaitLog("'supervisor' has failed while the process was being shut down")
				.tell("go on");
			assertThat(application.exitCode()).isEqualTo(143);
			assertThat(application.output()).contains("'hooked' failed", "steady ends")
				.doesNotContain("the process ends with");
		}
	}

	/**
	 * It starts the application on a thread that it makes. The failure was reported, to
	 * nobody, and left a process that did nothing.
	 */
	@Test
	void processWhoseApplicationSpringCloudHasRestartedEndsWhenItsGroupFails() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class, "--restart",
				"--spring.profiles.active=second", "--spring.jmx.enabled=true",
				"--management.endpoint.restart.access=unrestricted",
				"--management.endpoints.jmx.exposure.include=restart")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).containsSubsequence("steady ends",
					"a failure of the group ends the process (no web application)",
					"the process ends with exit code 1");
		}
	}

	@Test
	void processWhoseMainStartsTheApplicationOnAnotherThreadEndsWhenItsGroupFails() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(EndingApplication.class, "--thread",
				"--spring.profiles.active=failing")) {
			assertThat(application.exitCode()).isOne();
		}
	}

	/**
	 * The process of a container is not for one of its applications to end.
	 */
	@Test
	void processOfContainerIsNotEndedByAnApplicationInAClassLoaderOfItsOwn() {
		try (ApplicationProcess container = ApplicationProcess.withoutWeb(ContainedApplication.class)) {
			container.awaitLog("'supervisor' has failed");
			assertThat(container.output())
				.contains("a failure of the group is reported (no exit unless started from a main method)");
			assertThat(container.terminate().exitCode()).isEqualTo(143);
			assertThat(container.output()).doesNotContain("the process ends with exit code");
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void processWithVirtualThreadsLivesAsLongAsServicesRun() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class, VIRTUAL,
				"--spring.profiles.active=alone")) {
			assertThat(application.awaitStarted().status()).contains("health=UP");
			assertThat(application.tell("finish").exitCode()).isZero();
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void processWithVirtualThreadsWhenGroupFailsEndsWithCodeOne() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class, VIRTUAL)) {
			assertThat(application.awaitStarted().tell("fail").exitCode()).isOne();
		}
	}

	@Test
	void processWithoutAnythingOptionalWorksAsWell() {
		try (ApplicationProcess application = ApplicationProcess.start((entry) -> !entry.matches(
				".*(spring-boot-(health|actuator|jdbc|micrometer|webmvc|web-server|tomcat|servlet|starter-(actuator|webmvc|tomcat))|micrometer|tomcat-embed|spring-(jdbc|web)|HikariCP|shedlock|/jackson).*"),
				BareApplication.class)) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).contains("'failing' failed: java.lang.IllegalStateException: bang")
				.contains("the process ends with exit code 1");
		}
	}

	@ParameterizedTest
	@Tag("search")
	@ValueSource(
			strings = { "spring-boot-jdbc|spring-jdbc|HikariCP", "shedlock", "spring-boot-(actuator|starter-actuator)",
					"spring-boot-health", "spring-boot-micrometer", "micrometer-(core|registry)", "jackson" })
	void processWithoutSomethingOptionalWorksAsWell(String absent) {
		try (ApplicationProcess application = ApplicationProcess
			.start((entry) -> !entry.matches(".*/(" + absent + ")[^/]*"), BareApplication.class)) {
			application.awaitLog("'failing' failed: java.lang.IllegalStateException: bang")
				.awaitLog("Started BareApplication");
			assertThat(application.output()).doesNotContain("NoClassDefFoundError", "ClassNotFoundException");
		}
	}

	@Test
	void processWithBadPropertyFailsToStartAndNamesKeyValueAndCure() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--supervisor.services.crawler.grace-period=-1s")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).containsSubsequence("APPLICATION FAILED TO START",
					"The value '-1s' of 'supervisor.services.crawler.grace-period'", "must not be negative", "Action:",
					"Set it to a duration such as 10s");
		}
	}

	@Test
	void processWithUnknownEnumValueFailsToStartAndListsTheValues() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--supervisor.services.crawler.on-completion=restart")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).containsSubsequence("APPLICATION FAILED TO START",
					"supervisor.services.crawler.on-completion", "\"restart\"", "CONTINUE", "FAIL", "STOP_GROUP");
		}
	}

}
