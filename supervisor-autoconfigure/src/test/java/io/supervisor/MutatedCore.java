package io.supervisor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The core once more with a mistake in it, and the simulator that plays it: classes of
 * the package are loaded anew, all others are those of the test.
 */
final class MutatedCore extends ClassLoader {

	private static final String PACKAGE = "io.supervisor.";

	private final Map<String, byte[]> mutated;

	private MutatedCore(Map<String, byte[]> mutated) {
		super(MutatedCore.class.getClassLoader());
		this.mutated = mutated;
	}

	/**
	 * Compile the mistake into memory.
	 */
	static MutatedCore of(Mutation mutation) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		Map<String, ByteArrayOutputStream> classes = new HashMap<>();
		try (JavaFileManager files = new InMemory(compiler.getStandardFileManager(null, null, null), classes)) {
			boolean compiled = compiler
				.getTask(messages, files, null, List.of("-proc:none", "-nowarn", "-Xlint:none"), null,
						List.of(new Source(mutation)))
				.call();
			if (!compiled) {
				throw new IllegalStateException("'" + mutation + "' does not compile: " + messages);
			}
		}
		Map<String, byte[]> mutated = new HashMap<>();
		classes.forEach((name, bytes) -> mutated.put(name, bytes.toByteArray()));
		return new MutatedCore(mutated);
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
		byte[] bytes = this.mutated.get(name);
		try (InputStream original = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
			if (bytes == null && original != null) {
				bytes = original.readAllBytes();
			}
		}
		catch (IOException ex) {
			throw new ClassNotFoundException(name, ex);
		}
		if (bytes == null) {
			throw new ClassNotFoundException(name);
		}
		return defineClass(name, bytes, 0, bytes.length);
	}

	private static final class Source extends SimpleJavaFileObject {

		private final String text;

		Source(Mutation mutation) throws IOException {
			super(URI.create("string:///io/supervisor/" + mutation.type() + ".java"), Kind.SOURCE);
			this.text = mutation.source();
		}

		@Override
		public CharSequence getCharContent(boolean ignoreEncodingErrors) {
			return this.text;
		}

	}

	private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {

		private final Map<String, ByteArrayOutputStream> classes;

		InMemory(JavaFileManager files, Map<String, ByteArrayOutputStream> classes) {
			super(files);
			this.classes = classes;
		}

		@Override
		public JavaFileObject getJavaFileForOutput(Location location, String name, JavaFileObject.Kind kind,
				FileObject sibling) {
			return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/') + kind.extension), kind) {

				@Override
				public OutputStream openOutputStream() {
					return InMemory.this.classes.computeIfAbsent(name, (key) -> new ByteArrayOutputStream());
				}

			};
		}

	}

}
