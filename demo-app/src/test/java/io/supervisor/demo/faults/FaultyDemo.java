package io.supervisor.demo.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.demo.DemoApplication;

import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;

/**
 * The demo with one more service, which the profile chooses and which misbehaves in its
 * own way.
 */
final class FaultyDemo {

	private FaultyDemo() {
	}

	public static void main(String[] args) {
		SpringApplication.run(new Class<?>[] { DemoApplication.class, Services.class }, args);
	}

	static class Services {

		/**
		 * Leaks memory until there is none; what it holds goes with it.
		 */
		@Bean
		@Profile("leaking")
		Service leaking() {
			return (context) -> leak(new ArrayList<>(), 512 * 1024, context);
		}

		/**
		 * Leaks memory until there is none, in small pieces, and never gives it back.
		 */
		@Bean
		@Profile("hoarding")
		Service hoarding() {
			List<byte[]> hoard = new ArrayList<>();
			return (context) -> {
				try {
					leak(hoard, 512 * 1024, context);
				}
				finally {
					while (!context.isCancelled()) {
						hoard.add(new byte[16 * 1024]);
					}
				}
			};
		}

		private static void leak(List<byte[]> leaked, int size, ServiceContext context) throws InterruptedException {
			while (!context.awaitCancellation(Duration.ofMillis(20))) {
				leaked.add(new byte[size]);
			}
		}

		/**
		 * Hears neither a cancel nor an interrupt.
		 */
		@Bean
		@Profile("deaf")
		Service deaf() {
			return (context) -> beDeaf();
		}

		private static void beDeaf() {
			while (true) {
				try {
					new CountDownLatch(1).await();
				}
				catch (InterruptedException ex) {
					// deaf
				}
			}
		}

		/**
		 * Goes on for a while after it was cancelled.
		 */
		@Bean
		@Profile("lingering")
		Service lingering() {
			return (context) -> {
				context.awaitCancellation();
				System.out.println("lingering goes on");
				new CountDownLatch(1).await(3, TimeUnit.SECONDS);
				System.out.println("lingering ends");
			};
		}

		/**
		 * Beats until it is told to hang, and again in its next run.
		 */
		@Bean
		@Profile("beating")
		Service beating() {
			Semaphore hangs = new Semaphore(0);
			Thread console = new Thread(() -> new Scanner(System.in).forEachRemaining((line) -> hangs.release()),
					"console");
			console.setDaemon(true);
			console.start();
			return (context) -> beat(context, hangs);
		}

		private static void beat(ServiceContext context, Semaphore hangs) throws InterruptedException {
			while (!context.isCancelled()) {
				context.heartbeat();
				System.out.println(Instant.now() + " beat");
				if (hangs.tryAcquire(100, TimeUnit.MILLISECONDS)) {
					new CountDownLatch(1).await();
				}
			}
		}

	}

}
