package io.supervisor.process;

import java.net.InetAddress;
import java.time.Duration;

import io.supervisor.Placement;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServicePolicy;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.provider.redis.spring.RedisLockProvider;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * A replica with a singleton whose lease is a lock in Redis. Each run reports to the
 * {@link RunJudge}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class RedisReplicaApplication {

	private final String replica;

	private final int judge;

	RedisReplicaApplication(@Value("${replica}") String replica, @Value("${judge}") int judge) {
		this.replica = replica;
		this.judge = judge;
	}

	public static void main(String[] args) {
		SpringApplication.run(RedisReplicaApplication.class, args);
	}

	/**
	 * Waits for answers for a long time, so that a connection that hangs holds up what
	 * keeps the leases.
	 */
	@Bean
	JedisConnectionFactory connections(@Value("${redis}") int port) {
		return connections(port, Duration.ofMinutes(1));
	}

	static JedisConnectionFactory connections(int port, Duration timeout) {
		return new JedisConnectionFactory(
				new RedisStandaloneConfiguration(InetAddress.getLoopbackAddress().getHostAddress(), port),
				JedisClientConfiguration.builder().connectTimeout(timeout).readTimeout(timeout).build());
	}

	@Bean
	LockProvider lockProvider(RedisConnectionFactory connections) {
		return new RedisLockProvider.Builder(connections).safeUpdate(true).build();
	}

	@Bean
	ServiceDefinition job() {
		return ServiceDefinition.builder("job", this::run)
			.policy(ServicePolicy.builder()
				.gracePeriod(Duration.ofMillis(500))
				.interruptPeriod(Duration.ofMillis(500))
				.build())
			.placement(Placement.SINGLETON)
			.build();
	}

	private void run(ServiceContext context) throws Exception {
		RunJudge.attend(this.judge, "job", this.replica, 0, context::awaitCancellation);
	}

}
