package io.supervisor.examples;

import io.supervisor.ServiceContext;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.Assert;

final class Fencing {

	private Fencing() {
	}

	static void admit(JdbcClient jdbc, ServiceContext context) {
		int admitted = jdbc.sql("update writer set token = :token where service = :service and token <= :token")
			.param("token", context.fencingToken())
			.param("service", context.serviceName())
			.update();
		Assert.state(admitted == 1, "A later run has written already"); // rolls the
																		// transaction of
																		// this write back
	}

}
