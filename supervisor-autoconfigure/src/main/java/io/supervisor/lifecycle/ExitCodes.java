package io.supervisor.lifecycle;

import java.util.Optional;
import java.util.function.IntSupplier;

import io.supervisor.ServiceGroupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.ExitCodeExceptionMapper;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.context.ApplicationContext;

/**
 * The exit code for a group that has failed: never zero, since a supervisor outside would
 * take that for success.
 */
final class ExitCodes {

	private static final Logger logger = LoggerFactory.getLogger(ServiceGroupLifecycle.class);

	/**
	 * Bounds the walk along a chain of causes, which may be a circle.
	 */
	private static final int MAX_CHAIN = 100;

	private ExitCodes() {
	}

	/**
	 * The first code that is not zero: of a mapper asked with what the first service
	 * threw, of a generator in its chain of causes, of a generator bean; else 1.
	 */
	static int of(ServiceGroupException error, ApplicationContext context) {
		Throwable thrown = firstThrown(error);
		return fromMappers(thrown, context).or(() -> fromChain(thrown)).or(() -> fromBeans(context)).orElse(1);
	}

	/**
	 * A nested group stands for its services.
	 */
	private static Throwable firstThrown(ServiceGroupException error) {
		Throwable thrown = error;
		for (int i = 0; thrown instanceof ServiceGroupException nested && i < MAX_CHAIN; i++) {
			thrown = nested.failures().get(0).cause();
		}
		return thrown;
	}

	private static Optional<Integer> fromMappers(Throwable thrown, ApplicationContext context) {
		return context.getBeanProvider(ExitCodeExceptionMapper.class)
			.orderedStream()
			.flatMap((mapper) -> ask(() -> mapper.getExitCode(thrown)).stream())
			.findFirst();
	}

	private static Optional<Integer> fromChain(Throwable thrown) {
		Throwable candidate = thrown;
		for (int i = 0; candidate != null && i < MAX_CHAIN; i++) {
			if (candidate instanceof ExitCodeGenerator generator) {
				return ask(generator::getExitCode);
			}
			candidate = candidate.getCause();
		}
		return Optional.empty();
	}

	private static Optional<Integer> fromBeans(ApplicationContext context) {
		return context.getBeanProvider(ExitCodeGenerator.class)
			.orderedStream()
			.flatMap((generator) -> ask(generator::getExitCode).stream())
			.findFirst();
	}

	private static Optional<Integer> ask(IntSupplier source) {
		try {
			int code = source.getAsInt();
			return (code != 0) ? Optional.of(code) : Optional.empty();
		}
		catch (Exception ex) {
			logger.warn("What was asked for an exit code failed", ex);
			return Optional.empty();
		}
	}

}
