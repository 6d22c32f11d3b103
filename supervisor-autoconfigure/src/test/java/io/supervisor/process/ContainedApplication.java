package io.supervisor.process;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;

import io.supervisor.Service;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * An application as in a container: on a thread and in a class loader that this has made
 * for it, with all of its libraries.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ContainedApplication {

	public static void main(String[] args) throws IOException {
		URL[] classPath = Arrays.stream(ApplicationProcess.classPath().split(File.pathSeparator))
			.map(ContainedApplication::url)
			.toArray(URL[]::new);
		ClassLoader own = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader());
		Thread thread = new Thread(() -> deploy(own, args), "container");
		thread.setContextClassLoader(own);
		thread.start();
	}

	private static URL url(String entry) {
		try {
			return Path.of(entry).toUri().toURL();
		}
		catch (IOException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	private static void deploy(ClassLoader own, String... args) {
		try {
			own.loadClass(ContainedApplication.class.getName())
				.getMethod("run", String[].class)
				.invoke(null, (Object) args);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Called in the other class loader.
	 */
	public static void run(String... args) {
		SpringApplication.run(ContainedApplication.class, args);
	}

	@Bean
	Service failing() {
		return (context) -> {
			throw new IllegalStateException("bang");
		};
	}

}
