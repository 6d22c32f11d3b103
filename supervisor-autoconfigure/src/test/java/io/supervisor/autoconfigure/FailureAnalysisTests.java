package io.supervisor.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What somebody reads who has made a mistake: each one is said in words, with the subject
 * and the cure, and without a stack trace.
 */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTests {

	@ParameterizedTest
	@MethodSource("mistakes")
	void mistakeIsSaidInWordsWithItsCure(Mistake mistake, CapturedOutput output) {
		assertThatException().isThrownBy(mistake::run);
		String log = output.getAll();
		assertThat(log).contains("APPLICATION FAILED TO START");
		int description = log.indexOf("Description:");
		int action = log.indexOf("Action:");
		assertThat(log.substring(description, action)).contains(mistake.description);
		// what listeners log may come after it
		String analysis = log.substring(description).split("\n\\d{4}-\\d\\d-\\d\\dT", 2)[0];
		assertThat(log.substring(action)).contains(mistake.action);
		assertThat(analysis).doesNotContain("\tat ");
	}

	static Stream<Mistake> mistakes() {
		return Stream.of(new Mistake("names that differ in punctuation only").beans((beans) -> {
			beans.registerBean("priceFeed", Service.class, Services::steady);
			beans.registerBean("price-feed", Service.class, Services::steady);
		}).saying("'priceFeed' and 'price-feed'").action("names of the services"),
				new Mistake("name with a slash").service("a/b", Services.steady())
					.saying("'a/b'")
					.action("named as its bean"),
				new Mistake("definition with the name of a bean").service("mailer", Services.steady())
					.definition("other", ServiceDefinition.of("mailer", Services.steady()))
					.saying("Two services have the name 'mailer'")
					.action("another name"),
				new Mistake("circle")
					.definition("left", ServiceDefinition.builder("left", Services.steady()).dependsOn("right").build())
					.definition("right",
							ServiceDefinition.builder("right", Services.steady()).dependsOn("left").build())
					.saying("'left' -> 'right' -> 'left'")
					.action("what they depend on"),
				new Mistake("unknown dependency")
					.definition("left", ServiceDefinition.builder("left", Services.steady()).dependsOn("rihgt").build())
					.saying("'left' depends on 'rihgt'")
					.action("@DependsOn"),
				new Mistake("disabled dependency").service("first", Services.steady())
					.definition("left", ServiceDefinition.builder("left", Services.steady()).dependsOn("first").build())
					.property("supervisor.services.first.enabled=false")
					.saying("'left' depends on 'first'", "'supervisor.services.first.enabled'")
					.action("Enable 'first'", "'supervisor.services.left.critical=false'"),
				new Mistake("bean with the name of the group")
					.beans((beans) -> beans.registerBean("serviceGroup", String.class, () -> "mine"))
					.saying("'serviceGroup'")
					.action("Rename the bean"),
				new Mistake("service in two groups").beans((beans) -> {
					Service shared = Services.steady();
					beans.registerBean("one", ServiceGroup.class,
							() -> ServiceGroup.builder("one").service("shared", shared).build());
					beans.registerBean("two", ServiceGroup.class,
							() -> ServiceGroup.builder("two").service("shared", shared).build());
				}).saying("'shared'", "'one' and 'two'").action("Remove it from one"),
				new Mistake("asynchronous service").beans((beans) -> beans.registerBean("mailer", Asynchronous.class))
					.saying("'mailer'", "@Async")
					.action("Remove @Async"),
				new Mistake("asynchronous service in a definition")
					.definition("definition", ServiceDefinition.of("mailer", new WhollyAsynchronous()))
					.saying("'mailer'", "@Async")
					.action("Remove @Async"),
				new Mistake("circle in a group")
					.beans((beans) -> beans.registerBean("inner", ServiceGroup.class,
							() -> ServiceGroup.builder("inner")
								.service(ServiceDefinition.builder("left", Services.steady()).dependsOn("left").build())
								.build()))
					.saying("'inner' could not be created: 'left' depends on itself")
					.action("Correct what the bean 'inner'"),
				new Mistake("definition without a name")
					.beans((beans) -> beans.registerBean("blank", ServiceDefinition.class,
							() -> ServiceDefinition.of(" ", Services.steady())))
					.saying("'blank' could not be created", "name")
					.action("Correct what the bean 'blank'"),
				new Mistake("negative time").service("mailer", Services.steady())
					.property("supervisor.services.mailer.grace-period=-1s")
					.saying("'-1s' of 'supervisor.services.mailer.grace-period'")
					.action("such as 10s"),
				new Mistake("no time").service("mailer", Services.steady())
					.property("supervisor.services.mailer.grace-period=soon")
					.saying("supervisor.services.mailer.grace-period", "soon")
					.action("Update your application's configuration"),
				new Mistake("unknown choice").property("supervisor.on-group-failure=explode")
					.saying("supervisor.on-group-failure", "explode")
					.action("AUTO", "EXIT", "REPORT"),
				new Mistake("class that is not there")
					.property("supervisor.defaults.restart.exclude=com.example.Missing")
					.saying("supervisor.defaults.restart.exclude", "com.example.Missing")
					.action("configuration"),
				new Mistake("negative number of meters").property("supervisor.metrics.max-services=-1")
					.saying("The value '-1' of 'supervisor.metrics.max-services'")
					.action("Set it to 0"),
				new Mistake("negative history").property("management.endpoint.supervisor.history-size=-1")
					.property("management.endpoints.web.exposure.include=supervisor")
					.saying("The value '-1' of 'management.endpoint.supervisor.history-size'")
					.action("Set it to 0"),
				new Mistake("singleton without leases").service("mailer", Services.steady())
					.property("supervisor.services.mailer.cluster=singleton")
					.property(
							"spring.autoconfigure.exclude=org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
					.saying("'mailer' is to be shared")
					.action("DataSource", "'supervisor.services.mailer.cluster'"),
				new Mistake("lease shorter than the end of a run").service("mailer", Services.steady())
					.property("supervisor.services.mailer.cluster=singleton")
					.property("supervisor.cluster.time-to-live=3s")
					.saying("'mailer'")
					.action("supervisor.cluster.time-to-live"),
				new Mistake("unknown engine").property("supervisor.cluster.engine=zookeeper")
					.saying("supervisor.cluster.engine")
					.action("JDBC", "SHEDLOCK"),
				new Mistake("lease table that is none").service("mailer", Services.steady())
					.property("supervisor.services.mailer.cluster=singleton")
					.property("supervisor.cluster.jdbc.table-name=a;b")
					.saying("a;b")
					.action("'supervisor.cluster.jdbc.table-name'"),
				new Mistake("database that is not there").service("mailer", Services.steady())
					.property("supervisor.services.mailer.cluster=singleton")
					.property("supervisor.cluster.jdbc.initialize-schema=always")
					.property("spring.datasource.url=jdbc:h2:tcp://127.0.0.1:1/none")
					.property("spring.datasource.hikari.connection-timeout=250")
					.saying("'supervisor_lease'", "Connection refused")
					.action("'spring.datasource'", "'supervisor.cluster.jdbc.initialize-schema=never'"),
				new Mistake("poll interval below zero").service("mailer", Services.steady())
					.property("supervisor.services.mailer.cluster=singleton")
					.property("supervisor.cluster.poll-interval=-1s")
					.saying("poll interval")
					.action("'supervisor.cluster'"),
				new Mistake("group of health with an unknown service").service("mailer", Services.steady())
					.property("management.endpoint.health.group.readiness.include=services/mialer")
					.property("management.endpoints.web.exposure.include=health")
					.saying("services/mialer")
					.action("management.endpoint.health.validate-group-membership"),
				new Mistake("service that is never ready")
					.service("mailer", Service.announcing((context) -> context.awaitCancellation()))
					.property("supervisor.start-timeout=1s")
					.saying("mailer: ", "ot ready within 1 s")
					.action("Call ready() earlier", "'supervisor.services.<name>.start-timeout'"),
				new Mistake("service that takes longer to be ready than the application waits")
					.service("mailer", Service.announcing((context) -> context.awaitCancellation()))
					.property("supervisor.ready-timeout=1s")
					.saying("not ready within", "'mailer' is STARTING")
					.action("Call ready() earlier", "'supervisor.ready-timeout'"),
				new Mistake("service that fails at the start").service("mailer", Service.announcing((context) -> {
					throw new IllegalStateException("no mail server");
				})).saying("mailer: java.lang.IllegalStateException: no mail server").action("Correct"),
				new Mistake("executor that runs the task itself").beans((beans) -> {
					beans.registerBean("supervisorTaskExecutor", Executor.class, SyncTaskExecutor::new);
					beans.registerBean("mailer", Service.class,
							() -> Service.announcing((context) -> context.awaitCancellation()));
				}).saying("mailer", "xecutor").action("Correct"),
				new Mistake("executor with too few threads").beans((beans) -> {
					SimpleAsyncTaskExecutor small = new SimpleAsyncTaskExecutor();
					small.setConcurrencyLimit(1);
					small.setRejectTasksWhenLimitReached(true);
					beans.registerBean("supervisorTaskExecutor", Executor.class, () -> small);
					beans.registerBean("one", Service.class,
							() -> Service.announcing((context) -> context.awaitCancellation()));
					beans.registerBean("two", Service.class,
							() -> Service.announcing((context) -> context.awaitCancellation()));
				}).saying("xecutor").action("Correct"),
				new Mistake("executor that is none").service("mailer", Services.steady())
					.beans((beans) -> beans.registerBean("supervisorTaskExecutor", String.class, () -> "pool"))
					.saying("'supervisorTaskExecutor' is no java.util.concurrent.Executor")
					.action("Rename the bean"));
	}

	/**
	 * An application with something wrong.
	 */
	private static final class Mistake {

		private final String name;

		private final List<Consumer<GenericApplicationContext>> beans = new ArrayList<>();

		private final List<String> properties = new ArrayList<>();

		private String[] description = {};

		private String[] action = {};

		Mistake(String name) {
			this.name = name;
		}

		Mistake beans(Consumer<GenericApplicationContext> beans) {
			this.beans.add(beans);
			return this;
		}

		Mistake service(String name, Service service) {
			return beans((context) -> context.registerBean(name, Service.class, () -> service));
		}

		Mistake definition(String name, ServiceDefinition definition) {
			return beans((context) -> context.registerBean(name, ServiceDefinition.class, () -> definition));
		}

		Mistake property(String property) {
			this.properties.add("--" + property);
			return this;
		}

		Mistake saying(String... description) {
			this.description = description;
			return this;
		}

		Mistake action(String... action) {
			this.action = action;
			return this;
		}

		void run() {
			ApplicationContextInitializer<GenericApplicationContext> initializer = (context) -> this.beans
				.forEach((more) -> more.accept(context));
			new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
				.initializers(initializer)
				.run(this.properties.toArray(String[]::new))
				.close();
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

	static class Asynchronous implements Service {

		@Override
		@Async
		public void run(ServiceContext context) {
		}

	}

	@Async
	static class WhollyAsynchronous implements Service {

		@Override
		public void run(ServiceContext context) {
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
