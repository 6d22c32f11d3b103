package io.supervisor.endpoint;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TransitionHistoryTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	@Test
	void keepsTheLatest() {
		TransitionHistory history = new TransitionHistory(16);
		for (int i = 0; i < 40; i++) {
			history.add(transition("service" + i, i));
		}
		assertThat(history.transitions()).hasSize(16).first().extracting(Transition::path).isEqualTo("service24");
	}

	@Test
	void oneServiceCannotFillIt() {
		TransitionHistory history = new TransitionHistory(16);
		history.add(transition("quiet", 0));
		for (int i = 1; i < 1000; i++) {
			history.add(transition("flapping", i));
		}
		List<Transition> transitions = history.transitions();
		assertThat(transitions).extracting(Transition::path).containsExactly("quiet", "flapping", "flapping");
		assertThat(transitions).extracting(Transition::attempt).containsExactly(0, 998, 999);
	}

	@Test
	void keepsNothingIfItHasNoRoom() {
		TransitionHistory history = new TransitionHistory(0);
		history.add(transition("feed", 1));
		assertThat(history.transitions()).isEmpty();
	}

	@Test
	void smallestRoomHoldsOne() {
		TransitionHistory history = new TransitionHistory(1);
		for (String path : List.of("a", "a", "b", "b", "a")) {
			history.add(transition(path, 1));
		}
		assertThat(history.transitions()).extracting(Transition::path).containsExactly("a");
	}

	/**
	 * Each was kept for ever, with all that it had.
	 */
	@Test
	void keepsNoNestedGroupThatWent() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("steady", ServiceContext::awaitCancellation).build();
		new TransitionHistory(100).follow(group);
		group.start();
		assertThat(group.awaitReady(TIMEOUT)).isTrue();
		List<WeakReference<ServiceGroup>> gone = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			gone.add(comeAndGo(group, "tenant" + i));
		}
		Awaitility.await().untilAsserted(() -> {
			System.gc();
			assertThat(gone).filteredOn((reference) -> reference.get() != null).hasSizeLessThanOrEqualTo(1);
		});
		group.stop();
		assertThat(group.awaitTermination(TIMEOUT)).isTrue();
	}

	private static WeakReference<ServiceGroup> comeAndGo(ServiceGroup group, String name) throws Exception {
		ServiceGroup nested = ServiceGroup.builder(name).service("a", ServiceContext::awaitCancellation).build();
		group.add(ServiceDefinition.builder(name, nested).build()).get(30, TimeUnit.SECONDS);
		assertThat(nested.awaitReady(TIMEOUT)).isTrue();
		group.remove(name).get(30, TimeUnit.SECONDS);
		assertThat(nested.awaitTermination(TIMEOUT)).isTrue();
		return new WeakReference<>(nested);
	}

	/**
	 * One group that comes and goes is listened to once, not once for each time.
	 */
	@Test
	void listensToANestedGroupThatComesAgainOnlyOnce() throws Exception {
		TransitionHistory history = new TransitionHistory(1000);
		ServiceGroup group = ServiceGroup.builder("test").service("steady", ServiceContext::awaitCancellation).build();
		history.follow(group);
		group.start();
		assertThat(group.awaitReady(TIMEOUT)).isTrue();
		ServiceGroup nested = ServiceGroup.builder("nested").service("a", ServiceContext::awaitCancellation).build();
		for (int i = 1; i <= 5; i++) {
			group.add(ServiceDefinition.builder("tenant", nested).build()).get(30, TimeUnit.SECONDS);
			int times = i;
			// it is listened to by now, perhaps not from the beginning
			Awaitility.await().atMost(TIMEOUT).until(() -> countRunning(history, "tenant") == times);
			group.remove("tenant").get(30, TimeUnit.SECONDS);
			assertThat(nested.awaitTermination(TIMEOUT)).isTrue();
		}
		Awaitility.await()
			.atMost(TIMEOUT)
			.until(() -> history.transitions()
				.stream()
				.anyMatch((transition) -> transition.path().equals("tenant/a") && transition.attempt() == 5
						&& transition.to().equals("STOPPED")));
		assertThat(history.transitions())
			.filteredOn((transition) -> transition.path().equals("tenant/a") && transition.to().equals("STOPPED"))
			.extracting(Transition::attempt)
			.containsExactly(1, 2, 3, 4, 5);
		group.stop();
		assertThat(group.awaitTermination(TIMEOUT)).isTrue();
	}

	private static long countRunning(TransitionHistory history, String service) {
		return history.transitions()
			.stream()
			.filter((transition) -> !transition.group() && transition.path().equals(service)
					&& transition.to().equals("RUNNING"))
			.count();
	}

	private static Transition transition(String path, int attempt) {
		return new Transition(Instant.EPOCH, path, false, "STARTING", "RUNNING", attempt, null, false);
	}

}
