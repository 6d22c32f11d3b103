package io.supervisor.process;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import io.supervisor.ServiceGroup;

/**
 * A plain main method, without Spring.
 */
final class PlainApplication {

	private PlainApplication() {
	}

	public static void main(String[] args) {
		List<String> wishes = Arrays.asList(args);
		ServiceGroup.Builder builder = ServiceGroup.builder("links").service("steady", (context) -> {
			System.out.println("steady runs");
			context.awaitCancellation();
			System.out.println("steady ends");
		});
		if (wishes.contains("failing")) {
			builder.service("failing", (context) -> {
				throw new IllegalStateException("bang");
			});
		}
		if (wishes.contains("deaf")) {
			builder.service("deaf", (context) -> beDeaf());
		}
		if (wishes.contains("stopOnShutdown")) {
			builder.stopOnShutdown();
		}
		if (wishes.contains("exitOnFailure")) {
			builder.exitOnFailure();
		}
		ServiceGroup group = builder.build();
		if (wishes.contains("run")) {
			group.run();
		}
		else {
			group.start();
		}
		System.out.println("main is over");
	}

	private static void beDeaf() {
		CountDownLatch never = new CountDownLatch(1);
		while (true) {
			try {
				never.await();
			}
			catch (InterruptedException ex) {
				// deaf
			}
		}
	}

}
