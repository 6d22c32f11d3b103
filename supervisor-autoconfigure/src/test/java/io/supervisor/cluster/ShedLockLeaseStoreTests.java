package io.supervisor.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

import io.supervisor.RunGate;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.provider.inmemory.InMemoryLockProvider;
import net.javacrumbs.shedlock.support.KeepAliveLockProvider;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What {@link ShedLockLeaseStore} keeps of the promises of a {@link LeaseStore}, and that
 * it leaves alone what may be another's.
 */
class ShedLockLeaseStoreTests {

	private static final Duration TIME_TO_LIVE = Duration.ofSeconds(10);

	private final RecordingProvider provider = new RecordingProvider();

	private long now;

	private final ShedLockLeaseStore one = new ShedLockLeaseStore(this.provider, () -> this.now);

	private final ShedLockLeaseStore two = new ShedLockLeaseStore(this.provider, () -> this.now);

	@Test
	void onlyOneTakesALeaseAndTheOtherKnowsThatSomebodyHasIt() {
		assertThat(this.one.take("1", List.of("a"), TIME_TO_LIVE)).isOne();
		assertThat(this.two.take("2", List.of("a", "b"), TIME_TO_LIVE)).isOne();
		assertThat(this.one.held("1")).isEqualTo(Map.of("a", RunGate.NO_TOKEN));
		assertThat(this.two.held("2")).isEqualTo(Map.of("b", RunGate.NO_TOKEN));
		assertThat(this.two.read(List.of("a", "b", "c")))
			.isEqualTo(Map.of("a", new LeaseStore.Holding("another replica", null)));
	}

	@Test
	void ownerDoesNotTakeItsOwnAgain() {
		this.one.take("1", List.of("a"), TIME_TO_LIVE);
		assertThat(this.one.take("1", List.of("a"), TIME_TO_LIVE)).isZero();
	}

	@Test
	void releasedLeaseIsFree() {
		this.one.take("1", List.of("a"), TIME_TO_LIVE);
		this.two.take("2", List.of("a"), TIME_TO_LIVE);
		this.two.release("2", List.of("a"));
		assertThat(this.one.renew("1", TIME_TO_LIVE)).isOne();
		this.one.release("1", List.of("a"));
		assertThat(this.two.take("2", List.of("a"), TIME_TO_LIVE)).isOne();
		assertThat(this.two.read(List.of("a"))).isEmpty();
	}

	@Test
	void locksLiveLongerThanTheirLeases() {
		this.one.take("1", List.of("a"), TIME_TO_LIVE);
		this.one.renew("1", TIME_TO_LIVE);
		assertThat(this.provider.calls).containsExactly("lock a for PT11S", "extend a for PT11S");
	}

	@Test
	void leaseIsRenewedAgainAndAgain() {
		this.one.take("1", List.of("a", "b"), TIME_TO_LIVE);
		for (int i = 0; i < 5; i++) {
			this.now += TIME_TO_LIVE.toNanos() - 1;
			assertThat(this.one.renew("1", TIME_TO_LIVE)).isEqualTo(2);
		}
	}

	/**
	 * Providers extend and delete what is there, whoever it belongs to.
	 */
	@Test
	void leaseThatIsOverIsNeitherExtendedNorUnlocked() {
		this.one.take("1", List.of("a", "b"), TIME_TO_LIVE);
		this.provider.calls.clear();
		this.now = TIME_TO_LIVE.toNanos();
		this.one.release("1", List.of("a"));
		assertThat(this.one.renew("1", TIME_TO_LIVE)).isZero();
		assertThat(this.one.held("1")).isEmpty();
		assertThat(this.provider.calls).isEmpty();
	}

	@Test
	void callThatHungCountsFromBeforeIt() {
		this.provider.beforeCall = () -> this.now += TIME_TO_LIVE.toNanos();
		this.one.take("1", List.of("a"), TIME_TO_LIVE);
		this.provider.calls.clear();
		assertThat(this.one.renew("1", TIME_TO_LIVE)).isZero();
		assertThat(this.provider.calls).isEmpty();
	}

	@Test
	void lockThatIsGoneIsLost() {
		this.one.take("1", List.of("a"), TIME_TO_LIVE);
		this.provider.forgotten = true;
		assertThat(this.one.renew("1", TIME_TO_LIVE)).isZero();
		assertThat(this.one.held("1")).isEmpty();
	}

	@Test
	void whatFailedIsTriedAgain() {
		this.one.take("1", List.of("a"), TIME_TO_LIVE);
		this.provider.beforeCall = () -> {
			throw new IllegalStateException("no connection");
		};
		assertThatIllegalStateException().isThrownBy(() -> this.one.renew("1", TIME_TO_LIVE));
		assertThatIllegalStateException().isThrownBy(() -> this.one.release("1", List.of("a")));
		this.provider.beforeCall = () -> {
		};
		assertThat(this.one.renew("1", TIME_TO_LIVE)).isOne();
		this.one.release("1", List.of("a"));
		assertThat(this.two.take("2", List.of("a"), TIME_TO_LIVE)).isOne();
	}

	@Test
	void locksCannotBeListed() {
		assertThat(this.one.lists()).isFalse();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> this.one.free("a", 1));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> this.one.census("a", "a"));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> this.one.purge("a"));
	}

	@Test
	void providerWhoseLocksCannotBeExtendedIsRefused() {
		ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
		try {
			KeepAliveLockProvider keepAlive = new KeepAliveLockProvider(this.provider, executor);
			assertThatIllegalArgumentException().isThrownBy(() -> new ShedLockLeaseStore(keepAlive))
				.withMessageContaining("KeepAliveLockProvider: its locks cannot be extended");
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * Locks in memory, and what was done to them.
	 */
	private static final class RecordingProvider implements ExtensibleLockProvider {

		private final List<String> calls = new ArrayList<>();

		private final ExtensibleLockProvider locks = new InMemoryLockProvider();

		private Runnable beforeCall = () -> {
		};

		private boolean forgotten;

		@Override
		public Optional<SimpleLock> lock(LockConfiguration configuration) {
			record("lock " + configuration.getName() + " for " + configuration.getLockAtMostFor());
			return this.locks.lock(configuration).map((lock) -> new RecordedLock(configuration.getName(), lock));
		}

		private void record(String call) {
			this.beforeCall.run();
			this.calls.add(call);
		}

		private final class RecordedLock implements SimpleLock {

			private final String name;

			private final SimpleLock lock;

			private RecordedLock(String name, SimpleLock lock) {
				this.name = name;
				this.lock = lock;
			}

			@Override
			public void unlock() {
				record("unlock " + this.name);
				this.lock.unlock();
			}

			@Override
			public Optional<SimpleLock> extend(Duration lockAtMostFor, Duration lockAtLeastFor) {
				record("extend " + this.name + " for " + lockAtMostFor);
				return RecordingProvider.this.forgotten ? Optional.empty()
						: this.lock.extend(lockAtMostFor, lockAtLeastFor)
							.map((extended) -> new RecordedLock(this.name, extended));
			}

		}

	}

}
