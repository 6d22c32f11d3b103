package io.supervisor.autoconfigure;

import io.supervisor.ServiceGroup;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which bean has asked for a service, a policy or a group that cannot be. These know
 * nothing of Spring, and refuse it with an {@link IllegalArgumentException}.
 */
final class InvalidDefinitionFailureAnalyzer extends AbstractFailureAnalyzer<BeanCreationException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BeanCreationException cause) {
		Throwable reason = cause.getMostSpecificCause();
		String bean = beanName(cause);
		if (!(reason instanceof IllegalArgumentException) || bean == null || !isOurs(reason)) {
			return null;
		}
		return new FailureAnalysis("The bean '" + bean + "' could not be created: " + reason.getMessage() + ".",
				"Correct what the bean '" + bean + "' is made of.", rootFailure);
	}

	/**
	 * The innermost bean: the others only needed it.
	 */
	private static @Nullable String beanName(BeanCreationException exception) {
		String name = exception.getBeanName();
		for (Throwable cause = exception.getCause(); cause != null; cause = cause.getCause()) {
			if (cause instanceof BeanCreationException inner && inner.getBeanName() != null) {
				name = inner.getBeanName();
			}
		}
		return name;
	}

	private static boolean isOurs(Throwable reason) {
		StackTraceElement[] stack = reason.getStackTrace();
		String type = (stack.length > 0) ? stack[0].getClassName() : "";
		return type.substring(0, Math.max(0, type.lastIndexOf('.'))).equals(ServiceGroup.class.getPackageName());
	}

}
