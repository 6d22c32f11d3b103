package io.supervisor.endpoint;

import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TransitionHistoryTests {

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

	private static Transition transition(String path, int attempt) {
		return new Transition(Instant.EPOCH, path, false, "STARTING", "RUNNING", attempt, null, false);
	}

}
