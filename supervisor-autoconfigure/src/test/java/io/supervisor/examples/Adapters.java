package io.supervisor.examples;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.supervisor.Service;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class Adapters {

	@Bean
	Service tailer(Tailer tailer) {
		return (context) -> tailer.follow(context::isCancelled);
	}

	@Bean
	Service grpc(PriceService prices) { // a blocking server as a service
		return (context) -> {
			Server server = ServerBuilder.forPort(9090).addService(prices).build().start();
			context.onCancel(server::shutdown);
			try {
				server.awaitTermination();
			}
			finally {
				server.shutdownNow();
			}
		};
	}

	/**
	 * Something that asks now and then whether it shall end.
	 */
	static class Tailer {

		void follow(BooleanSupplier ended) {
			while (!ended.getAsBoolean()) {
				LockSupport.parkNanos(1_000_000);
			}
		}

	}

	/**
	 * What a generated class would be.
	 */
	static class PriceService implements BindableService {

		@Override
		public ServerServiceDefinition bindService() {
			return ServerServiceDefinition.builder("prices").build();
		}

	}

}
