package io.supervisor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
 * The core once more with a mistake in it.
 */
final class MutatedCore extends ReloadedCore {

	private final Map<String, byte[]> mutated;

	private MutatedCore(Map<String, byte[]> mutated) {
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
	byte[] bytes(String name) throws IOException, ClassNotFoundException {
		byte[] bytes = this.mutated.get(name);
		return (bytes != null) ? bytes : original(name);
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
