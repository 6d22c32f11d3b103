package io.supervisor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What keeps a group open and what does not: auxiliary services (rule 31), those that
 * leave when they are done, and a group that is kept open (rule 32).
 */
@ExtendWith(SilentLog.class)
class AuxiliaryTests {

	/**
	 * All others have ended when the auxiliary one is in each of its states.
	 */
	@ParameterizedTest
	@EnumSource(names = "NEW", mode = EnumSource.Mode.EXCLUDE)
	void rule31_groupCompletesWithAnAuxiliaryInEachState(ServiceState state) {
		Simulation simulation = auxiliary(state);
		boolean live = state == ServiceState.STARTING || state == ServiceState.RUNNING;
		simulation.end("work");
		if (state == ServiceState.WAITING) {
			simulation.end("other");
		}
		if (live) {
			assertThat(simulation.state()).isEqualTo(GroupState.STOPPING);
			assertThat(simulation.run("a").cancellationCause()).contains(CancellationCause.GROUP_COMPLETED);
			assertThat(simulation.group().snapshot().reason()).contains("the group has completed");
		}
		if (live || state == ServiceState.STOPPING) {
			simulation.end("a");
		}
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(simulation.group().failure()).isEmpty();
		ServiceState left = switch (state) {
			case COMPLETED, FAILED, STUCK -> state;
			default -> ServiceState.STOPPED;
		};
		assertThat(simulation.state("a")).isEqualTo(left);
		assertThat(simulation.advance(Duration.ofDays(1)).state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void rule31_oneThatDoesNotEndIsStuckAndTheGroupCompleted() {
		Simulation simulation = auxiliary(ServiceState.RUNNING).end("work").advance(Duration.ofSeconds(15));
		assertThat(simulation.state("a")).isEqualTo(ServiceState.STUCK);
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void rule31_failureOfAnotherThatIsNotCriticalEndsTheGroupToo() {
		Simulation simulation = new Simulation().service("work", (policy) -> policy.critical(false))
			.service("a", (policy) -> policy.auxiliary(true))
			.start()
			.fail("work", new IOException("gone"));
		assertThat(simulation.run("a").isCancelled()).isTrue();
	}

	@Test
	void rule31_failureOfAnAuxiliaryCountsAsEver() {
		Simulation simulation = auxiliary(ServiceState.RUNNING).fail("a", new IOException("gone")).end("work");
		assertThat(simulation.state()).isEqualTo(GroupState.FAILED);
		assertThat(simulation.group().failure().orElseThrow()).hasMessage("a: java.io.IOException: gone");
	}

	@Test
	void rule31_failureOfAnAuxiliaryAfterItsCancelIsSecondary() {
		Simulation simulation = auxiliary(ServiceState.RUNNING).end("work").fail("a", new IOException("late"));
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(simulation.group().failure()).isEmpty();
		assertThat(simulation.group().snapshot().failures()).hasSize(1);
	}

	@Test
	void rule31_oneStoppedByHandHoldsTheGroupOpen() {
		Simulation simulation = auxiliary(ServiceState.RUNNING);
		simulation.group().stop("work");
		simulation.settle().end("work");
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		assertThat(simulation.state("a")).isEqualTo(ServiceState.RUNNING);
	}

	@Test
	void rule31_auxiliariesEndInOrder() {
		Simulation simulation = new Simulation().service("base", (policy) -> policy.auxiliary(true))
			.service("top", (policy) -> policy.auxiliary(true), "base")
			.service("work", (policy) -> {
			}, "top")
			.start()
			.end("work");
		assertThat(simulation.cancelled()).containsExactly("top");
		simulation.end("top");
		assertThat(simulation.cancelled()).containsExactlyInAnyOrder("top", "base");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void rule31_serviceMayBecomeAuxiliaryWithItsNextStart(boolean before) {
		Simulation simulation = new Simulation().service("work", (policy) -> {
		}).service("a", (policy) -> policy.auxiliary(before)).start();
		simulation.group().changePolicy("a", ServicePolicy.builder().auxiliary(!before).build());
		simulation.group().restart("a");
		simulation.settle().end("a").end("work");
		assertThat(simulation.run("a").isCancelled()).isEqualTo(!before);
		assertThat(simulation.end("a").state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void rule31_groupOfAuxiliaryServicesAloneIsRefused() {
		Simulation simulation = new Simulation().service("a", (policy) -> policy.auxiliary(true));
		assertThatIllegalArgumentException().isThrownBy(simulation::group)
			.withMessage("All services of 'test' are auxiliary, so that it would end at once: let one of them be more, "
					+ "or keep the group open");
		assertThat(new Simulation().with((group) -> group.keepOpen(true))
			.service("a", (policy) -> policy.auxiliary(true))
			.start()
			.state()).isEqualTo(GroupState.RUNNING);
	}

	@ParameterizedTest
	@EnumSource(names = { "COMPLETED", "STOPPED", "FAILED" })
	void rule32_serviceLeavesWhenItIsDone(ServiceState state) {
		List<ServiceSnapshot> removed = new ArrayList<>();
		Simulation simulation = keptOpen(removed);
		add(simulation, "tenant", (policy) -> policy.critical(false));
		switch (state) {
			case COMPLETED -> simulation.end("tenant");
			case FAILED -> simulation.fail("tenant", new IOException("gone"));
			default -> {
				simulation.group().stop("tenant");
				simulation.settle().end("tenant");
			}
		}
		assertThat(simulation.group().service("tenant")).isEmpty();
		assertThat(simulation.group().snapshot().size()).isZero();
		assertThat(simulation.group().snapshot().failures()).isEmpty();
		assertThat(simulation.transitions()).last().hasToString("tenant " + state);
		assertThat(removed).singleElement().matches((service) -> service.state() == state);
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
	}

	@Test
	void rule32_oneThatIsRestartedStays() {
		Simulation simulation = keptOpen(new ArrayList<>());
		add(simulation, "tenant", (policy) -> policy.restart(RestartPolicy.onFailure()));
		simulation.fail("tenant", new IOException("gone"));
		assertThat(simulation.state("tenant")).isEqualTo(ServiceState.BACKOFF);
		simulation.advance(Duration.ofSeconds(1)).group().restart("tenant");
		simulation.settle().end("tenant");
		assertThat(simulation.state("tenant")).isEqualTo(ServiceState.RUNNING);
		simulation.group().stop("tenant");
		simulation.advance(Duration.ofMinutes(1));
		assertThat(simulation.state("tenant")).isEqualTo(ServiceState.STUCK);
		simulation.end("tenant");
		assertThat(simulation.group().service("tenant")).isEmpty();
	}

	@Test
	void rule32_stopOfTheGroupRemovesNothing() {
		Simulation simulation = keptOpen(new ArrayList<>());
		add(simulation, "one", (policy) -> policy.critical(false));
		add(simulation, "two", (policy) -> {
		});
		simulation.group().stop();
		simulation.settle().fail("one", new IOException("gone")).end("two");
		assertThat(simulation.state()).isEqualTo(GroupState.STOPPED);
		assertThat(simulation.group().services()).hasSize(2);
		simulation.start();
		assertThat(simulation.state("one")).isEqualTo(ServiceState.RUNNING);
		assertThat(simulation.end("one").group().services()).hasSize(1);
	}

	@Test
	void rule32_groupThatIsNotKeptOpenCompletesWithTheLastOne() {
		Simulation simulation = new Simulation()
			.with((group) -> group
				.service(ServiceDefinition.builder("one", AuxiliaryTests::nothing).removedWhenDone().build()))
			.start()
			.end("one");
		assertThat(simulation.state()).isEqualTo(GroupState.COMPLETED);
		assertThat(simulation.group().services()).isEmpty();
	}

	@Test
	void rule32_nothingMayDependOnOneThatLeaves() {
		Simulation simulation = new Simulation()
			.with((group) -> group
				.service(ServiceDefinition.builder("one", AuxiliaryTests::nothing).removedWhenDone().build()))
			.service("two", (policy) -> {
			}, "one");
		assertThatIllegalArgumentException().isThrownBy(simulation::group)
			.withMessage("'two' depends on 'one', which leaves the group when it is done: let that one stay, "
					+ "or do not depend on it");
	}

	@Test
	void rule32_groupThatIsKeptOpenDoesNotEndByItself() {
		Simulation simulation = keptOpen(new ArrayList<>()).advance(Duration.ofDays(1));
		assertThat(simulation.state()).isEqualTo(GroupState.RUNNING);
		Simulation completed = Simulation.of("a").with((group) -> group.keepOpen(true)).start().end("a");
		assertThat(completed.advance(Duration.ofDays(1)).state()).isEqualTo(GroupState.RUNNING);
		completed.group().stop();
		assertThat(completed.settle().state()).isEqualTo(GroupState.STOPPED);
		Simulation stopped = new Simulation().with((group) -> group.keepOpen(true))
			.service("a", (policy) -> policy.onCompletion(OnCompletion.STOP_GROUP))
			.start()
			.end("a");
		assertThat(stopped.state()).isEqualTo(GroupState.COMPLETED);
	}

	@Test
	void rule32_tenThousandThatCameAndWentLeaveNothing() {
		Simulation simulation = keptOpen(new ArrayList<>());
		for (int i = 0; i < 10_000; i++) {
			simulation.group()
				.add(ServiceDefinition.builder("tenant-" + i, AuxiliaryTests::nothing)
					.policy(ServicePolicy.builder().critical(false).build())
					.removedWhenDone()
					.build());
			simulation.settle().fail("tenant-" + i, new IOException("gone"));
		}
		assertThat(simulation.group().snapshot().size()).isZero();
		assertThat(simulation.group().snapshot().failureCount()).isZero();
		assertThat(simulation.group().loop().group().roster.byName().names()).isEmpty();
	}

	private static Simulation keptOpen(List<ServiceSnapshot> removed) {
		return new Simulation().with((group) -> group.keepOpen(true).listener(new ServiceGroupListener() {

			@Override
			public void serviceRemoved(ServiceSnapshot service) {
				removed.add(service);
			}

		})).start();
	}

	private static void add(Simulation simulation, String name, Consumer<ServicePolicy.Builder> settings) {
		ServicePolicy.Builder policy = ServicePolicy.builder();
		settings.accept(policy);
		simulation.group()
			.add(ServiceDefinition.builder(name, AuxiliaryTests::nothing)
				.policy(policy.build())
				.removedWhenDone()
				.build());
		simulation.settle();
	}

	private static void nothing(ServiceContext context) {
	}

	/**
	 * A group with a service that works and an auxiliary one in a state.
	 */
	private static Simulation auxiliary(ServiceState state) {
		Simulation simulation = new Simulation().service("work", (policy) -> {
		});
		Consumer<ServicePolicy.Builder> settings = (policy) -> policy.auxiliary(true)
			.critical(false)
			.restart((state == ServiceState.BACKOFF) ? RestartPolicy.onFailure() : RestartPolicy.never());
		switch (state) {
			case WAITING -> simulation.announcing("other", settings).service("a", settings, "other").start();
			case STARTING -> simulation.announcing("a", (policy) -> policy.auxiliary(true)).start();
			case RUNNING -> simulation.service("a", (policy) -> policy.auxiliary(true)).start();
			default -> simulation.service("a", settings).start();
		}
		switch (state) {
			case BACKOFF, FAILED -> simulation.fail("a", new IOException("gone"));
			case COMPLETED -> simulation.end("a");
			case STOPPING, STUCK, STOPPED -> {
				simulation.group().stop("a");
				simulation.advance(Duration.ofSeconds((state == ServiceState.STUCK) ? 15 : 1));
				if (state == ServiceState.STOPPED) {
					simulation.end("a");
				}
			}
			default -> {
			}
		}
		assertThat(simulation.state("a")).isEqualTo(state);
		return simulation;
	}

}
