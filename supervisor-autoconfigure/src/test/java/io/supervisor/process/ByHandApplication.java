package io.supervisor.process;

import io.supervisor.autoconfigure.SupervisorAutoConfiguration;
import io.supervisor.autoconfigure.SupervisorHealthAutoConfiguration;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Import;

/**
 * An application that starts its background thread by hand, as good as people do.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = { SupervisorAutoConfiguration.class, SupervisorHealthAutoConfiguration.class })
@Import({ Console.class, ByHandApplication.Crawler.class })
class ByHandApplication {

	public static void main(String[] args) {
		SpringApplication.run(ByHandApplication.class, args);
	}

	static class Crawler implements SmartLifecycle {

		private final Console console;

		private @Nullable Thread thread;

		Crawler(Console console) {
			this.console = console;
		}

		@Override
		public void start() {
			Thread thread = new Thread(this::crawl, "crawler");
			thread.start();
			this.thread = thread;
		}

		private void crawl() {
			try {
				this.console.work();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public void stop() {
			if (this.thread != null) {
				this.thread.interrupt();
				this.thread = null;
			}
		}

		@Override
		public boolean isRunning() {
			return this.thread != null;
		}

	}

}
