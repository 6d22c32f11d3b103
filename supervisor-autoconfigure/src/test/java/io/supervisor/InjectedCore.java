package io.supervisor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.supervisor.faults.FaultPlayer;
import io.supervisor.faults.FaultPoint;
import org.jspecify.annotations.Nullable;

import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.ClassWriter;
import org.springframework.asm.Handle;
import org.springframework.asm.Label;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;

/**
 * The core once more, and each place where a machine short of memory or stack may fail it
 * is a {@link FaultPoint}: each allocation, and each call of somebody else. All of its
 * classes are initialised, as static initialisers have no such places.
 */
final class InjectedCore extends ReloadedCore {

	/**
	 * Calls of others that need no memory: if they had a point, an error would come where
	 * none can come. In part because what they are called on is the core's own.
	 */
	private static final Set<String> WITHOUT_MEMORY = Set.of(
			// compiled to an instruction
			"java/lang/Boolean.*", "java/lang/Character.*", "java/lang/Class.*", "java/lang/Double.*",
			"java/lang/Enum.*", "java/lang/Integer.intValue", "java/lang/Long.longValue", "java/lang/Math.*",
			"java/lang/Object.getClass", "java/lang/Object.equals", "java/lang/Object.hashCode",
			"java/util/Objects.requireNonNull", "java/lang/invoke/MethodHandle.*", "java/lang/invoke/VarHandle.*",
			"java/util/concurrent/atomic/*",
			// the thread's own affairs
			"java/lang/System.nanoTime", "java/lang/Thread.currentThread", "java/lang/Thread.getName",
			"java/lang/Thread.interrupt", "java/lang/Thread.interrupted", "java/lang/Thread.isInterrupted",
			"java/lang/Thread.onSpinWait", "java/lang/Thread.setDaemon", "java/lang/Thread.yield",
			"java/util/concurrent/locks/LockSupport.*",
			// looks at what is there, or takes it away
			"java/lang/String.charAt", "java/lang/String.equals", "java/lang/String.hashCode",
			"java/lang/String.isEmpty", "java/lang/String.length", "java/time/Duration.isZero",
			"java/time/Duration.isNegative", "java/time/Duration.compareTo", "java/util/Optional.empty",
			"java/util/Optional.isPresent", "java/util/*.clear", "java/util/*.contains", "java/util/*.containsKey",
			"java/util/*.get", "java/util/*.hasNext", "java/util/*.isEmpty", "java/util/*.next", "java/util/*.peek",
			"java/util/*.poll", "java/util/*.remove", "java/util/*.size",
			// stores what it is given, and wakes who waits
			"java/util/concurrent/FutureTask.set", "java/util/concurrent/FutureTask.setException");

	/**
	 * Types of the core that others implement.
	 */
	private static final Set<String> FOREIGN = Set.of("io/supervisor/Service.run",
			"io/supervisor/Service.announcesReadiness", "io/supervisor/ServiceGroupListener.*",
			"io/supervisor/RunGate.*", "io/supervisor/Timing.instant", "io/supervisor/Timing.start");

	private final Path classes = classes();

	/**
	 * Where the points are.
	 */
	private final List<String> places = new ArrayList<>();

	/**
	 * Make one.
	 */
	static InjectedCore create() {
		InjectedCore core = new InjectedCore();
		try (Stream<Path> files = Files.list(core.classes.resolve("io/supervisor"))) {
			for (Path file : files.sorted().toList()) {
				String name = file.getFileName().toString();
				if (name.endsWith(".class") && !name.equals("package-info.class")) {
					Class.forName("io.supervisor." + name.substring(0, name.length() - ".class".length()), true, core);
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
		return core;
	}

	private static Path classes() {
		try {
			URI classes = ServiceGroup.class.getProtectionDomain().getCodeSource().getLocation().toURI();
			return Path.of(classes);
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A player of this core.
	 * @param type its class, which is loaded anew
	 */
	FaultPlayer player(Class<? extends FaultPlayer> type) {
		try {
			return (FaultPlayer) loadClass(type.getName()).getConstructor().newInstance();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	List<String> places() {
		return this.places;
	}

	/**
	 * Those of the tests stay as they are.
	 */
	@Override
	byte[] bytes(String name) throws IOException, ClassNotFoundException {
		byte[] original = original(name);
		if (!Files.exists(this.classes.resolve(file(name)))) {
			return original;
		}
		ClassReader reader = new ClassReader(original);
		// the frames stay as they are: what is inserted leaves the stack as it finds it
		ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
		reader.accept(new Points(writer), 0);
		return writer.toByteArray();
	}

	private static boolean matches(Set<String> patterns, String owner, String name) {
		String folder = owner.substring(0, owner.lastIndexOf('/') + 1);
		return patterns.contains(owner + "." + name) || patterns.contains(owner + ".*")
				|| patterns.contains(folder + "*")
				|| (owner.startsWith("java/util/") && patterns.contains("java/util/*." + name));
	}

	/**
	 * Whether a call of a method is one of somebody else, who may fail.
	 */
	private static boolean isForeign(String owner, String name) {
		if (owner.startsWith("io/supervisor/")) {
			return matches(FOREIGN, owner, name);
		}
		return !name.equals("<init>") && owner.charAt(0) != '[' && !matches(WITHOUT_MEMORY, owner, name);
	}

	private final class Points extends ClassVisitor {

		private String type = "";

		Points(ClassWriter writer) {
			super(Opcodes.ASM9, writer);
		}

		@Override
		public void visit(int version, int access, String name, @Nullable String signature, @Nullable String superName,
				String @Nullable [] interfaces) {
			this.type = name.substring(name.lastIndexOf('/') + 1);
			super.visit(version, access, name, signature, superName, interfaces);
		}

		@Override
		public MethodVisitor visitMethod(int access, String name, String descriptor, @Nullable String signature,
				String @Nullable [] exceptions) {
			MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
			return name.equals("<clinit>") ? method : new PointsInMethod(method, this.type + "." + name);
		}

	}

	private final class PointsInMethod extends MethodVisitor {

		private final String method;

		private int line;

		PointsInMethod(MethodVisitor visitor, String method) {
			super(Opcodes.ASM9, visitor);
			this.method = method;
		}

		@Override
		public void visitLineNumber(int line, Label start) {
			this.line = line;
			super.visitLineNumber(line, start);
		}

		/**
		 * The frames call what is not initialised by the position of its NEW, so that
		 * nothing may come between label and instruction.
		 */
		@Override
		public void visitTypeInsn(int opcode, String type) {
			if (opcode == Opcodes.ANEWARRAY) {
				point("new " + type + "[]");
			}
			super.visitTypeInsn(opcode, type);
			if (opcode == Opcodes.NEW) {
				point("new " + type);
			}
		}

		@Override
		public void visitIntInsn(int opcode, int operand) {
			if (opcode == Opcodes.NEWARRAY) {
				point("new array");
			}
			super.visitIntInsn(opcode, operand);
		}

		@Override
		public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
			point("new " + descriptor);
			super.visitMultiANewArrayInsn(descriptor, dimensions);
		}

		@Override
		public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
			// one that captures nothing is made once
			if (!descriptor.startsWith("()")) {
				point("lambda or text");
			}
			super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
		}

		@Override
		public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
			// what takes nothing gives what is there, such as List.of()
			boolean constant = opcode == Opcodes.INVOKESTATIC && descriptor.startsWith("()Ljava/util/");
			if (!constant && isForeign(owner, name)) {
				point(owner.substring(owner.lastIndexOf('/') + 1) + "." + name);
			}
			super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
		}

		private void point(String what) {
			String place = this.method + ":" + this.line + " " + what;
			InjectedCore.this.places.add(place);
			super.visitLdcInsn(FaultPoint.place(place));
			super.visitMethodInsn(Opcodes.INVOKESTATIC, "io/supervisor/faults/FaultPoint", "hit", "(I)V", false);
		}

	}

}
