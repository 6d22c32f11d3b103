package io.supervisor.process;

import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.supervisor.Placement;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServicePolicy;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * A replica with a singleton and a sharded service. Each run reports to the
 * {@link RunJudge} and writes to a table that its fencing token guards.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class ReplicaApplication {

	/**
	 * The token is compared by the statement that writes, so that nothing can come in
	 * between.
	 */
	private static final String GUARDED_WRITE = """
			WITH guarded AS (UPDATE guarded SET token = ? WHERE name = ? AND token <= ? RETURNING name, token)
			INSERT INTO written (name, token) SELECT name, token FROM guarded""";

	private final String replica;

	private final int judge;

	private final JdbcTemplate direct;

	ReplicaApplication(@Value("${replica}") String replica, @Value("${judge}") int judge,
			@Value("${direct}") String direct) {
		this.replica = replica;
		this.judge = judge;
		this.direct = new JdbcTemplate(new DriverManagerDataSource(direct));
	}

	public static void main(String[] args) {
		SpringApplication.run(ReplicaApplication.class, args);
	}

	@Bean
	DataSource dataSource(@Value("${database}") String url) {
		HikariDataSource dataSource = new HikariDataSource();
		dataSource.setJdbcUrl(url);
		dataSource.setConnectionTimeout(1000);
		dataSource.setInitializationFailTimeout(-1);
		return dataSource;
	}

	@Bean
	ServiceDefinition job() {
		return define("job", Placement.SINGLETON);
	}

	@Bean
	ServiceDefinition share() {
		return define("share", Placement.shards(6));
	}

	private ServiceDefinition define(String name, Placement placement) {
		return ServiceDefinition.builder(name, this::run)
			.policy(ServicePolicy.builder()
				.gracePeriod(Duration.ofMillis(500))
				.interruptPeriod(Duration.ofMillis(500))
				.build())
			.placement(placement)
			.build();
	}

	private void run(ServiceContext context) throws Exception {
		RunJudge.attend(this.judge, context.serviceName(), this.replica, context.fencingToken(), () -> {
			while (!context.awaitCancellation(Duration.ofMillis(100))) {
				write(context);
			}
		});
	}

	private void write(ServiceContext context) {
		try {
			this.direct.update(GUARDED_WRITE, context.fencingToken(), context.serviceName(), context.fencingToken());
		}
		catch (RuntimeException ex) {
			// the database is gone for a while
		}
	}

}
