package io.supervisor.endpoint;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import com.jayway.jsonpath.JsonPath;
import io.supervisor.GroupState;
import io.supervisor.RestartPolicy;
import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceDefinition;
import io.supervisor.ServiceGroup;
import io.supervisor.ServicePolicy;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The endpoint over HTTP, in a real web server.
 */
class SupervisorEndpointWebTests {

	private static final Service STEADY = ServiceContext::awaitCancellation;

	@Test
	void showsTheGroupAndItsServices() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("crawler", STEADY).build();
		ServiceGroup group = ServiceGroup.builder("test")
			.service("feed", STEADY)
			.service(ServiceDefinition.builder("index", STEADY)
				.dependsOn("feed")
				.policy(ServicePolicy.builder().critical(false).heartbeatTimeout(Duration.ofMinutes(5)).build())
				.build())
			.service("links", inner)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			String json = application.get("/supervisor").body();
			assertThat(JsonPath.<String>read(json, "$.name")).isEqualTo("test");
			assertThat(JsonPath.<String>read(json, "$.state")).isEqualTo("RUNNING");
			assertThat(JsonPath.<Integer>read(json, "$.counts.RUNNING")).isEqualTo(3);
			assertThat(JsonPath.<List<String>>read(json, "$.services[*].name")).containsExactlyInAnyOrder("feed",
					"index", "links");
			Map<String, Object> index = JsonPath.<List<Map<String, Object>>>read(json, "$.services[?(@.name=='index')]")
				.get(0);
			assertThat(index).containsEntry("state", "RUNNING")
				.containsEntry("ready", true)
				.containsEntry("critical", false)
				.containsEntry("attempt", 1)
				.containsEntry("restarts", 0)
				.containsEntry("dependencies", List.of("feed"))
				.containsEntry("heartbeatTimeout", "PT5M")
				.containsEntry("thread", "supervisor-index")
				.containsKey("since")
				.doesNotContainKeys("lastFailure", "nextAttempt", "stack");
			assertThat(JsonPath.<List<String>>read(json, "$.services[*].services[*].path"))
				.containsExactly("links/crawler");
			await().untilAsserted(() -> assertThat(JsonPath.<List<String>>read(application.get("/supervisor").body(),
					"$.transitions[?(@.service=='feed')].to"))
				.containsExactly("WAITING", "STARTING", "RUNNING"));
			await().untilAsserted(() -> assertThat(JsonPath.<List<String>>read(application.get("/supervisor").body(),
					"$.transitions[?(@.service=='links/crawler')].to"))
				.contains("RUNNING"));
		}
	}

	@Test
	void showsWhenAServiceGaveItsLatestHeartbeat() throws Exception {
		Service beating = (context) -> {
			while (!context.awaitCancellation(Duration.ofMillis(10))) {
				context.heartbeat();
			}
		};
		ServiceGroup group = ServiceGroup.builder("test")
			.service(ServiceDefinition.builder("feed", beating)
				.policy(ServicePolicy.builder().heartbeatTimeout(Duration.ofSeconds(2)).build())
				.build())
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			await().untilAsserted(() -> {
				Map<String, Object> feed = JsonPath.read(application.get("/supervisor/feed").body(), "$");
				assertThat(feed.get("lastHeartbeat")).isNotNull();
				assertThat(Instant.parse(String.valueOf(feed.get("lastHeartbeat"))))
					.isAfter(Instant.parse(String.valueOf(feed.get("since"))));
			});
		}
	}

	@Test
	void showsWhatAServiceSaysOfItself() throws Exception {
		try (EndpointApplication application = EndpointApplication.run(talking()).started()) {
			await().untilAsserted(() -> {
				Map<String, Object> feed = JsonPath.read(application.get("/supervisor/feed").body(), "$");
				assertThat(feed).containsEntry("degraded", true)
					.containsEntry("degradedReason", "no partition")
					.containsEntry("step", "polling")
					.containsEntry("status", "page 3")
					.containsKey("stepSince")
					.doesNotContainKey("stack");
			});
			assertThat(JsonPath.<Boolean>read(application.get("/supervisor/other").body(), "$.degraded")).isFalse();
		}
	}

	@Test
	void hidesWhatAServiceSaysFromThoseWhoMayNotSeeDetails() throws Exception {
		try (EndpointApplication application = EndpointApplication
			.run(talking(), "management.endpoint.supervisor.show-details=never")
			.started()) {
			await().untilAsserted(() -> {
				Map<String, Object> feed = JsonPath.read(application.get("/supervisor/feed?stack=true").body(), "$");
				assertThat(feed).containsEntry("degraded", true)
					.containsEntry("step", "polling")
					.doesNotContainKeys("degradedReason", "status", "stack");
			});
		}
	}

	@Test
	void showsWhereTheThreadIsOnRequest() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("crawler", STEADY).build();
		ServiceGroup group = ServiceGroup.builder("test").service("links", inner).service("once", (context) -> {
		}).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			await().untilAsserted(() -> assertThat(JsonPath
				.<List<String>>read(application.get("/supervisor/links/crawler?stack=true").body(), "$.stack"))
				.anyMatch((frame) -> frame.startsWith("io.supervisor.Run.awaitCancellation")));
			assertThat(JsonPath.<Map<String, Object>>read(application.get("/supervisor/links/crawler").body(), "$"))
				.doesNotContainKey("stack");
			Map<String, Object> once = JsonPath.read(application.get("/supervisor/once?stack=true").body(), "$");
			assertThat(once).containsEntry("state", "COMPLETED").doesNotContainKey("stack");
			assertThat(application.get("/supervisor/nobody?stack=true").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void stopsTheGroupNow() throws Exception {
		Service deaf = (context) -> {
			CountDownLatch never = new CountDownLatch(1);
			never.await();
		};
		ServiceGroup group = ServiceGroup.builder("test").service("deaf", deaf).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			assertThat(application.post("/supervisor/deaf", "stop-now").statusCode()).isEqualTo(409);
			assertThat(application.post("/supervisor", "stop").statusCode()).isEqualTo(202);
			assertThat(application.post("/supervisor", "stop-now").statusCode()).isEqualTo(200);
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
		}
	}

	private static ServiceGroup talking() {
		Service talking = (context) -> {
			context.degraded("no partition");
			context.status("page 3");
			context.step("polling", () -> {
				context.awaitCancellation();
				return "";
			});
		};
		return ServiceGroup.builder("test").service("feed", talking).service("other", STEADY).build();
	}

	@Test
	void showsOneServiceByItsPath() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("my crawler; №1 'x'", STEADY).build();
		ServiceGroup group = ServiceGroup.builder("test").service("links", inner).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			assertThat(JsonPath.<String>read(application.get("/supervisor/links").body(), "$.groupState"))
				.isEqualTo("RUNNING");
			HttpResponse<String> crawler = application.get("/supervisor/links/my%20crawler%3B%20%E2%84%961%20%27x%27");
			assertThat(crawler.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<String>read(crawler.body(), "$.path")).isEqualTo("links/my crawler; №1 'x'");
			HttpResponse<String> unknown = application.get("/supervisor/links/nobody");
			assertThat(unknown.statusCode()).isEqualTo(404);
			assertThat(JsonPath.<String>read(unknown.body(), "$.error"))
				.isEqualTo("There is no service 'links/nobody'");
			assertThat(application.get("/supervisor/nobody/crawler").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void stopsStartsAndRestartsAService() throws Exception {
		ServiceGroup inner = ServiceGroup.builder("inner").service("crawler", STEADY).build();
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).service("links", inner).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			HttpResponse<String> stopped = application.post("/supervisor/feed", "stop");
			assertThat(stopped.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<String>read(stopped.body(), "$.state")).isEqualTo("STOPPED");
			assertThat(JsonPath.<String>read(stopped.body(), "$.cancellationCause.kind")).isEqualTo("STOPPED");
			assertThat(JsonPath.<String>read(stopped.body(), "$.cancellationCause.description"))
				.isEqualTo("it was stopped by hand");
			assertThat(application.post("/supervisor/feed", "start").statusCode()).isEqualTo(200);
			assertThat(group.awaitState("feed", ServiceState.RUNNING::equals, Duration.ofSeconds(10))).isTrue();
			HttpResponse<String> restarted = application.post("/supervisor/links/crawler", "restart");
			assertThat(restarted.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<Integer>read(restarted.body(), "$.attempt")).isEqualTo(2);
			assertThat(JsonPath.<String>read(restarted.body(), "$.state")).isEqualTo("RUNNING");
			assertThat(application.post("/supervisor/nobody", "start").statusCode()).isEqualTo(404);
			assertThat(application.post("/supervisor/feed", "dance").statusCode()).isEqualTo(400);
		}
	}

	@Test
	void answersBeforeASlowServiceHasStopped() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("test")
			.service("slow", (context) -> end.await())
			.service("feed", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			HttpResponse<String> response = application.post("/supervisor/slow", "stop");
			assertThat(response.statusCode()).isEqualTo(202);
			assertThat(JsonPath.<String>read(response.body(), "$.state")).isEqualTo("STOPPING");
			end.countDown();
			assertThat(group.awaitState("slow", ServiceState.STOPPED::equals, Duration.ofSeconds(10))).isTrue();
		}
	}

	/**
	 * The answer was that it is done, and that it is starting.
	 */
	@Test
	void answersThatAStartIsUnderWayUntilTheServiceIsReady() throws Exception {
		CountDownLatch ready = new CountDownLatch(1);
		Service slow = Service.announcing((context) -> {
			if (context.attempt() > 1) {
				context.interruptibly(() -> {
					ready.await();
					return null;
				});
			}
			context.ready();
			context.awaitCancellation();
		});
		ServiceGroup group = ServiceGroup.builder("test").service("slow", slow).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			for (String path : List.of("/supervisor/slow", "/supervisor")) {
				HttpResponse<String> restarted = application.post(path, "restart");
				assertThat(restarted.statusCode()).isEqualTo(202);
				assertThat(JsonPath.<String>read(restarted.body(), "$.state")).isEqualTo("STARTING");
			}
			ready.countDown();
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			HttpResponse<String> restarted = application.post("/supervisor/slow", "restart");
			assertThat(restarted.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<String>read(restarted.body(), "$.state")).isEqualTo("RUNNING");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"action\":\"\"}", "{\"action\":\" \"}", "{\"action\":null}", "{}", "", "[]",
			"{\"action\":[\"stop\",\"start\"]}", "{\"action\":{}}" })
	void answersThatARequestWithoutAnActionIsWrong(String json) throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			assertThat(application.postJson("/supervisor", json).statusCode()).isEqualTo(400);
			assertThat(application.postJson("/supervisor/feed", json).statusCode()).isEqualTo(400);
			assertThat(group.service("feed").orElseThrow().attempt()).isOne();
			assertThat(group.service("feed").orElseThrow().ready()).isTrue();
		}
	}

	/**
	 * One who may stop 'feed' by the rules of the web server stopped 'index' with it.
	 */
	@Test
	void actsOnTheServiceOfTheAddressAlone() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).service("index", STEADY).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			for (String query : List.of("path=index", "path=feed", "path=index&path=", "path")) {
				assertThat(application.post("/supervisor/feed?" + query, "stop").statusCode()).as(query).isEqualTo(400);
				assertThat(application.get("/supervisor/feed?" + query).statusCode()).as(query).isEqualTo(400);
			}
			for (String path : List.of("\"index\"", "[\"index\"]", "{\"x\":\"index\"}")) {
				assertThat(application.postJson("/supervisor/feed", "{\"action\":\"stop\",\"path\":" + path + "}")
					.statusCode()).as(path).isEqualTo(400);
			}
			HttpResponse<String> refused = application.get("/supervisor/feed?path=index");
			assertThat(refused.body()).doesNotContain("RUNNING");
			assertThat(group.services()).allMatch(ServiceSnapshot::ready);
		}
	}

	/**
	 * Each later one was refused since the first one was said to be under way.
	 */
	@Test
	void restartOfTheGroupWithoutAThreadIsRefusedAndTheNextOneIsCarriedOut() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).build();
		AtomicBoolean refusing = new AtomicBoolean(true);
		GroupControl control = new GroupControl(group, (task) -> new Thread(task) {

			@Override
			public synchronized void start() {
				if (refusing.getAndSet(false)) {
					throw new OutOfMemoryError("unable to create native thread");
				}
				super.start();
			}

		});
		group.start();
		assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		assertThat(control.perform(Action.RESTART)).isEqualTo(Outcome
			.refused("'test' cannot be restarted: no thread could be created for it (unable to create native thread)"));
		assertThat(group.snapshot().state()).isEqualTo(GroupState.RUNNING);
		assertThat(control.perform(Action.RESTART)).isEqualTo(Outcome.DONE);
		assertThat(group.service("feed").orElseThrow().attempt()).isEqualTo(2);
		group.stop();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
	}

	@Test
	void refusesWhatMakesNoSense() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication.run(group)) {
			HttpResponse<String> start = application.post("/supervisor/feed", "start");
			assertThat(start.statusCode()).isEqualTo(409);
			assertThat(JsonPath.<String>read(start.body(), "$.error"))
				.isEqualTo("'feed' cannot be started: 'test' is not running");
			assertThat(application.post("/supervisor", "stop").statusCode()).isEqualTo(409);
			assertThat(application.post("/supervisor", "start").statusCode()).isEqualTo(200);
			HttpResponse<String> again = application.post("/supervisor", "start");
			assertThat(again.statusCode()).isEqualTo(409);
			assertThat(JsonPath.<String>read(again.body(), "$.error")).contains("'test' is running already");
		}
	}

	@Test
	void stopsStartsAndRestartsTheGroup() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			HttpResponse<String> restarted = application.post("/supervisor", "restart");
			assertThat(restarted.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<String>read(restarted.body(), "$.state")).isEqualTo("RUNNING");
			assertThat(group.service("feed").orElseThrow().attempt()).isEqualTo(2);
			HttpResponse<String> stopped = application.post("/supervisor", "stop");
			assertThat(stopped.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<String>read(stopped.body(), "$.state")).isEqualTo("STOPPED");
			assertThat(application.post("/supervisor", "restart").statusCode()).isEqualTo(200);
			assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
		}
	}

	/**
	 * The thread that is to run the group comes late, as on a busy machine.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "stop", "restart" })
	void stopsAGroupWhoseThreadHasNotBegun(String action) throws Exception {
		BlockingQueue<Runnable> runs = new LinkedBlockingQueue<>();
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).runner(runs::add).build();
		try (EndpointApplication application = EndpointApplication.run(group)) {
			assertThat(application.post("/supervisor", "start").statusCode()).isEqualTo(202);
			assertThat(group.snapshot().state()).isEqualTo(GroupState.NEW);
			assertThat(application.post("/supervisor", action).statusCode()).isEqualTo(202);
			runs.take().run();
			assertThat(group.snapshot().state()).isEqualTo(GroupState.STOPPED);
			if (action.equals("restart")) {
				new Thread(runs.take()).start();
				assertThat(group.awaitReady(Duration.ofSeconds(10))).isTrue();
			}
		}
	}

	@Test
	void restartOfTheGroupThatTakesLongGoesOnByItself() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("test").service("slow", (context) -> {
			if (context.attempt() == 1) {
				end.await();
			}
			else {
				context.awaitCancellation();
			}
		}).build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			assertThat(application.post("/supervisor", "restart").statusCode()).isEqualTo(202);
			HttpResponse<String> again = application.post("/supervisor", "restart");
			assertThat(again.statusCode()).isEqualTo(409);
			assertThat(JsonPath.<String>read(again.body(), "$.error")).isEqualTo("'test' is stopping already");
			end.countDown();
			await().untilAsserted(
					() -> assertThat(group.service("slow").orElseThrow()).matches((slow) -> slow.attempt() == 2)
						.matches((slow) -> slow.state() == ServiceState.RUNNING));
		}
	}

	@Test
	void nothingStartsOnceTheContextCloses() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		ServiceGroup group = ServiceGroup.builder("test").service("slow", (context) -> end.await()).build();
		EndpointApplication application = EndpointApplication.run(group).started();
		assertThat(application.post("/supervisor", "restart").statusCode()).isEqualTo(202);
		SupervisorEndpoint endpoint = application.context().getBean(SupervisorEndpoint.class);
		application.context().close();
		end.countDown();
		assertThat(group.awaitTermination(Duration.ofSeconds(10))).isTrue();
		assertThat(endpoint.perform(Action.START).kind()).isEqualTo(Outcome.Kind.REFUSED);
		assertThat(group.service("slow").orElseThrow().attempt()).isOne();
	}

	@Test
	void isReadOnlyUnlessAccessIsRaised() throws Exception {
		ServiceGroup group = ServiceGroup.builder("test").service("feed", STEADY).build();
		try (EndpointApplication application = EndpointApplication
			.run(group, "management.endpoint.supervisor.access=read-only")
			.started()) {
			String json = application.get("/supervisor").body();
			assertThat(JsonPath.<Boolean>read(json, "$.writable")).isFalse();
			assertThat(application.post("/supervisor", "stop").statusCode()).isEqualTo(405);
			assertThat(application.post("/supervisor/feed", "stop").statusCode()).isEqualTo(405);
			assertThat(group.service("feed").orElseThrow().ready()).isTrue();
		}
	}

	@Test
	void showsFailureAndNextAttempt() throws Exception {
		ServiceGroup group = failing();
		try (EndpointApplication application = EndpointApplication.run(group)) {
			group.start();
			assertThat(group.awaitState("flaky", ServiceState.BACKOFF::equals, Duration.ofSeconds(10))).isTrue();
			String json = application.get("/supervisor/flaky").body();
			assertThat(JsonPath.<String>read(json, "$.lastFailure.exception"))
				.isEqualTo("java.lang.IllegalStateException");
			assertThat(JsonPath.<String>read(json, "$.lastFailure.message")).isEqualTo("password=hunter2");
			assertThat(JsonPath.<Integer>read(json, "$.lastFailure.attempt")).isOne();
			assertThat(JsonPath.<String>read(json, "$.lastFailure.at")).isNotBlank();
			assertThat(JsonPath.<String>read(json, "$.nextAttempt")).isNotBlank();
		}
	}

	@Test
	void hidesWhatServicesThrewByDefault() throws Exception {
		ServiceGroup group = failing();
		try (EndpointApplication application = EndpointApplication.run(group,
				"management.endpoint.supervisor.show-details=never")) {
			group.start();
			assertThat(group.awaitState("flaky", ServiceState.BACKOFF::equals, Duration.ofSeconds(10))).isTrue();
			await().untilAsserted(() -> assertThat(JsonPath.<List<String>>read(application.get("/supervisor").body(),
					"$.transitions[?(@.service=='flaky')].to"))
				.contains("BACKOFF"));
			for (String path : List.of("/supervisor", "/supervisor/flaky", "/supervisor/broken")) {
				assertThat(application.get(path).body()).contains("lastFailure")
					.doesNotContain("hunter2", "Exception", "java.lang", "\"stack\"");
			}
		}
	}

	@Test
	void showsTheStackOfAStuckServiceToThoseWhoMaySeeDetails() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		ServicePolicy impatient = ServicePolicy.builder()
			.gracePeriod(Duration.ZERO)
			.interruptPeriod(Duration.ZERO)
			.build();
		Service deaf = (context) -> {
			while (end.getCount() > 0) {
				try {
					end.await();
				}
				catch (InterruptedException ex) {
					// deaf
				}
			}
		};
		ServiceGroup group = ServiceGroup.builder("test")
			.service(ServiceDefinition.builder("deaf", deaf).policy(impatient).build())
			.service("feed", STEADY)
			.build();
		try (EndpointApplication application = EndpointApplication.run(group).started()) {
			group.stop("deaf");
			await().untilAsserted(() -> assertThat(
					JsonPath.<List<String>>read(application.get("/supervisor/deaf").body(), "$..stack[*]"))
				.anyMatch((frame) -> frame.contains("CountDownLatch.await")));
			SupervisorEndpoint endpoint = application.context().getBean(SupervisorEndpoint.class);
			assertThat(endpoint.describe(true, "deaf").stack()).isNotEmpty();
			assertThat(endpoint.describe(false, "deaf").stack()).isNull();
			end.countDown();
		}
	}

	private static ServiceGroup failing() {
		Service failing = (context) -> {
			throw new IllegalStateException("password=hunter2");
		};
		Duration hour = Duration.ofHours(1);
		RestartPolicy later = RestartPolicy.onFailure().toBuilder().delay(hour).maxDelay(hour).build();
		return ServiceGroup.builder("test")
			.service(ServiceDefinition.builder("flaky", failing)
				.policy(ServicePolicy.builder().restart(later).build())
				.build())
			.service(ServiceDefinition.builder("broken", failing)
				.policy(ServicePolicy.builder().critical(false).build())
				.build())
			.build();
	}

}
