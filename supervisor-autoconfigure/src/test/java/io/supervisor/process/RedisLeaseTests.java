package io.supervisor.process;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.supervisor.cluster.ShedLockLeaseStore;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.provider.redis.spring.RedisLockProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Leases as locks in a real Redis: what holds, and what does not.
 */
class RedisLeaseTests {

	private static final String KEY = "job-lock:default:app/job";

	private static final List<String> JOB = List.of("app/job");

	private static final Duration LONG = Duration.ofHours(1);

	private RedisServer redis;

	private JedisConnectionFactory connections;

	private ShedLockLeaseStore one;

	private ShedLockLeaseStore two;

	@BeforeEach
	void start(@TempDir Path directory) {
		this.redis = new RedisServer(directory);
		this.connections = RedisReplicaApplication.connections(this.redis.port(), Duration.ofSeconds(10));
		this.connections.afterPropertiesSet();
		this.one = new ShedLockLeaseStore(provider(true));
		this.two = new ShedLockLeaseStore(provider(true));
	}

	private RedisLockProvider provider(boolean safeUpdate) {
		return new RedisLockProvider.Builder(this.connections).safeUpdate(safeUpdate).build();
	}

	@AfterEach
	void stop() {
		if (this.redis != null) {
			this.connections.destroy();
			this.redis.close();
		}
	}

	@Test
	void onlyOneHasALeaseAndItsReleaseLetsTheNextIn() {
		assertThat(this.one.take("1", JOB, LONG)).isOne();
		assertThat(this.two.take("2", JOB, LONG)).isZero();
		this.one.release("1", JOB);
		assertThat(this.two.take("2", JOB, LONG)).isOne();
	}

	@Test
	void renewalExtendsALease() {
		this.one.take("1", JOB, Duration.ofMinutes(1));
		assertThat(remaining()).isLessThan(Duration.ofMinutes(2));
		assertThat(this.one.renew("1", LONG)).isOne();
		assertThat(remaining()).isGreaterThan(Duration.ofMinutes(30));
	}

	@Test
	void leaseThatRunsOutIsTakenAndNotTakenBack() {
		this.one.take("1", JOB, Duration.ofMillis(100));
		Awaitility.await().until(() -> this.two.take("2", JOB, LONG) == 1);
		assertThat(this.one.renew("1", LONG)).isZero();
		assertThat(this.two.renew("2", LONG)).isOne();
	}

	/**
	 * The lock is somebody else's before the lease has run out, say because an operator
	 * has deleted it.
	 */
	@Test
	void renewalAndReleaseLeaveTheLockOfAnotherAlone() {
		this.one.take("1", JOB, LONG);
		delete();
		assertThat(this.two.take("2", JOB, LONG)).isOne();
		this.one.release("1", JOB);
		assertThat(this.two.renew("2", LONG)).isOne();
		delete();
		assertThat(this.one.take("1", JOB, LONG)).isOne();
		assertThat(this.two.renew("2", LONG)).isZero();
		assertThat(this.two.held("2")).isEmpty();
	}

	/**
	 * What does not hold: a Redis that forgets lets a second one in, and the first one
	 * does not know before it renews, a third of the time to live later.
	 */
	@Test
	void redisThatForgetsHasTwoHolders() {
		this.one.take("1", JOB, LONG);
		this.redis.restart();
		Awaitility.await().ignoreExceptions().until(() -> this.two.take("2", JOB, LONG) == 1);
		assertThat(this.one.held("1")).containsOnlyKeys("app/job");
		assertThat(this.two.held("2")).containsOnlyKeys("app/job");
		Awaitility.await().ignoreExceptions().until(() -> this.one.renew("1", LONG) == 0);
		assertThat(this.one.held("1")).isEmpty();
	}

	/**
	 * What does not hold without {@code safeUpdate}: a call that arrives late frees the
	 * lock of another.
	 */
	@Test
	void providerThatDoesNotCompareFreesTheLockOfAnother() {
		assertThat(lateUnlockLeavesAnother(provider(true))).isTrue();
		assertThat(lateUnlockLeavesAnother(provider(false))).isFalse();
	}

	private boolean lateUnlockLeavesAnother(RedisLockProvider provider) {
		delete();
		SimpleLock first = provider.lock(configuration()).orElseThrow();
		delete();
		provider.lock(configuration()).orElseThrow();
		try {
			first.unlock();
		}
		catch (RuntimeException ex) {
			// the provider says that the lock was not there
		}
		return exists();
	}

	private static LockConfiguration configuration() {
		return new LockConfiguration(Instant.now(), JOB.get(0), LONG, Duration.ZERO);
	}

	private Duration remaining() {
		try (Jedis jedis = this.redis.connect()) {
			return Duration.ofMillis(jedis.pttl(KEY));
		}
	}

	private boolean exists() {
		try (Jedis jedis = this.redis.connect()) {
			return jedis.exists(KEY);
		}
	}

	private void delete() {
		try (Jedis jedis = this.redis.connect()) {
			jedis.del(KEY);
		}
	}

}
