package io.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Waiting for a group whose next run was asked for and has not begun. It once looked as
 * ended as it was before, so that {@code start()} and {@code awaitReady()} gave up at
 * once.
 */
class ServiceGroupAwaitTests {

	private final Queue<Runnable> loops = new ArrayDeque<>();

	private final ServiceGroup group = ServiceGroup.builder("test").runner(this.loops::add).build();

	@Test
	void awaitWhenTheNextRunHasNotBegunLooksPastTheLastOne() throws InterruptedException {
		this.group.start();
		this.loops.remove().run();
		assertThat(this.group.awaitTermination(Duration.ZERO)).isTrue();
		assertThat(this.group.awaitReady(Duration.ZERO)).isTrue();
		this.group.start();
		assertThat(this.group.awaitTermination(Duration.ZERO)).isFalse();
		assertThat(this.group.awaitReady(Duration.ZERO)).isFalse();
		this.loops.remove().run();
		assertThat(this.group.awaitTermination(Duration.ZERO)).isTrue();
		assertThat(this.group.awaitReady(Duration.ZERO)).isTrue();
	}

	@Test
	void startWhenThereIsNoThreadForItCanBeTriedAgain() throws InterruptedException {
		Queue<Runnable> full = new ArrayDeque<>() {

			private static final long serialVersionUID = 1L;

			@Override
			public boolean add(Runnable loop) {
				throw new IllegalStateException("full");
			}

		};
		ServiceGroup group = ServiceGroup.builder("test").runner(full::add).build();
		assertThatIllegalStateException().isThrownBy(group::start).withMessage("full");
		assertThatIllegalStateException().isThrownBy(group::start).withMessage("full");
		group.run();
		assertThat(group.awaitTermination(Duration.ZERO)).isTrue();
	}

}
