package io.supervisor;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is kept of many failures (rule 27).
 */
class FailureListTests {

	private final FailureList failures = new FailureList();

	@Test
	void viewStaysAsItWas() {
		add("a", 1);
		add("a", 2);
		List<ServiceFailure> view = this.failures.view();
		add("a", 3);
		this.failures.forget("a", 3);
		this.failures.addFirst(failure("cause", 1));
		assertThat(view).extracting(ServiceFailure::attempt).containsExactly(1, 2);
		assertThat(this.failures.view()).extracting(ServiceFailure::service).containsExactly("cause");
	}

	@Test
	void viewHasFirstAndLatestInTheirOrder() {
		add("a", 1);
		add("b", 1);
		this.failures.add(failure("final", 1));
		for (int i = 2; i <= 1000; i++) {
			add("a", i);
			add("b", i);
		}
		assertThat(this.failures.view()).extracting((failure) -> failure.service() + failure.attempt())
			.containsExactly("a1", "b1", "final1", "a1000", "b1000");
	}

	@Test
	void whatIsForgottenBeginsAnew() {
		for (String member : List.of(new String("a"), new String("a"))) {
			for (int i = 1; i <= 100; i++) {
				this.failures.makeRoom();
				this.failures.add(failure("a", i), member, i);
			}
			assertThat(this.failures.view()).extracting(ServiceFailure::attempt).containsExactly(1, 100);
			this.failures.forget(member, 100);
			assertThat(this.failures.view()).isEmpty();
		}
	}

	/**
	 * All of them were kept.
	 */
	@Test
	void whatWasThrownIsNotKeptForLong() {
		List<WeakReference<Throwable>> thrown = new ArrayList<>();
		for (int i = 1; i <= 1000; i++) {
			thrown.add(new WeakReference<>(add("a", i).cause()));
		}
		Awaitility.await().untilAsserted(() -> {
			System.gc();
			assertThat(thrown).filteredOn((reference) -> reference.get() != null).hasSizeLessThan(50);
		});
		assertThat(this.failures.view()).hasSize(2);
	}

	private ServiceFailure add(String member, int number) {
		ServiceFailure failure = failure(member, number);
		this.failures.makeRoom();
		this.failures.add(failure, member, number);
		return failure;
	}

	private static ServiceFailure failure(String service, int attempt) {
		return new ServiceFailure(service, attempt, new IOException("gone"), Instant.EPOCH);
	}

}
