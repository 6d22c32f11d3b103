package io.supervisor.demo;

import java.util.Arrays;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.mock.env.MockEnvironment;

/**
 * Binds properties as the application does.
 */
final class TestProperties {

	private TestProperties() {
	}

	static LinksProperties with(String... pairs) {
		MockEnvironment environment = new MockEnvironment();
		TestPropertyValues.of(Arrays.asList(pairs)).applyTo(environment);
		return Binder.get(environment).bindOrCreate("links", LinksProperties.class);
	}

}
