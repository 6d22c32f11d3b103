package io.supervisor.lifecycle;

import java.util.List;
import java.util.stream.Stream;

import org.springframework.boot.SpringApplication;

/**
 * Where an application was started from, read off stacks: that of the thread that starts
 * it and, if this is one that somebody has made for it, those of all others. It decides
 * whether the process is the application's own to end.
 */
enum LaunchSite {

	/**
	 * A {@code main} method, on whichever thread: that may have made another one to start
	 * the application, and so does Spring Cloud to start it anew.
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
		boolean main = false;
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
			main = frame.getMethodName().equals("main");
			if (application && main) {
				site = MAIN;
			}
		}
		// what the process began with is outermost on its first thread
		return main ? site : ofThreadOfItsOwn(application, site);
	}

	/**
	 * A thread that was made for it says little. In a test the one that runs the tests is
	 * there as well. In a servlet container, whose {@code main} method says nothing of
	 * its applications, their classes are in a class loader of its own.
	 */
	private static LaunchSite ofThreadOfItsOwn(boolean application, LaunchSite site) {
		for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
			for (StackTraceElement frame : stack) {
				if (isOfTestFramework(frame.getClassName())) {
					return TEST;
				}
			}
		}
		return (application && isOfProcess(SpringApplication.class.getClassLoader())) ? MAIN : site;
	}

	/**
	 * Whether a class loader is the one of the process, or one that Spring Boot runs an
	 * executable archive with.
	 */
	private static boolean isOfProcess(ClassLoader classLoader) {
		return classLoader == ClassLoader.getSystemClassLoader()
				|| classLoader.getClass().getName().startsWith("org.springframework.boot.");
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
