package io.supervisor.autoconfigure;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which beans become services of the group, under which names, and in which order.
 */
class ServiceCollectionTests {

	private final ApplicationContextRunner contextRunner = Services.quietContextRunner();

	@Test
	void groupWhenThereAreServiceBeansHasThemUnderTheirNames() {
		this.contextRunner.withUserConfiguration(TwoServices.class).run((context) -> {
			assertThat(names(context)).containsExactly("priceFeed", "my.tailer");
			assertThat(Services.service(context, "priceFeed").definition().service())
				.isSameAs(context.getBean("priceFeed"));
		});
	}

	@Test
	void groupWhenThereIsNoServiceBeanIsEmpty() {
		this.contextRunner.run((context) -> assertThat(names(context)).isEmpty());
	}

	@Test
	void groupHasEachServiceOnceHoweverItWasMade() {
		this.contextRunner
			.withInitializer((context) -> context.getBeanFactory().registerScope("thread", new SimpleThreadScope()))
			.withUserConfiguration(UnusualServices.class)
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("lazy", "prototype", "scoped",
					"fromFactory", "advised", "named", "sameUnderOtherName"));
	}

	/**
	 * A lambda that captures nothing is one object however often it is evaluated.
	 */
	@Test
	void beansThatAreOneObjectAreAServiceEach() {
		this.contextRunner.withUserConfiguration(SameLambda.class).run((context) -> {
			assertThat(context.getBean("left")).isSameAs(context.getBean("right"));
			assertThat(names(context)).containsExactly("left", "right");
			assertThat(Services.service(context, "right").dependencies()).containsExactly("left");
		});
	}

	@Test
	void beanThatIsOneObjectWithAMemberOfAnotherGroupIsAService() {
		this.contextRunner.withUserConfiguration(SameLambda.class)
			.withBean("ingest", ServiceGroup.class,
					() -> ServiceGroup.builder("ingest").service("reader", SameLambda.lambda()).build())
			.withBean("digest", ServiceGroup.class,
					() -> ServiceGroup.builder("digest").service("reader", SameLambda.lambda()).build())
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("left", "right", "ingest",
					"digest"));
	}

	@Test
	void beanThatIsOneObjectWithAnotherIsAMemberOfTheGroupThatItIsInjectedInto() {
		this.contextRunner.withUserConfiguration(SameLambda.class, GroupOfRight.class)
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("left", "ofRight"));
	}

	@Test
	void beanThatIsOneObjectWithAnotherIsCoveredByTheDefinitionThatItIsInjectedInto() {
		this.contextRunner.withUserConfiguration(SameLambda.class, DefinitionOfRight.class)
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("left", "ofRight"));
	}

	@Test
	void definitionWithTheObjectOfAMemberOfAnotherGroupIsAService() {
		this.contextRunner
			.withBean("definition", ServiceDefinition.class, () -> ServiceDefinition.of("left", SameLambda.lambda()))
			.withBean("ingest", ServiceGroup.class,
					() -> ServiceGroup.builder("ingest").service("reader", SameLambda.lambda()).build())
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("left", "ingest"));
	}

	@Test
	void groupWhenACollectionOfDefinitionsIsABeanHasItsElements() {
		this.contextRunner.withUserConfiguration(Tenants.class)
			.withPropertyValues("supervisor.services.tenant-2.critical=false",
					"supervisor.services.tenant-3.enabled=false")
			.run((context) -> {
				assertThat(names(context)).containsExactlyInAnyOrder("database", "tenant-1", "tenant-2", "late-1",
						"registered-1");
				assertThat(Services.service(context, "tenant-1").dependencies()).containsExactly("database");
				assertThat(Services.policy(context, "tenant-1").critical()).isTrue();
				assertThat(Services.policy(context, "tenant-2").critical()).isFalse();
			});
	}

	@Test
	void groupInADefinitionIsThereOnce() {
		this.contextRunner.withUserConfiguration(Tree.class, DefinitionOfTree.class)
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("single", "ofTree"));
	}

	/**
	 * Asks for what depends on the group, while it is being created itself.
	 */
	@Test
	void serviceMayAskForEverythingWithALifecycle() {
		this.contextRunner.withUserConfiguration(AsksForLifecycles.class)
			.run((context) -> assertThat(names(context)).containsExactly("asking"));
	}

	@Test
	void groupHasServicesThatWereRegisteredWhileBeansWereCreated() {
		this.contextRunner.withUserConfiguration(Registers.class)
			.run((context) -> assertThat(names(context)).containsExactly("registered"));
	}

	@Test
	void groupWhenParentHasServicesLeavesThemToTheParent() {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext(TwoServices.class)) {
			this.contextRunner.withParent(parent)
				.withBean("own", Service.class, Services::steady)
				.run((context) -> assertThat(names(context)).containsExactly("own"));
		}
	}

	@Test
	void groupWhenThereAreDefinitionBeansHasTheirServicesOnce() {
		this.contextRunner.withUserConfiguration(Definitions.class)
			.withPropertyValues("supervisor.services.left.restart.max-restarts=7",
					"supervisor.defaults.restart.policy=always")
			.run((context) -> {
				assertThat(names(context)).containsExactly("left", "right");
				RestartPolicy left = Services.policy(context, "left").restart();
				assertThat(left.mode()).isEqualTo(RestartPolicy.Mode.ON_FAILURE);
				assertThat(left.maxRestarts()).isEqualTo(7);
				assertThat(Services.policy(context, "right").restart().mode()).isEqualTo(RestartPolicy.Mode.ALWAYS);
			});
	}

	@Test
	void groupWhenThereAreOtherGroupsHasThemAsServices() {
		this.contextRunner.withUserConfiguration(Tree.class).run((context) -> {
			assertThat(names(context)).containsExactly("single", "ingest");
			ServiceSnapshot ingest = Services.service(context, "ingest");
			assertThat(ingest.services()).extracting(ServiceSnapshot::name).containsExactly("reader", "inner");
			assertThat(ingest.dependencies()).containsExactly("single");
		});
	}

	@Test
	void groupIsPrimaryAmongOtherGroups() {
		this.contextRunner.withUserConfiguration(Tree.class)
			.run((context) -> assertThat(context.getBean(ServiceGroup.class)).isSameAs(Services.group(context)));
	}

	@Test
	void serviceWhenInTwoGroupsFailsTheStartAndNamesAllThree() {
		this.contextRunner.withUserConfiguration(InTwoGroups.class)
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'shared'")
				.hasMessageContaining("'one' and 'two'"));
	}

	@Test
	void groupThatIsAPartOfItselfFailsTheStart() {
		this.contextRunner.withUserConfiguration(PartOfItself.class)
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'ingest' has 'supervisor'"));
	}

	@Test
	void serviceMayAskForTheGroup() {
		this.contextRunner.withUserConfiguration(AsksForTheGroup.class)
			.run((context) -> assertThat(names(context)).containsExactly("asking"));
	}

	@Test
	void groupWhenAllBeansAreLazyHasItsServices() {
		this.contextRunner.withUserConfiguration(TwoServices.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(names(context)).containsExactly("priceFeed", "my.tailer"));
	}

	@Test
	void orderFollowsDependsOnAndDirectInjection() {
		this.contextRunner.withUserConfiguration(Ordered.class).run((context) -> {
			assertThat(Services.service(context, "byInjection").dependencies()).containsExactly("first");
			assertThat(Services.service(context, "byAnnotation").dependencies()).containsExactly("first");
			assertThat(Services.service(context, "byCollection").dependencies()).containsExactlyInAnyOrder("first",
					"byInjection");
		});
	}

	@Test
	void orderDoesNotFollowWhatIsNotDirect() {
		this.contextRunner.withUserConfiguration(Ordered.class).run((context) -> {
			assertThat(Services.service(context, "byLazy").dependencies()).isEmpty();
			assertThat(Services.service(context, "byProvider").dependencies()).isEmpty();
			assertThat(Services.service(context, "byOtherBean").dependencies()).isEmpty();
		});
	}

	@Test
	void circleFailsTheStartAndNamesThePath() {
		this.contextRunner
			.withBean("left", ServiceDefinition.class,
					() -> ServiceDefinition.builder("left", Services.steady()).dependsOn("right").build())
			.withBean("right", ServiceDefinition.class,
					() -> ServiceDefinition.builder("right", Services.steady()).dependsOn("left").build())
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'left' -> 'right' -> 'left'"));
	}

	@Test
	void unknownDependencyFailsTheStart() {
		this.contextRunner
			.withBean("left", ServiceDefinition.class,
					() -> ServiceDefinition.builder("left", Services.steady()).dependsOn("rihgt").build())
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'left' depends on 'rihgt'"));
	}

	@Test
	void namesThatDifferOnlyInCaseOrPunctuationFailTheStart() {
		this.contextRunner.withBean("priceFeed", Service.class, Services::steady)
			.withBean("price-feed", Service.class, Services::steady)
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'priceFeed' and 'price-feed'"));
	}

	@Test
	void nameThatNoServiceCanHaveFailsTheStart() {
		this.contextRunner.withBean("a/b", Service.class, Services::steady)
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'a/b'"));
	}

	@Test
	void beanWithTheNameOfTheGroupFailsTheStart() {
		this.contextRunner.withBean("serviceGroup", String.class, () -> "mine")
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'serviceGroup'"));
	}

	@Test
	void beanWithTheNameAndTypeOfTheGroupFailsTheStart() {
		this.contextRunner.withUserConfiguration(OwnGroup.class)
			.withAllowBeanDefinitionOverriding(true)
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("cannot be replaced")
				.hasMessageContaining("OwnGroup"));
	}

	@Test
	void customizerShapesTheGroup() {
		this.contextRunner
			.withBean(ServiceGroupBuilderCustomizer.class,
					() -> (builder) -> builder.service("added", Services.steady()))
			.withBean("own", Service.class, Services::steady)
			.run((context) -> assertThat(names(context)).containsExactly("added", "own"));
	}

	@Test
	void serviceWhenAddedByCustomizerIsNotAddedAgain() {
		Service service = Services.steady();
		this.contextRunner
			.withBean(ServiceGroupBuilderCustomizer.class,
					() -> (builder) -> builder.service(ServiceDefinition.builder("own", service)
						.policy(ServicePolicy.builder().critical(false).build())
						.build()))
			.withBean("own", Service.class, () -> service)
			.run((context) -> assertThat(Services.policy(context, "own").critical()).isFalse());
	}

	@Test
	void serviceWhenAddedByCustomizerIsShapedByProperties() {
		this.contextRunner
			.withBean(ServiceGroupBuilderCustomizer.class,
					() -> (builder) -> builder.service("tenant-1", Services.steady())
						.service("tenant-2", Services.steady())
						.service("tenant-3", Services.steady()))
			.withPropertyValues("supervisor.services.tenant-1.critical=false",
					"supervisor.defaults.restart.policy=always", "supervisor.services.tenant2.enabled=false",
					"supervisor.services.tenant-3.restart.policy=on-failure")
			.run((context) -> {
				assertThat(names(context)).containsExactly("tenant-1", "tenant-3");
				assertThat(Services.policy(context, "tenant-1").critical()).isFalse();
				assertThat(Services.policy(context, "tenant-1").restart().mode()).isEqualTo(RestartPolicy.Mode.ALWAYS);
				assertThat(Services.policy(context, "tenant-3").restart().mode())
					.isEqualTo(RestartPolicy.Mode.ON_FAILURE);
			});
	}

	@Test
	void groupWhenAddedByCustomizerIsThereOnceAndStandsForItsServices() {
		this.contextRunner.withUserConfiguration(Tree.class, CustomizedTree.class).run((context) -> {
			assertThat(names(context)).containsExactlyInAnyOrder("single", "tree", "after");
			assertThat(Services.service(context, "after").dependencies()).containsExactly("tree");
		});
	}

	@Test
	void serviceWhenDisabledIsNotInTheGroup() {
		this.contextRunner.withUserConfiguration(TwoServices.class)
			.withPropertyValues("supervisor.services.pricefeed.enabled=false")
			.run((context) -> assertThat(names(context)).containsExactly("my.tailer"));
	}

	@Test
	void criticalServiceThatDependsOnDisabledOneFailsTheStart() {
		this.contextRunner.withUserConfiguration(Ordered.class)
			.withPropertyValues("supervisor.services.first.enabled=false",
					"supervisor.services.byCollection.enabled=false", "supervisor.services.byAnnotation.critical=false")
			.run((context) -> assertThat(invalid(context)).hasMessageContaining("'byInjection' depends on 'first'")
				.hasMessageContaining("'supervisor.services.first.enabled'"));
	}

	@Test
	void serviceThatIsNotCriticalAndDependsOnDisabledOneIsLeftOut() {
		this.contextRunner.withUserConfiguration(Ordered.class)
			.withPropertyValues("supervisor.services.first.enabled=false", "supervisor.defaults.critical=false")
			.run((context) -> assertThat(names(context)).containsExactlyInAnyOrder("byLazy", "byProvider",
					"byOtherBean"));
	}

	@Test
	void groupWhenAutoStartupIsOffDoesNotStart() {
		this.contextRunner.withUserConfiguration(TwoServices.class)
			.run((context) -> assertThat(Services.group(context).services()).extracting(ServiceSnapshot::state)
				.containsOnly(ServiceState.NEW));
	}

	private static List<String> names(AssertableApplicationContext context) {
		return Services.group(context).services().stream().map(ServiceSnapshot::name).toList();
	}

	private static @Nullable Throwable invalid(AssertableApplicationContext context) {
		Throwable failure = context.getStartupFailure();
		while (failure != null && !(failure instanceof InvalidSupervisorConfigurationException)) {
			failure = failure.getCause();
		}
		return failure;
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoServices {

		@Bean
		Service priceFeed() {
			return Services.steady();
		}

		@Bean("my.tailer")
		Services.Steady tailer() {
			return new Services.Steady();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SameLambda {

		static Service lambda() {
			return ServiceContext::awaitCancellation;
		}

		@Bean
		Service left() {
			return lambda();
		}

		@Bean
		@DependsOn("left")
		Service right() {
			return lambda();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class GroupOfRight {

		@Bean
		ServiceGroup ofRight(Service right) {
			return ServiceGroup.builder("ofRight").service("member", right).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DefinitionOfRight {

		@Bean
		ServiceDefinition definition(Service right) {
			return ServiceDefinition.of("ofRight", right);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Tenants {

		Tenants(ConfigurableListableBeanFactory beanFactory) {
			beanFactory.registerSingleton("registered",
					Set.of(ServiceDefinition.of("registered-1", Services.steady())));
			beanFactory.registerSingleton("names", List.of("a", "b"));
		}

		@Bean
		Service database() {
			return Services.steady();
		}

		@Bean
		List<ServiceDefinition> tenants(Service database) {
			return Stream.of("tenant-1", "tenant-2", "tenant-3")
				.map((name) -> ServiceDefinition.of(name, Services.steady()))
				.toList();
		}

		@Bean
		@Lazy
		Collection<ServiceDefinition> late() {
			return List.of(ServiceDefinition.of("late-1", Services.steady()));
		}

		@Bean
		List<ServiceDefinition> none() {
			return List.of();
		}

		@Bean
		@Lazy
		List<String> notOurs() {
			throw new IllegalStateException("nobody needs it");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DefinitionOfTree {

		@Bean
		ServiceDefinition definition(@Qualifier("ingest") ServiceGroup ingest) {
			return ServiceDefinition.builder("ofTree", ingest).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class CustomizedTree {

		@Bean
		ServiceGroupBuilderCustomizer customizer(@Qualifier("ingest") ServiceGroup ingest) {
			return (builder) -> builder.service("tree", ingest);
		}

		@Bean
		Service after(@Qualifier("ingest") ServiceGroup ingest) {
			return Services.steady();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AsksForLifecycles {

		@Bean
		Service asking(List<SmartLifecycle> lifecycles) {
			return Services.steady();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Registers {

		@Bean
		SmartInitializingSingleton registration(ConfigurableListableBeanFactory beanFactory) {
			return () -> beanFactory.registerSingleton("registered", Services.steady());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UnusualServices {

		@Bean
		@Lazy
		Service lazy() {
			return Services.steady();
		}

		@Bean
		@Scope("prototype")
		Service prototype() {
			return Services.steady();
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.INTERFACES)
		Service scoped() {
			return Services.steady();
		}

		@Bean
		FactoryBean<Service> fromFactory() {
			return new FactoryBean<>() {

				private final Service service = Services.steady();

				@Override
				public Service getObject() {
					return this.service;
				}

				@Override
				public Class<?> getObjectType() {
					return Service.class;
				}

			};
		}

		@Bean
		Service advised() {
			return (Service) new ProxyFactory(Services.steady()).getProxy();
		}

		@Bean
		Service named() {
			return Services.steady();
		}

		@Bean
		Service sameUnderOtherName(Service named) {
			return named;
		}

		@Bean(autowireCandidate = false)
		Service notForOthers() {
			return Services.steady();
		}

		@Bean
		@Nullable Service absent() {
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Definitions {

		@Bean
		Service crawler() {
			return Services.steady();
		}

		@Bean
		ServiceDefinition leftDefinition(Service crawler) {
			return ServiceDefinition.builder("left", crawler)
				.policy(ServicePolicy.builder().restart(RestartPolicy.onFailure()).build())
				.build();
		}

		@Bean
		ServiceDefinition rightDefinition() {
			return ServiceDefinition.of("right", Services.steady());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Tree {

		@Bean
		Service single() {
			return Services.steady();
		}

		@Bean
		Service reader(Service single) {
			return Services.steady();
		}

		@Bean
		ServiceGroup inner() {
			return ServiceGroup.builder("inner").service("writer", Services.steady()).build();
		}

		@Bean
		ServiceGroup ingest(Service reader, @Qualifier("inner") ServiceGroup inner) {
			return ServiceGroup.builder("ingest").service("reader", reader).service("inner", inner).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InTwoGroups {

		@Bean
		Service shared() {
			return Services.steady();
		}

		@Bean
		ServiceGroup one(Service shared) {
			return ServiceGroup.builder("one").service("shared", shared).build();
		}

		@Bean
		ServiceGroup two(Service shared) {
			return ServiceGroup.builder("two").service("shared", shared).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PartOfItself {

		@Bean
		ServiceGroup inner() {
			return ServiceGroup.builder("inner").build();
		}

		@Bean
		ServiceGroup ingest(ServiceGroup inner) {
			return ServiceGroup.builder("ingest").service("inner", inner).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AsksForTheGroup {

		@Bean
		Service asking(ServiceGroup group) {
			return Services.steady();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnGroup {

		@Bean
		ServiceGroup serviceGroup() {
			return ServiceGroup.builder("own").build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Ordered {

		@Bean
		Service first() {
			return Services.steady();
		}

		@Bean
		Service byInjection(Service first) {
			return Services.steady();
		}

		@Bean
		@DependsOn("first")
		Service byAnnotation() {
			return Services.steady();
		}

		@Bean
		Service byCollection(Service first, Service byInjection) {
			return Services.steady();
		}

		@Bean
		Service byLazy(@Lazy Service first) {
			return Services.steady();
		}

		@Bean
		Service byProvider(ObjectProvider<Services.Steady> first) {
			first.stream().toList();
			return Services.steady();
		}

		@Bean
		Between between(Service first) {
			return new Between();
		}

		@Bean
		Service byOtherBean(Between between) {
			return Services.steady();
		}

	}

	static class Between {

	}

}
