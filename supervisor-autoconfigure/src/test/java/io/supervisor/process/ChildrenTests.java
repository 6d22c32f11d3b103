package io.supervisor.process;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whoever is in the middle of a test when its JVM is killed.
 */
class ChildrenTests {

	@Test
	void childrenAndTheirChildrenEndWhenTheParentIsKilled() {
		try (ApplicationProcess parent = ApplicationProcess.java(ApplicationProcess.classPath(), Parent.class)) {
			parent.awaitLog("the grandchild runs");
			ProcessHandle handle = ProcessHandle.of(parent.pid()).orElseThrow();
			List<ProcessHandle> family = handle.descendants().toList();
			assertThat(family).as("guardian, child and grandchild").hasSize(3);
			parent.signal("KILL").exitCode();
			Awaitility.await()
				.atMost(ApplicationProcess.TIMEOUT)
				.untilAsserted(() -> assertThat(family).noneMatch(ProcessHandle::isAlive));
		}
	}

	static class Parent {

		public static void main(String[] args) throws InterruptedException {
			try (ApplicationProcess child = ApplicationProcess.java(ApplicationProcess.classPath(), Child.class)) {
				child.awaitLog("the grandchild runs");
				System.out.println("the grandchild runs");
				new CountDownLatch(1).await();
			}
		}

	}

	static class Child {

		public static void main(String[] args) throws IOException, InterruptedException {
			new ProcessBuilder(ApplicationProcess.command(List.of(), ApplicationProcess.classPath(), Grandchild.class))
				.redirectOutput(ProcessBuilder.Redirect.INHERIT)
				.start();
			new CountDownLatch(1).await();
		}

	}

	static class Grandchild {

		public static void main(String[] args) throws InterruptedException {
			System.out.println("the grandchild runs");
			new CountDownLatch(1).await();
		}

	}

}
