package io.supervisor.examples;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Future;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;

/**
 * A service for each tenant, which says what it does.
 */
final class Tenants {

	private Tenants() {
	}

	static Future<ServiceSnapshot> add(ServiceGroup group, String id) {
		return group.add(ServiceDefinition.builder("tenant-" + id, new TenantFeed(id))
			.policy(ServicePolicy.builder().critical(false).build())
			.removedWhenDone()
			.build());
	}

	static final class TenantFeed implements Service {

		private final URI url;

		private final Client client = new Client();

		TenantFeed(String id) {
			this.url = URI.create("https://localhost/" + id);
		}

		@Override
		public void run(ServiceContext context) throws Exception {
			Page page = report(context, this.client, this.url);
			while (!page.url.equals(this.url) || !context.awaitCancellation(Duration.ofSeconds(5))) {
				context.ready();
			}
		}

		private static Page report(ServiceContext context, Client client, URI url) throws Exception {
			context.status("page 1200 of 3000");
			Page page = context.step("fetch", () -> client.get(url));
			context.degraded("no partition assigned");
			context.extendStop(Duration.ofSeconds(20));
			return page;
		}

	}

	private static final class Client {

		Page get(URI url) {
			return new Page(url);
		}

	}

	private record Page(URI url) {
	}

}
