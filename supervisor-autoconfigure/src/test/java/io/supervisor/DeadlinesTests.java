package io.supervisor;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class DeadlinesTests {

	/**
	 * The clock overflows in the middle of the test.
	 */
	private static final long NOW = Long.MAX_VALUE - 500;

	private final Deadlines deadlines = new Deadlines();

	@Test
	void nearestComesFirst() {
		TestDeadline late = set(1000);
		TestDeadline early = set(100);
		TestDeadline between = set(500);
		assertThat(this.deadlines.first()).isSameAs(early);
		this.deadlines.cancel(early);
		assertThat(this.deadlines.first()).isSameAs(between);
		this.deadlines.cancel(between);
		assertThat(this.deadlines.first()).isSameAs(late);
		this.deadlines.cancel(late);
		assertThat(this.deadlines.first()).isNull();
	}

	@Test
	void deadlineThatIsSetAgainMoves() {
		TestDeadline one = set(100);
		TestDeadline two = set(200);
		this.deadlines.set(one, NOW, 300);
		assertThat(this.deadlines.first()).isSameAs(two);
		this.deadlines.set(one, NOW, 50);
		assertThat(this.deadlines.first()).isSameAs(one);
	}

	@Test
	void deadlineThatNeverComesIsNotSet() {
		TestDeadline one = set(100);
		this.deadlines.set(one, NOW, Durations.NONE);
		assertThat(one.isSet()).isFalse();
		assertThat(this.deadlines.first()).isNull();
	}

	@Test
	void cancelOfOneThatIsNotSetDoesNothing() {
		this.deadlines.cancel(new TestDeadline());
		TestDeadline one = set(100);
		this.deadlines.cancel(one);
		this.deadlines.cancel(one);
		assertThat(this.deadlines.first()).isNull();
	}

	@Test
	void clearForgetsAll() {
		TestDeadline one = set(100);
		TestDeadline two = set(50);
		this.deadlines.clear();
		assertThat(this.deadlines.first()).isNull();
		assertThat(one.isSet() || two.isSet()).isFalse();
		this.deadlines.set(one, NOW, 10);
		assertThat(this.deadlines.first()).isSameAs(one);
	}

	@Test
	void deadlinesThatComeAndGoForEverLeaveNothingBehind() {
		set(100);
		TestDeadline gone = set(1000);
		this.deadlines.cancel(gone);
		WeakReference<TestDeadline> reference = new WeakReference<>(gone);
		gone = set(1000);
		for (int i = 0; i < 1000; i++) {
			this.deadlines.set(gone, NOW, 2000 + i);
		}
		await().untilAsserted(() -> {
			System.gc();
			assertThat(reference.get()).isNull();
		});
	}

	@Test
	void behavesLikeASortedList() {
		Random random = new Random(1);
		List<TestDeadline> all = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			all.add(new TestDeadline());
		}
		for (int step = 0; step < 20_000; step++) {
			TestDeadline deadline = all.get(random.nextInt(all.size()));
			if (random.nextInt(3) == 0) {
				this.deadlines.cancel(deadline);
			}
			else {
				this.deadlines.set(deadline, NOW, random.nextInt(1000));
			}
			Long nearest = all.stream()
				.filter(Deadline::isSet)
				.map((set) -> set.at - NOW)
				.min(Comparator.naturalOrder())
				.orElse(null);
			Deadline first = this.deadlines.first();
			assertThat((first != null) ? first.at - NOW : null).isEqualTo(nearest);
		}
	}

	private TestDeadline set(long delay) {
		TestDeadline deadline = new TestDeadline();
		this.deadlines.set(deadline, NOW, delay);
		return deadline;
	}

	private static final class TestDeadline extends Deadline {

		@Override
		void due(Rules rules) {
			throw new AssertionError("nobody asked");
		}

	}

}
