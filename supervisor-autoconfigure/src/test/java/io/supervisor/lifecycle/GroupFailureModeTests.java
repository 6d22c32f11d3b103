package io.supervisor.lifecycle;

import java.util.EventListener;

import jakarta.servlet.ServletException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.web.MockServletContext;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.WebApplicationContextUtils;

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
	void launchSiteInServletContainerIsServletContainer() throws ServletException {
		MockServletContext servletContext = new MockServletContext() {

			@Override
			public <T extends EventListener> void addListener(T listener) {
				// the one that closes the application
			}

		};
		new WarApplication().onStartup(servletContext);
		WebApplicationContext context = WebApplicationContextUtils.getRequiredWebApplicationContext(servletContext);
		try (ConfigurableApplicationContext closeable = (ConfigurableApplicationContext) context) {
			assertThat(closeable.getBean(LaunchSite.class)).isEqualTo(LaunchSite.SERVLET_CONTAINER);
		}
	}

	/**
	 * A test that starts an application on another thread, whose exit would end all.
	 */
	@Test
	void launchSiteOnThreadThatATestHasMadeIsTest() throws InterruptedException {
		LaunchSite[] site = new LaunchSite[1];
		Thread thread = new Thread(() -> site[0] = LaunchSite.ofCurrentThread());
		thread.start();
		thread.join();
		assertThat(site[0]).isEqualTo(LaunchSite.TEST);
	}

	@Configuration(proxyBeanMethods = false)
	static class WarApplication extends SpringBootServletInitializer {

		WarApplication() {
			setRegisterErrorPageFilter(false);
		}

		@Override
		protected SpringApplicationBuilder configure(SpringApplicationBuilder builder) {
			return builder.sources(WarApplication.class);
		}

		@Bean
		LaunchSite launchSite() {
			return LaunchSite.ofCurrentThread();
		}

	}

}
