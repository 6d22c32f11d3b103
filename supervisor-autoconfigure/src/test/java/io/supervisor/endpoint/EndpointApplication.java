package io.supervisor.endpoint;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

import io.supervisor.ServiceGroup;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/**
 * A web application with the endpoint and a group that the test has built.
 */
final class EndpointApplication implements AutoCloseable {

	private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

	private final ConfigurableApplicationContext context;

	private final ServiceGroup group;

	private EndpointApplication(ConfigurableApplicationContext context, ServiceGroup group) {
		this.context = context;
		this.group = group;
	}

	/**
	 * Run the application.
	 * @param group its group, not started
	 * @param properties more properties
	 */
	static EndpointApplication run(ServiceGroup group, String... properties) {
		return run((context) -> {
		}, group, properties);
	}

	/**
	 * Run the application.
	 * @param more makes further beans
	 * @param group its group, not started
	 * @param properties more properties
	 */
	static EndpointApplication run(Consumer<GenericApplicationContext> more, ServiceGroup group, String... properties) {
		Map<String, String> all = new LinkedHashMap<>(
				Map.of("server.port", "0", "server.address", "127.0.0.1", "spring.main.banner-mode", "off",
						"management.endpoints.web.exposure.include", "*", "management.endpoint.supervisor.access",
						"unrestricted", "management.endpoint.supervisor.show-details", "always"));
		for (String property : properties) {
			all.put(property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
		}
		ApplicationContextInitializer<GenericApplicationContext> beans = (context) -> {
			context.registerBean("serviceGroup", ServiceGroup.class, () -> group);
			more.accept(context);
		};
		return new EndpointApplication(new SpringApplicationBuilder(Configuration.class).initializers(beans)
			.run(all.entrySet().stream().map((property) -> "--" + property).toArray(String[]::new)), group);
	}

	EndpointApplication started() throws InterruptedException {
		this.group.start();
		if (!this.group.awaitReady(Duration.ofSeconds(10))) {
			String services = this.group.services().toString();
			close();
			throw new AssertionError("not ready: " + services);
		}
		return this;
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	URI uri(String path) {
		return URI.create("http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port")
				+ this.context.getEnvironment().getProperty("management.endpoints.web.base-path", "/actuator") + path);
	}

	HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
		if (headers.length > 0) {
			request.headers(headers);
		}
		return this.client.send(request.build(), BodyHandlers.ofString());
	}

	HttpResponse<String> post(String path, String action) throws IOException, InterruptedException {
		return postJson(path, "{\"action\":\"" + action + "\"}");
	}

	HttpResponse<String> postJson(String path, String json) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(uri(path))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(json))
			.build();
		return this.client.send(request, BodyHandlers.ofString());
	}

	@Override
	public void close() {
		this.context.close();
		this.group.stop();
		try {
			if (this.group.snapshot().state().isLive() && !this.group.awaitTermination(Duration.ofSeconds(20))) {
				throw new AssertionError("not ended: " + this.group.services());
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = "io.supervisor.autoconfigure.SupervisorAutoConfiguration")
	static class Configuration {

	}

}
