package io.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Set;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The rules that hold the house together: who may see whom, and what the core must not
 * use because one thread owns all of its state and its time is injected.
 */
class ArchitectureTests {

	private static final String CORE = "io.supervisor";

	/**
	 * The one class of the core that reads a clock or puts a thread to sleep.
	 */
	private static final String TIME_SOURCE = "io.supervisor.Timing";

	/**
	 * Fields of the core that may be volatile, as {@code Class.field} with the simple
	 * name of the class that declares it. Each needs a reason: between a run's thread and
	 * the loop there are single CAS words, and what readers see is published as a whole.
	 */
	private static final Set<String> VOLATILE_FIELDS = Set.of("Action.runnable", "CancelActions.head",
			"CancelActions.unbegun", "Claim.granted", "GroupEvent.next", "Member.snapshot", "MembersByName.slots",
			"Publication.error", "Publication.errors", "Publication.snapshot", "Publication.underWay", "Roster.members",
			"RunWord.thread", "RunWord.word", "SignalQueue.head");

	private static final JavaClasses MAIN_CLASSES = new ClassFileImporter()
		.importUrl(Service.class.getProtectionDomain().getCodeSource().getLocation());

	@Test
	void everyPackageIsNullMarked() {
		classes().should(resideInANullMarkedPackage()).check(MAIN_CLASSES);
	}

	@Test
	void coreDependsOnNothingButTheJdkAndItsTwoApis() {
		classes().that()
			.resideInAPackage(CORE)
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage(CORE, "java..", "org.slf4j..", "org.jspecify..")
			.check(MAIN_CLASSES);
	}

	@Test
	void siblingsSeeOnlyTheCoreAndNothingPointsBack() {
		layeredArchitecture().consideringOnlyDependenciesInLayers()
			.ensureAllClassesAreContainedInArchitecture()
			.layer("core")
			.definedBy(CORE)
			.layer("lifecycle")
			.definedBy("io.supervisor.lifecycle..")
			.layer("health")
			.definedBy("io.supervisor.health..")
			.optionalLayer("metrics")
			.definedBy("io.supervisor.metrics..")
			.optionalLayer("endpoint")
			.definedBy("io.supervisor.endpoint..")
			.optionalLayer("cluster")
			.definedBy("io.supervisor.cluster..")
			.layer("autoconfigure")
			.definedBy("io.supervisor.autoconfigure..")
			.whereLayer("core")
			.mayNotAccessAnyLayer()
			.whereLayer("lifecycle")
			.mayOnlyAccessLayers("core")
			.whereLayer("health")
			.mayOnlyAccessLayers("core")
			.whereLayer("metrics")
			.mayOnlyAccessLayers("core")
			.whereLayer("endpoint")
			.mayOnlyAccessLayers("core")
			.whereLayer("cluster")
			.mayOnlyAccessLayers("core")
			.check(MAIN_CLASSES);
	}

	@Test
	void packagesAreFreeOfCycles() {
		slices().matching("io.(**)").should().beFreeOfCycles().check(MAIN_CLASSES);
	}

	@Test
	void micrometerIsKnownOnlyToMetrics() {
		noClasses().that()
			.resideOutsideOfPackages("io.supervisor.metrics..", "io.supervisor.autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.micrometer..", "org.springframework.boot.micrometer..")
			.check(MAIN_CLASSES);
	}

	@Test
	void actuatorIsKnownOnlyToHealthAndEndpoint() {
		noClasses().that()
			.resideOutsideOfPackages("io.supervisor.health..", "io.supervisor.endpoint..",
					"io.supervisor.autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework.boot.actuate..", "org.springframework.boot.health..")
			.check(MAIN_CLASSES);
	}

	@Test
	void autoConfigurationsArePublicAndFinal() {
		classes().that()
			.areAnnotatedWith("org.springframework.boot.autoconfigure.AutoConfiguration")
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.check(MAIN_CLASSES);
	}

	@Test
	void configurationClassesHaveNoPublicMethods() {
		methods().that()
			.areDeclaredInClassesThat()
			.areMetaAnnotatedWith("org.springframework.context.annotation.Configuration")
			.should()
			.notBePublic()
			.check(MAIN_CLASSES);
	}

	@Test
	void coreTakesTimeFromItsTimeSource() {
		noClasses().that()
			.resideInAPackage(CORE)
			.and(not(timeSource()))
			.should()
			.accessTargetWhere(readOfAClockOrSleep())
			.check(MAIN_CLASSES);
	}

	@Test
	void coreHasNoLocksAndNoTimerThreads() {
		noClasses().that()
			.resideInAPackage(CORE)
			.should()
			.dependOnClassesThat(
					resideInAPackage("java.util.concurrent.locks").and(not(assignableTo(LockSupport.class)))
						.or(assignableTo(Timer.class))
						.or(assignableTo(TimerTask.class))
						.or(assignableTo(ScheduledExecutorService.class)))
			.orShould()
			.accessTargetWhere(
					call(CompletableFuture.class, Set.of("delayedExecutor", "orTimeout", "completeOnTimeout")))
			.check(MAIN_CLASSES);
	}

	@Test
	void coreIsNotSynchronized() {
		classes().that().resideInAPackage(CORE).should(useNoMonitors()).check(MAIN_CLASSES);
	}

	@Test
	void coreHasNoVolatileFieldsButTheListed() {
		fields().that()
			.areDeclaredInClassesThat()
			.resideInAPackage(CORE)
			.and(not(listed()))
			.should()
			.notHaveModifier(JavaModifier.VOLATILE)
			.check(MAIN_CLASSES);
	}

	/**
	 * One that is missing would be initialized in the loop, and one whose initialization
	 * fails there, short of memory, is lost for good.
	 */
	@Test
	void coreClassesAreInitializedAhead() throws Exception {
		Field names = CoreClasses.class.getDeclaredField("NAMES");
		names.setAccessible(true);
		Set<String> initialized = MAIN_CLASSES.stream()
			.filter((type) -> type.getPackageName().equals(CORE) && type.getStaticInitializer().isPresent())
			.map((type) -> type.getName().substring(CORE.length() + 1))
			.filter((name) -> !name.equals("CoreClasses"))
			.collect(Collectors.toSet());
		assertThat((String[]) names.get(null)).containsAll(initialized);
	}

	@Test
	void listOfVolatileFieldsIsUpToDate() {
		Set<String> volatileFields = MAIN_CLASSES.stream()
			.flatMap((type) -> type.getFields().stream())
			.filter((field) -> field.getModifiers().contains(JavaModifier.VOLATILE))
			.map(ArchitectureTests::nameInList)
			.collect(Collectors.toSet());
		assertThat(volatileFields).containsAll(VOLATILE_FIELDS);
	}

	/**
	 * Not every console and log has an encoding that knows more.
	 */
	@Test
	void whatIsPrintedLoggedOrThrownIsAscii() {
		classes().should(haveAsciiStringsOnly()).check(MAIN_CLASSES);
	}

	private static DescribedPredicate<JavaClass> timeSource() {
		return DescribedPredicate.describe("the time source",
				(type) -> type.getName().equals(TIME_SOURCE) || type.getName().startsWith(TIME_SOURCE + "$"));
	}

	private static DescribedPredicate<JavaAccess<?>> readOfAClockOrSleep() {
		return call(System.class, Set.of("currentTimeMillis", "nanoTime")).or(call(Thread.class, Set.of("sleep")))
			.or(call(TimeUnit.class, Set.of("sleep")))
			.or(call(Clock.class,
					Set.of("system", "systemUTC", "systemDefaultZone", "tickMillis", "tickSeconds", "tickMinutes")))
			.or(call(InstantSource.class, Set.of("system")))
			.or(now())
			.as("a clock is read or a thread put to sleep");
	}

	private static DescribedPredicate<JavaAccess<?>> now() {
		return DescribedPredicate.describe("now() of java.time",
				(access) -> access.getTargetOwner().getPackageName().startsWith("java.time")
						&& access.getTarget().getName().equals("now"));
	}

	private static DescribedPredicate<JavaAccess<?>> call(Class<?> owner, Set<String> methods) {
		return DescribedPredicate.describe(owner.getSimpleName() + methods, (access) -> {
			AccessTarget target = access.getTarget();
			return target.getOwner().isAssignableTo(owner) && methods.contains(target.getName());
		});
	}

	private static DescribedPredicate<JavaField> listed() {
		return DescribedPredicate.describe("listed", (field) -> VOLATILE_FIELDS.contains(nameInList(field)));
	}

	private static String nameInList(JavaField field) {
		return field.getOwner().getSimpleName() + "." + field.getName();
	}

	private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
		return new ArchCondition<>("reside in a package whose package-info is @NullMarked") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				events.add(new SimpleConditionEvent(type, type.getPackage().isAnnotatedWith(NullMarked.class),
						type.getDescription() + " resides in " + type.getPackage().getDescription()));
			}

		};
	}

	private static ArchCondition<JavaClass> useNoMonitors() {
		return new ArchCondition<>("use no monitors") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				read(type).accept(new MonitorFinder(type, events), 0);
			}

		};
	}

	private static ArchCondition<JavaClass> haveAsciiStringsOnly() {
		return new ArchCondition<>("have strings of ASCII only") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				ClassReader reader = read(type);
				char[] buffer = new char[reader.getMaxStringLength()];
				for (int i = 1; i < reader.getItemCount(); i++) {
					if (isString(reader, i)) {
						String text = reader.readUTF8(reader.getItem(i), buffer);
						events.add(new SimpleConditionEvent(type, text.chars().allMatch((character) -> character < 128),
								type.getName() + " has the string \"" + text + "\""));
					}
				}
			}

		};
	}

	/**
	 * Whether an entry of the constant pool is a {@code CONSTANT_String}; long ones have
	 * a second entry, which is empty.
	 */
	private static boolean isString(ClassReader reader, int item) {
		return reader.getItem(item) != 0 && reader.readByte(reader.getItem(item) - 1) == 8;
	}

	private static ClassReader read(JavaClass type) {
		try (InputStream bytes = type.getSource().orElseThrow().getUri().toURL().openStream()) {
			return new ClassReader(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Finds {@code synchronized} methods and blocks; ArchUnit does not look into method
	 * bodies that far.
	 */
	private static final class MonitorFinder extends ClassVisitor {

		private final JavaClass type;

		private final ConditionEvents events;

		private MonitorFinder(JavaClass type, ConditionEvents events) {
			super(SpringAsmInfo.ASM_VERSION);
			this.type = type;
			this.events = events;
		}

		@Override
		public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
				String[] exceptions) {
			if ((access & Opcodes.ACC_SYNCHRONIZED) != 0) {
				found(name);
			}
			return new MethodVisitor(SpringAsmInfo.ASM_VERSION) {

				@Override
				public void visitInsn(int opcode) {
					if (opcode == Opcodes.MONITORENTER) {
						found(name);
					}
				}

			};
		}

		private void found(String method) {
			this.events
				.add(SimpleConditionEvent.violated(this.type, this.type.getName() + "." + method + " is synchronized"));
		}

	}

}
