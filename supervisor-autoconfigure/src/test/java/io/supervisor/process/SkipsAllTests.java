package io.supervisor.process;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/**
 * What skips a class before all of its tests skips each of them: of a class as a whole
 * Surefire says that it has no tests, and not why.
 */
public final class SkipsAllTests implements LifecycleMethodExecutionExceptionHandler, BeforeEachCallback {

	private static final Namespace NAMESPACE = Namespace.create(SkipsAllTests.class);

	@Override
	public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
		if (!(thrown instanceof TestAbortedException)) {
			throw thrown;
		}
		context.getStore(NAMESPACE).put(TestAbortedException.class, thrown);
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		@Nullable TestAbortedException aborted = context.getStore(NAMESPACE)
			.get(TestAbortedException.class, TestAbortedException.class);
		if (aborted != null) {
			throw new TestAbortedException(aborted.getMessage());
		}
	}

}
