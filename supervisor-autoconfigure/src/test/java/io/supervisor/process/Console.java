package io.supervisor.process;

import java.util.Scanner;
import java.util.concurrent.CountDownLatch;

import io.supervisor.ServiceGroup;
import io.supervisor.lifecycle.ServiceGroupLifecycle;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.context.Lifecycle;
import org.springframework.context.event.EventListener;

/**
 * Lets a test talk to an application: {@code fail} ends its background work with an
 * exception, {@code finish} without, and {@code status} prints what the application
 * thinks of itself. Its thread does not keep the JVM alive.
 */
class Console {

	private final CountDownLatch decided = new CountDownLatch(1);

	private final ApplicationAvailability availability;

	private final @Nullable HealthEndpoint health;

	private volatile boolean failing;

	Console(ApplicationAvailability availability, ObjectProvider<HealthEndpoint> health) {
		this.availability = availability;
		this.health = health.getIfAvailable();
		Thread thread = new Thread(this::read, "console");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * The application does not wait until services run that do not announce when they are
	 * ready; a test does.
	 */
	@EventListener
	void ready(ApplicationReadyEvent event) throws InterruptedException {
		ListableBeanFactory beans = event.getApplicationContext();
		if (beans.getBeanProvider(ServiceGroupLifecycle.class).stream().anyMatch(Lifecycle::isRunning)) {
			beans.getBean(ServiceGroup.class).awaitReady(ApplicationProcess.TIMEOUT);
		}
		System.out.println("the application has started");
	}

	private void read() {
		Scanner scanner = new Scanner(System.in);
		while (scanner.hasNextLine()) {
			switch (scanner.nextLine()) {
				case "fail" -> {
					this.failing = true;
					this.decided.countDown();
				}
				case "finish" -> this.decided.countDown();
				case "status" -> printStatus();
				default -> System.out.println("What?");
			}
		}
	}

	private void printStatus() {
		System.out.println(
				"STATUS health=" + ((this.health != null) ? this.health.health().getStatus() : "none") + " liveness="
						+ this.availability.getLivenessState() + " readiness=" + this.availability.getReadinessState());
	}

	/**
	 * The background work of the application.
	 */
	void work() throws InterruptedException {
		this.decided.await();
		if (this.failing) {
			throw new IllegalStateException("boom");
		}
	}

}
