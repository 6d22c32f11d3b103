package io.supervisor.lifecycle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class GroupFailureModeTests {

	@ParameterizedTest
	@CsvSource({ "AUTO, true, MAIN, false, web application", "AUTO, false, MAIN, true, no web application",
			"AUTO, false, TEST, false, no exit under a test framework",
			"AUTO, false, OTHER, false, no exit unless started from a main method",
			"AUTO, true, SERVLET_CONTAINER, false, web application", "REPORT, true, MAIN, false, as configured",
			"REPORT, false, MAIN, false, as configured", "EXIT, true, MAIN, true, as configured",
			"EXIT, false, MAIN, true, as configured", "EXIT, false, TEST, false, no exit under a test framework",
			"EXIT, true, SERVLET_CONTAINER, false, no exit in a servlet container" })
	void modeFollowsWhatIsWantedAndWhereTheApplicationStarted(OnGroupFailure wanted, boolean web, LaunchSite site,
			boolean exit, String reason) {
		assertThat(GroupFailureMode.of(wanted, web, site)).isEqualTo(new GroupFailureMode(exit, reason));
	}

	@Test
	void descriptionSaysWhatHappensAndWhy() {
		assertThat(new GroupFailureMode(true, "no web application"))
			.hasToString("a failure of the group ends the process (no web application)");
		assertThat(new GroupFailureMode(false, "as configured"))
			.hasToString("a failure of the group is reported (as configured)");
	}

	@Test
	void launchSiteUnderTestFrameworkIsTest() {
		assertThat(LaunchSite.ofCurrentThread()).isEqualTo(LaunchSite.TEST);
	}

	@Test
	void launchSiteOnThreadOfItsOwnIsOther() throws InterruptedException {
		LaunchSite[] site = new LaunchSite[1];
		Thread thread = new Thread(() -> site[0] = LaunchSite.ofCurrentThread());
		thread.start();
		thread.join();
		assertThat(site[0]).isEqualTo(LaunchSite.OTHER);
	}

}
