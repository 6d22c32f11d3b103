package io.supervisor.demo;

import java.nio.file.Path;
import java.sql.SQLException;

import org.apache.lucene.store.LockObtainFailedException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.env.Environment;

/**
 * Says what is the matter when another process has the folder of the data.
 */
class DataInUseFailureAnalyzer implements FailureAnalyzer {

	private static final int H2_ALREADY_OPEN = 90020;

	private final Environment environment;

	DataInUseFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (isInUse(cause)) {
				return analysis(failure);
			}
		}
		return null;
	}

	private static boolean isInUse(Throwable cause) {
		return cause instanceof LockObtainFailedException
				|| (cause instanceof SQLException database && database.getErrorCode() == H2_ALREADY_OPEN);
	}

	private FailureAnalysis analysis(Throwable failure) {
		Path folder = Path.of(this.environment.getProperty("links.data", "./data")).toAbsolutePath().normalize();
		return new FailureAnalysis("The folder '" + folder + "', 'links.data', is in use by another process.",
				"End that one, which is another demo most likely. Or let this one have a folder and ports of its own: "
						+ "--links.data=./data-2 --server.port=0 --links.front-end.port=0",
				failure);
	}

}
