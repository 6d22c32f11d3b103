package io.supervisor.lifecycle;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.supervisor.CancellationCause;
import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.AvailabilityState;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

class GroupAvailabilityTests {

	private static final CancellationCause FAILURE = CancellationCause.groupFailure("crawler");

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(
			ApplicationAvailabilityBean.class, Recorder.class);

	private final GroupAvailability availability = new GroupAvailability(this.context);

	@BeforeEach
	void register() {
		this.context.addApplicationListener(this.availability);
	}

	@AfterEach
	void close() {
		this.context.close();
	}

	@Test
	void groupThatFailsBreaksTheApplicationAtOnce() {
		applicationIsReady();
		group(GroupState.RUNNING, GroupState.STOPPING, FAILURE);
		assertState(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
		int published = recorded().size();
		group(GroupState.STOPPING, GroupState.FAILED, FAILURE);
		assertThat(recorded()).hasSize(published);
	}

	@Test
	void groupThatFailedDuringStartUpStaysFailedWhenStartUpEnds() {
		group(GroupState.STARTING, GroupState.STOPPING, FAILURE);
		applicationIsReady();
		assertState(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
		assertThat(recorded()).endsWith(LivenessState.CORRECT, LivenessState.BROKEN, ReadinessState.ACCEPTING_TRAFFIC,
				ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void groupThatRunsAgainIsAliveFromItsStartAndReadyWhenRunning() {
		applicationIsReady();
		group(GroupState.STOPPING, GroupState.FAILED, FAILURE);
		group(GroupState.FAILED, GroupState.STARTING, null);
		assertState(LivenessState.CORRECT, ReadinessState.REFUSING_TRAFFIC);
		group(GroupState.STARTING, GroupState.RUNNING, null);
		assertState(LivenessState.CORRECT, ReadinessState.ACCEPTING_TRAFFIC);
	}

	@Test
	void groupThatRunsAgainDoesNotDecideForOthers() {
		applicationIsReady();
		group(GroupState.STOPPING, GroupState.FAILED, FAILURE);
		AvailabilityChangeEvent.publish(this.context, ReadinessState.REFUSING_TRAFFIC);
		group(GroupState.FAILED, GroupState.STARTING, null);
		group(GroupState.STARTING, GroupState.RUNNING, null);
		assertState(LivenessState.CORRECT, ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void groupThatRunsAgainBeforeTheApplicationIsReadyLeavesThatToTheApplication() {
		group(GroupState.STOPPING, GroupState.FAILED, FAILURE);
		group(GroupState.FAILED, GroupState.STARTING, null);
		group(GroupState.STARTING, GroupState.RUNNING, null);
		assertThat(recorded()).containsExactly(LivenessState.BROKEN, ReadinessState.REFUSING_TRAFFIC);
		applicationIsReady();
		assertState(LivenessState.CORRECT, ReadinessState.ACCEPTING_TRAFFIC);
	}

	@Test
	void groupThatStopsChangesNothing() {
		applicationIsReady();
		group(GroupState.RUNNING, GroupState.STOPPING, CancellationCause.SHUTDOWN);
		group(GroupState.STOPPING, GroupState.STOPPED, CancellationCause.SHUTDOWN);
		assertThat(recorded()).containsExactly(LivenessState.CORRECT, ReadinessState.ACCEPTING_TRAFFIC);
	}

	@Test
	void groupThatFailsInClosedContextPublishesNothing() {
		this.context.close();
		group(GroupState.RUNNING, GroupState.STOPPING, FAILURE);
	}

	private void applicationIsReady() {
		AvailabilityChangeEvent.publish(this.context, LivenessState.CORRECT);
		AvailabilityChangeEvent.publish(this.context, ReadinessState.ACCEPTING_TRAFFIC);
	}

	private void group(GroupState from, GroupState to, @Nullable CancellationCause cause) {
		this.availability.groupStateChanged(from,
				new GroupSnapshot("supervisor", to, Instant.EPOCH, Map.of(), List.of(), cause));
	}

	private void assertState(LivenessState liveness, ReadinessState readiness) {
		ApplicationAvailabilityBean state = this.context.getBean(ApplicationAvailabilityBean.class);
		assertThat(state.getLivenessState()).isEqualTo(liveness);
		assertThat(state.getReadinessState()).isEqualTo(readiness);
		assertThat(recorded().stream().filter(LivenessState.class::isInstance)).endsWith(liveness);
		assertThat(recorded().stream().filter(ReadinessState.class::isInstance)).endsWith(readiness);
	}

	private List<AvailabilityState> recorded() {
		return this.context.getBean(Recorder.class).states;
	}

	/**
	 * What an application may have that does something about its availability.
	 */
	static class Recorder {

		private final List<AvailabilityState> states = new ArrayList<>();

		@EventListener
		void record(AvailabilityChangeEvent<?> event) {
			this.states.add(event.getState());
		}

	}

}
