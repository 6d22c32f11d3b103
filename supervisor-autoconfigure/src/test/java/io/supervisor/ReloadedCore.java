package io.supervisor;

import java.io.IOException;
import java.io.InputStream;

/**
 * The core once more, and the simulator that plays it: classes of the package are loaded
 * anew, all others are those of the test.
 */
abstract class ReloadedCore extends ClassLoader {

	private static final String PACKAGE = "io.supervisor.";

	ReloadedCore() {
		super(ReloadedCore.class.getClassLoader());
	}

	@Override
	protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
		if (!name.startsWith(PACKAGE) || name.indexOf('.', PACKAGE.length()) >= 0) {
			return super.loadClass(name, resolve);
		}
		synchronized (getClassLoadingLock(name)) {
			Class<?> loaded = findLoadedClass(name);
			return (loaded != null) ? loaded : define(name);
		}
	}

	private Class<?> define(String name) throws ClassNotFoundException {
		try {
			byte[] bytes = bytes(name);
			return defineClass(name, bytes, 0, bytes.length);
		}
		catch (IOException ex) {
			throw new ClassNotFoundException(name, ex);
		}
	}

	/**
	 * What a class of the package is to be.
	 */
	abstract byte[] bytes(String name) throws IOException, ClassNotFoundException;

	/**
	 * What a class of the package is.
	 */
	byte[] original(String name) throws IOException, ClassNotFoundException {
		try (InputStream original = getParent().getResourceAsStream(file(name))) {
			if (original == null) {
				throw new ClassNotFoundException(name);
			}
			return original.readAllBytes();
		}
	}

	static String file(String name) {
		return name.replace('.', '/') + ".class";
	}

}
