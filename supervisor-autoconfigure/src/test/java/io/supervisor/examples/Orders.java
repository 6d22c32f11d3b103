package io.supervisor.examples;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;

class Orders implements Service {

	private final Supplier<Consumer<String, String>> consumers;

	Orders(Supplier<Consumer<String, String>> consumers) {
		this.consumers = consumers;
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		try (Consumer<String, String> consumer = this.consumers.get()) {
			consumer.subscribe(List.of("orders"));
			while (!context.isCancelled()) {
				ConsumerRecords<String, String> records = context
					.interruptibly(() -> consumer.poll(Duration.ofSeconds(30)));
				records.forEach(this::book);
				consumer.commitSync();
			}
		}
	}

	private void book(ConsumerRecord<String, String> order) {
	}

}
