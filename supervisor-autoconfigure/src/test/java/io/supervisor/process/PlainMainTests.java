package io.supervisor.process;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When and how the process of a plain {@code main} ends (rule 33).
 */
class PlainMainTests {

	@ParameterizedTest
	@ValueSource(strings = { "run", "start" })
	void processWhenTerminatedEndsItsServicesFirst(String how) {
		try (ApplicationProcess application = start(how, "stopOnShutdown")) {
			application.awaitLog("steady runs");
			assertThat(application.terminate().exitCode()).isEqualTo(143);
			assertThat(application.output()).contains("steady ends", "'links' has stopped");
		}
	}

	@Test
	void processWhoseGroupHasFailedEndsWithCodeOneWhereThatIsAsked() {
		try (ApplicationProcess application = start("start", "failing", "exitOnFailure")) {
			assertThat(application.exitCode()).isOne();
			assertThat(application.output()).contains("main is over", "steady ends", "'links' has failed");
		}
	}

	@Test
	void processWhoseGroupHasFailedEndsWithCodeZeroWhereNothingIsAsked() {
		try (ApplicationProcess application = start("start", "failing")) {
			assertThat(application.exitCode()).isZero();
			assertThat(application.output()).contains("'links' has failed");
		}
	}

	@Test
	void processWhoseGroupHasFailedAndIsBeingShutDownEndsAsWell() {
		try (ApplicationProcess application = start("start", "failing", "stopOnShutdown", "exitOnFailure")) {
			assertThat(application.exitCode()).isOne();
		}
	}

	@Test
	void processWithAServiceThatDoesNotEndEndsAllTheSame() {
		try (ApplicationProcess application = start("start", "failing", "deaf")) {
			assertThat(application.exitCode()).isZero();
			assertThat(application.output()).contains("'deaf' is stuck");
		}
	}

	private static ApplicationProcess start(String... args) {
		return ApplicationProcess.java(ApplicationProcess.classPath(), PlainApplication.class, args);
	}

}
