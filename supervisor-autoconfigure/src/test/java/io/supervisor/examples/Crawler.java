package io.supervisor.examples;

import java.util.concurrent.locks.LockSupport;

import io.supervisor.Service;
import io.supervisor.ServiceContext;

import org.springframework.stereotype.Component;

@Component
class Crawler implements Service {

	@Override
	public void run(ServiceContext context) throws Exception {
		while (!context.isCancelled()) {
			Page page = next(context.shard(), context.shardCount()); // where mod(hash,
																		// count) = shard
			save(page, context);
		}
	}

	private Page next(int shard, int shards) {
		LockSupport.parkNanos(1_000_000);
		return new Page(shard, shards);
	}

	private void save(Page page, ServiceContext context) {
	}

	private record Page(int shard, int shards) {
	}

}
