package io.supervisor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is left of the events for a listener that is too far behind (rule 25).
 */
class BacklogTests {

	private static final ServiceState[] STATES = { ServiceState.WAITING, ServiceState.STARTING, ServiceState.RUNNING,
			ServiceState.COMPLETED };

	private final List<GroupEvent> events = new ArrayList<>();

	private final GroupEvent beginning = GroupEvent.beginning();

	private GroupEvent tail = this.beginning;

	/**
	 * Whatever the events are, and however often the chain is shortened meanwhile.
	 */
	@RepeatedTest(200)
	void keepsTheLatestOfEachServiceAndAllOfTheGroupAndOfThoseThatWent(RepetitionInfo repetition) {
		Random random = new Random(repetition.getCurrentRepetition());
		ServiceDefinition[] present = new ServiceDefinition[1 + random.nextInt(5)];
		Map<ServiceDefinition, GroupEvent> latest = new HashMap<>();
		GroupEvent position = this.beginning;
		for (int i = 0; i < 300; i++) {
			int one = random.nextInt(present.length);
			if (present[one] == null) {
				present[one] = ServiceDefinition.of("s" + one, (context) -> {
				});
			}
			switch (random.nextInt(20)) {
				case 0 -> add(GroupEvent.moved(GroupState.NEW, group()));
				case 1 -> {
					add(GroupEvent.removed(service(present[one], ServiceState.COMPLETED)));
					present[one] = random.nextBoolean() ? present[one] : null;
				}
				case 2 -> add(GroupEvent.logLine((log) -> {
				}));
				case 3 -> {
					position = (position != this.tail) ? new Backlog(position, this.tail, false).beginning() : position;
				}
				default -> {
					add(GroupEvent.moved(ServiceState.NEW, service(present[one], STATES[random.nextInt(4)])));
					latest.put(present[one], this.tail);
				}
			}
		}
		List<Object> left = new ArrayList<>();
		long missed = 0;
		long number = 0;
		for (GroupEvent event = new Backlog(position, this.tail, false)
			.beginning().next; event != null; event = event.next) {
			assertThat(event.number).isGreaterThanOrEqualTo(number);
			number = event.number;
			if (event.subject() instanceof GroupEvent.Missed some) {
				assertThat(left).as("what comes before it").isEmpty();
				missed += some.count();
			}
			else if (!(event.subject() instanceof GroupEvent.LogLine)) {
				left.add(event.subject());
			}
		}
		List<Object> all = this.events.stream()
			.map(GroupEvent::subject)
			.filter((subject) -> !(subject instanceof GroupEvent.LogLine))
			.toList();
		assertThat(left.size() + missed).isEqualTo(all.size());
		assertThat(all).containsSubsequence(left);
		assertThat(left).containsAll(all.stream().filter((subject) -> !(subject instanceof ServiceSnapshot)).toList())
			.containsAll(latest.values().stream().map(GroupEvent::subject).toList());
		assertThat(left).filteredOn(ServiceSnapshot.class::isInstance)
			.hasSizeLessThanOrEqualTo(
					present.length + (int) all.stream().filter(GroupEvent.Removed.class::isInstance).count());
	}

	@Test
	void ofOneThatWentItKeepsTheLatestBeforeThat() {
		ServiceDefinition definition = ServiceDefinition.of("a", (context) -> {
		});
		for (int life = 0; life < 2; life++) {
			add(GroupEvent.moved(ServiceState.NEW, service(definition, ServiceState.WAITING)));
			add(GroupEvent.moved(ServiceState.WAITING, service(definition, ServiceState.STOPPED)));
			add(GroupEvent.removed(service(definition, ServiceState.STOPPED)));
		}
		Backlog backlog = new Backlog(this.beginning, this.tail, false);
		List<Object> left = new ArrayList<>();
		for (GroupEvent event = backlog.beginning().next; event != null; event = event.next) {
			left.add(event.subject());
		}
		assertThat(left).containsExactly(new GroupEvent.Missed(2), this.events.get(1).subject(),
				this.events.get(2).subject(), this.events.get(4).subject(), this.events.get(5).subject());
		assertThat(backlog.size()).isEqualTo(5);
	}

	@Test
	void ofHowAServiceIsItKeepsTheLatestSinceItsTransition() {
		ServiceDefinition one = ServiceDefinition.of("a", (context) -> {
		});
		ServiceDefinition gone = ServiceDefinition.of("b", (context) -> {
		});
		add(GroupEvent.degraded(service(one, ServiceState.STARTING)));
		add(GroupEvent.moved(ServiceState.STARTING, service(one, ServiceState.RUNNING)));
		add(GroupEvent.degraded(service(one, ServiceState.RUNNING)));
		add(GroupEvent.degraded(service(one, ServiceState.RUNNING)));
		add(GroupEvent.degraded(service(gone, ServiceState.RUNNING)));
		add(GroupEvent.removed(service(gone, ServiceState.STOPPED)));
		add(GroupEvent.moved(GroupState.NEW, group()));
		Backlog backlog = new Backlog(this.beginning, this.tail, false);
		List<Object> left = new ArrayList<>();
		for (GroupEvent event = backlog.beginning().next; event != null; event = event.next) {
			left.add(event.subject());
		}
		assertThat(left).containsExactly(new GroupEvent.Missed(3), this.events.get(1).subject(),
				this.events.get(3).subject(), this.events.get(5).subject(), this.events.get(6).subject());
	}

	private void add(GroupEvent event) {
		event.number = this.tail.number + 1;
		this.tail.next = event;
		this.tail = event;
		this.events.add(event);
	}

	private static GroupSnapshot group() {
		return new GroupSnapshot("test", GroupState.STARTING, Instant.EPOCH, Map.of(), List.of(), null);
	}

	private static ServiceSnapshot service(ServiceDefinition definition, ServiceState state) {
		return new ServiceSnapshot(definition, state, Instant.EPOCH, 1, null, null,
				ServiceSnapshot.Details.of(0, null, null, null, null, null, null, null, null));
	}

}
