package io.supervisor.health;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.supervisor.CancellationCause;
import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table of states and what they mean for health.
 */
class StatusesTests {

	private static final CancellationCause FAILURE = CancellationCause.groupFailure("other");

	@ParameterizedTest
	@CsvSource({ "NEW, UP", "STARTING, OUT_OF_SERVICE", "RUNNING, UP", "STOPPING, OUT_OF_SERVICE",
			"STOPPED, OUT_OF_SERVICE", "COMPLETED, UP", "FAILED, DOWN" })
	void statusOfGroupFollowsItsState(GroupState state, String status) {
		assertThat(Statuses.of(group(state, null))).isEqualTo(new Status(status));
	}

	@Test
	void statusOfGroupThatStopsBecauseOfFailureIsDownAtOnce() {
		assertThat(Statuses.of(group(GroupState.STOPPING, FAILURE))).isEqualTo(Status.DOWN);
	}

	@ParameterizedTest
	@CsvSource({ "NEW, OUT_OF_SERVICE", "WAITING, OUT_OF_SERVICE", "STARTING, OUT_OF_SERVICE", "RUNNING, UP",
			"BACKOFF, OUT_OF_SERVICE", "STOPPING, OUT_OF_SERVICE", "STUCK, DOWN", "COMPLETED, UP", "FAILED, DOWN" })
	void statusOfServiceFollowsItsState(ServiceState state, String status) {
		assertThat(Statuses.of(state, null, GroupState.RUNNING, true)).isEqualTo(new Status(status));
	}

	@ParameterizedTest
	@CsvSource({ "NEW, UNKNOWN", "WAITING, UNKNOWN", "STARTING, UNKNOWN", "RUNNING, UP", "BACKOFF, UNKNOWN",
			"STOPPING, UNKNOWN", "STUCK, UNKNOWN", "COMPLETED, UP", "FAILED, UNKNOWN" })
	void statusOfServiceThatIsNotCriticalIsUnknownWhereItWouldHarm(ServiceState state, String status) {
		assertThat(Statuses.of(state, null, GroupState.RUNNING, false)).isEqualTo(new Status(status));
	}

	@Test
	void statusOfNewServiceInGroupThatHasNotBegunIsUp() {
		assertThat(Statuses.of(ServiceState.NEW, null, GroupState.NEW, true)).isEqualTo(Status.UP);
	}

	@Test
	void statusOfStoppedServiceFollowsTheCause() {
		assertThat(stopped(CancellationCause.STOPPED)).isEqualTo(Status.UP);
		assertThat(stopped(CancellationCause.RESTARTED)).isEqualTo(Status.UP);
		assertThat(stopped(CancellationCause.SHUTDOWN)).isEqualTo(Status.UP);
		assertThat(stopped(CancellationCause.parent(CancellationCause.SHUTDOWN))).isEqualTo(Status.UP);
		assertThat(stopped(CancellationCause.parent(null))).isEqualTo(Status.UP);
		assertThat(stopped(FAILURE)).isEqualTo(Status.DOWN);
		assertThat(stopped(CancellationCause.dependency("other"))).isEqualTo(Status.DOWN);
		assertThat(stopped(CancellationCause.HEARTBEAT_MISSED)).isEqualTo(Status.DOWN);
		assertThat(stopped(CancellationCause.START_TIMEOUT)).isEqualTo(Status.DOWN);
		assertThat(stopped(CancellationCause.parent(FAILURE))).isEqualTo(Status.DOWN);
	}

	private static Status stopped(CancellationCause cause) {
		return Statuses.of(ServiceState.STOPPED, cause, GroupState.STOPPED, true);
	}

	private static GroupSnapshot group(GroupState state, @Nullable CancellationCause cause) {
		return new GroupSnapshot("test", state, Instant.EPOCH, Map.of(), List.of(), cause);
	}

}
