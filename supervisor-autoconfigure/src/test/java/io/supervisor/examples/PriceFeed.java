package io.supervisor.examples;

import java.time.Duration;

import io.supervisor.Service;
import io.supervisor.ServiceContext;

import org.springframework.stereotype.Component;

@Component
class PriceFeed implements Service {

	@Override
	public void run(ServiceContext context) throws Exception {
		while (!context.awaitCancellation(Duration.ofSeconds(5))) { // sleeps 5 s, wakes
																	// at once on a cancel
			poll();
		}
	}

	private void poll() {
		// asks for the latest prices
	}

}
