package io.supervisor.lifecycle;

import java.util.List;
import java.util.stream.Stream;

import org.springframework.boot.SpringApplication;

/**
 * Where an application was started from, read off the stack of the thread that starts it.
 * It decides whether the process is the application's own to end.
 */
enum LaunchSite {

	/**
	 * A {@code main} method.
	 */
	MAIN("from a main method"),

	/**
	 * A test, whatever it calls: ending the process would end the other tests with it.
	 */
	TEST("under a test framework"),

	/**
	 * A servlet container, which runs other applications as well.
	 */
	SERVLET_CONTAINER("in a servlet container"),

	/**
	 * Something else, such as a context that no {@link SpringApplication} runs.
	 */
	OTHER("unless started from a main method");

	private static final List<String> TEST_FRAMEWORKS = List.of("org.junit.", "org.testng.", "io.cucumber.",
			"org.springframework.test.", "org.springframework.boot.test.");

	private static final String SERVLET_INITIALIZER = "org.springframework.boot.web.servlet.support.SpringBootServletInitializer";

	private final String description;

	LaunchSite(String description) {
		this.description = description;
	}

	/**
	 * Where that is, as an adverbial.
	 */
	String description() {
		return this.description;
	}

	static LaunchSite ofCurrentThread() {
		return StackWalker.getInstance().walk(LaunchSite::of);
	}

	private static LaunchSite of(Stream<StackWalker.StackFrame> frames) {
		boolean application = false;
		LaunchSite site = OTHER;
		for (StackWalker.StackFrame frame : (Iterable<StackWalker.StackFrame>) frames::iterator) {
			String type = frame.getClassName();
			if (isOfTestFramework(type)) {
				return TEST;
			}
			if (type.equals(SERVLET_INITIALIZER)) {
				return SERVLET_CONTAINER;
			}
			application |= type.equals(SpringApplication.class.getName());
			if (application && frame.getMethodName().equals("main")) {
				site = MAIN;
			}
		}
		return site;
	}

	private static boolean isOfTestFramework(String type) {
		for (String framework : TEST_FRAMEWORKS) {
			if (type.startsWith(framework)) {
				return true;
			}
		}
		return false;
	}

}
