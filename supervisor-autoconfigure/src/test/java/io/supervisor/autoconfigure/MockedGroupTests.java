package io.supervisor.autoconfigure;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What tests of an application mock.
 */
@ExtendWith(OutputCaptureExtension.class)
class MockedGroupTests {

	@ParameterizedTest
	@ValueSource(classes = { MockedByType.class, MockedByName.class })
	void groupThatIsMockedIsAnErrorThatSaysWhatToMock(Class<?> test, CapturedOutput output) {
		TestContextManager manager = new TestContextManager(test);
		assertThatException()
			.isThrownBy(() -> manager.prepareTestInstance(test.getDeclaredConstructor().newInstance()));
		String log = output.getAll();
		assertThat(log.substring(log.lastIndexOf("Description:"))).contains("'serviceGroup'", "mock",
				"'supervisor.auto-startup=false'");
	}

	@Test
	void groupThatIsSpiedOnWorks() throws Exception {
		assertThat(services(Spied.class)).containsExactly("mailer");
	}

	@Test
	void serviceThatIsMockedIsInTheGroup() throws Exception {
		assertThat(services(MockedService.class)).containsExactly("mailer");
	}

	private static Iterable<String> services(Class<?> test) throws Exception {
		TestContextManager manager = new TestContextManager(test);
		manager.prepareTestInstance(test.getDeclaredConstructor().newInstance());
		ApplicationContext context = manager.getTestContext().getApplicationContext();
		try {
			return Services.group(context).services().stream().map((service) -> service.name()).toList();
		}
		finally {
			manager.getTestContext().markApplicationContextDirty(DirtiesContext.HierarchyMode.EXHAUSTIVE);
		}
	}

	@SpringBootTest(classes = Application.class)
	static class MockedByType {

		@MockitoBean
		ServiceGroup group;

	}

	@SpringBootTest(classes = Application.class)
	static class MockedByName {

		@MockitoBean(name = "serviceGroup")
		ServiceGroup group;

	}

	@SpringBootTest(classes = Application.class, properties = "supervisor.auto-startup=false")
	static class Spied {

		@MockitoSpyBean
		ServiceGroup group;

	}

	@SpringBootTest(classes = Application.class)
	static class MockedService {

		@MockitoBean
		Service mailer;

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SupervisorAutoConfiguration.class, TaskExecutionAutoConfiguration.class })
	static class Application {

		@Bean
		Service mailer() {
			return Services.steady();
		}

	}

}
