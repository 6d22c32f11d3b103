package io.supervisor.examples;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;

final class PlainMain {

	private PlainMain() {
	}

	static void start(Service crawler, Service indexer) {
		ServiceGroup.builder("links")
			.service("crawler", crawler)
			.service("indexer", indexer)
			.stopOnShutdown() // SIGTERM stops the services first, and waits for them
			.exitOnFailure() // when the group has failed, the process ends with code 1
			.build()
			.start(); // returns at once; run() does so when all have ended
	}

}
