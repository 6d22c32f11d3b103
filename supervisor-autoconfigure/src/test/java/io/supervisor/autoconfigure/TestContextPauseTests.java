package io.supervisor.autoconfigure;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Bean;
import org.springframework.test.annotation.DirtiesContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Three test classes as users have them, run one after another: the first and the last
 * share a context, which is paused for the one in between.
 */
class TestContextPauseTests {

	private static final List<String> trail = new CopyOnWriteArrayList<>();

	@Test
	void servicesOfPausedContextEndBeforeThoseOfTheNextOneBegin() {
		trail.clear();
		LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
			.selectors(DiscoverySelectors.selectClass(First.class), DiscoverySelectors.selectClass(Second.class),
					DiscoverySelectors.selectClass(Third.class))
			.configurationParameter("junit.jupiter.testclass.order.default",
					"org.junit.jupiter.api.ClassOrderer$ClassName")
			.build();
		SummaryGeneratingListener summary = new SummaryGeneratingListener();
		LauncherFactory.create().execute(request, summary);
		assertThat(summary.getSummary().getFailures()).extracting(Failure::getException).isEmpty();
		assertThat(summary.getSummary().getTestsSucceededCount()).isEqualTo(3);
		assertThat(trail).filteredOn((entry) -> entry.contains("feed"))
			.containsExactly("shared: feed 1 begins", "shared: feed 1 ends", "other: feed 1 begins",
					"other: feed 1 ends", "shared: feed 2 begins", "shared: feed 2 ends");
		assertThat(trail).filteredOn((entry) -> entry.contains("migration"))
			.containsExactly("shared: migration 1", "other: migration 1");
		assertThat(trail).filteredOn((entry) -> entry.contains("byHand"))
			.containsExactly("shared: byHand 1", "other: byHand 1");
	}

	/**
	 * What has not begun when its context is stopped does not begin.
	 */
	private static void awaitServices(String context) {
		await().until(() -> trail
			.containsAll(List.of(context + ": feed 1 begins", context + ": migration 1", context + ": byHand 1")));
	}

	private static ServiceState state(ServiceGroup group, String service) {
		return group.service(service).orElseThrow().state();
	}

	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = "test.context=shared")
	static class First {

		@Test
		void runsAllServices(@Autowired ServiceGroup group) throws Exception {
			awaitServices("shared");
			group.stop("byHand").get();
			assertThat(state(group, "feed")).isEqualTo(ServiceState.RUNNING);
		}

	}

	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = "test.context=other")
	@DirtiesContext
	static class Second {

		@Test
		void runsItsOwn(@Autowired ServiceGroup group) {
			awaitServices("other");
			assertThat(group.service("feed").orElseThrow().attempt()).isOne();
		}

	}

	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = "test.context=shared")
	@DirtiesContext
	static class Third {

		@Test
		void goesOnWithWhatThePauseStopped(@Autowired ServiceGroup group) {
			await().untilAsserted(() -> assertThat(state(group, "feed")).isEqualTo(ServiceState.RUNNING));
			await().until(() -> trail.contains("shared: feed 2 begins"));
			assertThat(state(group, "migration")).isEqualTo(ServiceState.COMPLETED);
			assertThat(state(group, "byHand")).isEqualTo(ServiceState.STOPPED);
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Service feed(@Value("${test.context}") String test) {
			return (context) -> {
				trail.add(test + ": feed " + context.attempt() + " begins");
				try {
					context.awaitCancellation();
				}
				finally {
					trail.add(test + ": feed " + context.attempt() + " ends");
				}
			};
		}

		@Bean
		Service migration(@Value("${test.context}") String test) {
			return (context) -> trail.add(test + ": migration " + context.attempt());
		}

		@Bean
		Service byHand(@Value("${test.context}") String test) {
			return (context) -> {
				trail.add(test + ": byHand " + context.attempt());
				context.awaitCancellation();
			};
		}

	}

}
