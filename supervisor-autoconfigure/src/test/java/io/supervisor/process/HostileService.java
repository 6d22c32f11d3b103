package io.supervisor.process;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service whose name and whose exception would do harm in a log that believes them.
 */
class HostileService implements Service {

	static final String NAME = "\"},{'<b>\\\u202E";

	static final String FORGED = "2026-01-01T00:00:00.000Z ERROR 1 --- [           main] forged";

	private static final Logger logger = LoggerFactory.getLogger(HostileService.class);

	@Override
	public void run(ServiceContext context) {
		context.onCancel(() -> logger.info("hostile is cancelled"));
		logger.info("hostile is running");
		throw new IllegalStateException(NAME + "\n" + FORGED + "\r\n\u001b[2J\u0000" + "x".repeat(100_000));
	}

}
