package io.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that come after the group was built.
 */
class AddedListenerTests {

	@Test
	void listenerAddedBeforeTheRunHearsAllOfIt() {
		ServiceGroup group = ServiceGroup.builder("test").service("a", (context) -> {
		}).build();
		Trail trail = new Trail();
		group.addListener(trail);
		group.run();
		assertThat(trail.lines).startsWith("test STARTING", "a WAITING", "a STARTING").endsWith("test COMPLETED");
	}

	@Test
	void listenerAddedToARunningGroupHearsWhatFollows() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("a", ServiceContext::awaitCancellation).build();
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		Trail trail = new Trail();
		group.addListener(trail);
		group.stop("a").get();
		group.start("a").get();
		Awaitility.await()
			.untilAsserted(() -> assertThat(trail.ofServices()).startsWith("a STOPPING", "a STOPPED", "a WAITING",
					"a STARTING"));
		group.stop();
	}

	@Test
	void definitionOfANestedGroupTellsTheGroup() {
		ServiceGroup inner = ServiceGroup.builder("inner").build();
		ServiceGroup outer = ServiceGroup.builder("outer").service("inner", inner).service("plain", (context) -> {
		}).build();
		assertThat(outer.service("inner").orElseThrow().definition().group()).containsSame(inner);
		assertThat(outer.service("plain").orElseThrow().definition().group()).isEmpty();
	}

	private static final class Trail implements ServiceGroupListener {

		private final List<String> lines = new CopyOnWriteArrayList<>();

		List<String> ofServices() {
			return this.lines.stream().filter((line) -> line.startsWith("a ")).toList();
		}

		@Override
		public void serviceStateChanged(ServiceState from, ServiceSnapshot service) {
			this.lines.add(service.name() + " " + service.state());
		}

		@Override
		public void groupStateChanged(GroupState from, GroupSnapshot group) {
			this.lines.add(group.name() + " " + group.state());
		}

	}

}
