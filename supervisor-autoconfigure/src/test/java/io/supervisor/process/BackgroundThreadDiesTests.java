package io.supervisor.process;

import java.net.http.HttpResponse;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the world sees when a background thread dies: by hand and with the starter, in a
 * web application and in another one. Each cell of the table in the README is an
 * assertion here.
 */
class BackgroundThreadDiesTests {

	private static final String HEALTH = "/actuator/health";

	@Test
	void webApplicationByHandLooksWell() {
		try (ApplicationProcess application = ApplicationProcess.web(ByHandApplication.class)) {
			application.awaitStarted().tell("fail").awaitLog("Exception in thread \"crawler\"");
			assertResponse(application.get(HEALTH), 200, "UP");
			assertResponse(application.get(HEALTH + "/liveness"), 200, "UP");
			assertResponse(application.get(HEALTH + "/readiness"), 200, "UP");
			assertThat(application.count(" ERROR ")).isZero();
			assertThat(application.terminate().exitCode()).isEqualTo(143);
		}
	}

	@Test
	void webApplicationWithStarterSaysWhatIsWrong() {
		try (ApplicationProcess application = ApplicationProcess.web(SupervisedApplication.class,
				"--management.endpoint.health.show-details=always")) {
			application.awaitStarted();
			assertResponse(application.get(HEALTH), 200, "UP");
			assertResponse(application.get(HEALTH + "/services/crawler"), 200, "UP");
			assertResponse(application.get(HEALTH + "/readiness"), 200, "UP");
			application.tell("fail").awaitLog("'supervisor' has failed");
			assertResponse(application.get(HEALTH), 503, "DOWN");
			assertResponse(application.get(HEALTH + "/liveness"), 503, "DOWN");
			assertResponse(application.get(HEALTH + "/readiness"), 503, "OUT_OF_SERVICE");
			assertResponse(application.get(HEALTH + "/services/crawler"), 503, "DOWN");
			assertThat(application.get(HEALTH + "/supervisor").body())
				.contains("\"error\":\"crawler: java.lang.IllegalStateException: boom\"")
				.doesNotContain("\\tat ");
			assertFailureIsInTheLogOnceBeforeTheCancel(application);
			assertThat(application.output()).contains("a failure of the group is reported (web application)");
			assertThat(application.isAlive()).isTrue();
			assertThat(application.terminate().exitCode()).isEqualTo(143);
		}
	}

	@Test
	void applicationWithoutWebByHandEndsAsIfAllWereWell() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(ByHandApplication.class)) {
			assertThat(application.awaitStarted().tell("fail").exitCode()).isZero();
			assertThat(application.output()).contains("Exception in thread \"crawler\"");
			assertThat(application.count(" ERROR ")).isZero();
		}
	}

	@Test
	void applicationWithoutWebByHandThatIsKeptAliveLivesOnDoingNothing() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(ByHandApplication.class,
				"--spring.main.keep-alive=true")) {
			application.awaitStarted().tell("fail").awaitLog("Exception in thread \"crawler\"");
			assertThat(application.status()).endsWith("health=UP liveness=CORRECT readiness=ACCEPTING_TRAFFIC");
			assertThat(application.isAlive()).isTrue();
		}
	}

	@Test
	void applicationWithoutWebWithStarterEndsWithExitCodeOne() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class)) {
			application.awaitStarted();
			assertThat(application.status()).endsWith("health=UP liveness=CORRECT readiness=ACCEPTING_TRAFFIC");
			assertThat(application.tell("fail").exitCode()).isOne();
			assertFailureIsInTheLogOnceBeforeTheCancel(application);
			assertThat(application.output()).contains("a failure of the group ends the process (no web application)")
				.contains("steady ends")
				.contains("the process ends with exit code 1");
		}
	}

	@Test
	void applicationWithoutWebWithStarterThatReportsLivesOnAndSaysWhatIsWrong() {
		try (ApplicationProcess application = ApplicationProcess.withoutWeb(SupervisedApplication.class,
				"--supervisor.on-group-failure=report")) {
			application.awaitStarted().tell("fail").awaitLog("'supervisor' has failed");
			assertThat(application.status()).endsWith("health=DOWN liveness=BROKEN readiness=REFUSING_TRAFFIC");
			assertThat(application.isAlive()).isTrue();
			assertThat(application.terminate().exitCode()).isEqualTo(143);
		}
	}

	private static void assertResponse(HttpResponse<String> response, int code, String status) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
		assertThat(response.body()).contains("\"status\":\"" + status + "\"");
	}

	private static void assertFailureIsInTheLogOnceBeforeTheCancel(ApplicationProcess application) {
		assertThat(application.count(" ERROR ")).isOne();
		assertThat(application.count("java.lang.IllegalStateException: boom")).isEqualTo(2); // with
																								// its
																								// stack
		assertThat(application.output()).containsSubsequence("ERROR", "'crawler' failed", "'supervisor' is stopping");
	}

}
