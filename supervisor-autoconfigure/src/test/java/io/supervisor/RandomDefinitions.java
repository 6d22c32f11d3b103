package io.supervisor;

import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Makes random services, policies and dependencies.
 */
final class RandomDefinitions {

	private static final Service SERVICE = (context) -> {
	};

	private static final Service ANNOUNCING = Service.announcing(SERVICE);

	private static final long SECOND = 1_000_000_000L;

	private static final Duration FOR_EVER = Duration.ofDays(100_000);

	private static final int[] SIZES = { 1, 2, 3, 4, 5, 6, 8, 12, 20, 30 };

	private final Random random;

	/**
	 * How much of each thing there is in this tree: most trees have little of most.
	 */
	private final double gates;

	private final double heartbeats;

	private final double restarts;

	private final double dependencies;

	private final double critical;

	private final double nesting;

	private final double auxiliary;

	private final double passing;

	RandomDefinitions(Random random) {
		this.random = random;
		this.gates = chance(0.3) ? 0.5 : 0;
		this.heartbeats = chance(0.3) ? 0.5 : 0.05;
		this.restarts = chance(0.6) ? 0.7 : 0.3;
		this.dependencies = this.random.nextDouble() * 0.5;
		this.critical = this.random.nextDouble();
		this.nesting = chance(0.25) ? 0.4 : 0;
		this.auxiliary = chance(0.2) ? 0.6 : 0;
		this.passing = chance(0.2) ? 0.5 : 0;
	}

	int size() {
		int upTo = SIZES[this.random.nextInt(SIZES.length)];
		return 1 + this.random.nextInt(upTo);
	}

	int smallSize() {
		return 1 + this.random.nextInt(4);
	}

	boolean nests(int depth) {
		return depth < 2 && this.random.nextDouble() < this.nesting / (depth + 1);
	}

	boolean keepsOpen() {
		return chance(0.1);
	}

	/**
	 * Nanoseconds, {@link JudgedRun#NEVER} for no limit.
	 */
	long startTimeout() {
		return oneOf(30 * SECOND, 2 * SECOND, 30 * SECOND, JudgedRun.NEVER);
	}

	long shutdownTimeout() {
		return oneOf(25 * SECOND, 8 * SECOND, 3 * SECOND, 0L, 40 * SECOND);
	}

	static Duration duration(long nanos) {
		return (nanos == JudgedRun.NEVER) ? FOR_EVER : Duration.ofNanos(nanos);
	}

	double jitter() {
		return switch (this.random.nextInt(4)) {
			case 0 -> 0;
			case 1 -> 1;
			default -> this.random.nextDouble();
		};
	}

	ServiceDefinition service(String name, Judge judge, @Nullable RunGate gate) {
		boolean gated = this.random.nextDouble() < this.gates;
		ServiceDefinition.Builder definition = ServiceDefinition.builder(name, chance(0.35) ? ANNOUNCING : SERVICE)
			.policy(auxiliary(policy(gated), judge))
			.dependsOn(dependencies(name, judge))
			.gate(gated ? gate : null);
		return (this.random.nextDouble() < this.passing) ? definition.removedWhenDone().build() : definition.build();
	}

	ServiceDefinition nested(String name, ServiceGroup group, Judge judge) {
		ServicePolicy policy = policy(false);
		if (policy.restart().delay().isZero()) {
			// a group without services would be restarted for ever
			policy = policy.toBuilder()
				.restart(policy.restart().toBuilder().delay(Duration.ofMillis(100)).build())
				.build();
		}
		return ServiceDefinition.builder(name, group)
			.policy(auxiliary(policy, judge))
			.dependsOn(dependencies(name, judge))
			.build();
	}

	/**
	 * A group of auxiliary services alone is refused.
	 */
	private ServicePolicy auxiliary(ServicePolicy policy, Judge judge) {
		boolean auxiliary = this.random.nextDouble() < this.auxiliary && !judge.names().isEmpty();
		return auxiliary ? policy.toBuilder().auxiliary(true).build() : policy;
	}

	private String[] dependencies(String name, Judge judge) {
		List<String> names = new ArrayList<>();
		for (String other : judge.namesOfLasting()) {
			if (this.random.nextDouble() < this.dependencies && names.size() < 4 && !other.equals(name)) {
				names.add(other);
			}
		}
		return names.toArray(new String[0]);
	}

	ServicePolicy policy(boolean finite) {
		return ServicePolicy.builder()
			.critical(this.random.nextDouble() < this.critical)
			.onCompletion(chance(0.8) ? OnCompletion.CONTINUE : oneOf(OnCompletion.values()))
			.startTimeout(chance(0.3) ? duration(oneOf(SECOND, 5 * SECOND, 60 * SECOND, JudgedRun.NEVER)) : null)
			.gracePeriod(finite ? oneOf(Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ZERO)
					: oneOf(Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofMillis(2500), Duration.ZERO,
							FOR_EVER))
			.interruptPeriod(oneOf(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofMillis(300), Duration.ZERO))
			.heartbeatTimeout((this.random.nextDouble() < this.heartbeats)
					? oneOf(Duration.ofSeconds(2), Duration.ofSeconds(10)) : null)
			.restart(restart())
			.build();
	}

	private RestartPolicy restart() {
		if (this.random.nextDouble() >= this.restarts) {
			return RestartPolicy.never();
		}
		return RestartPolicy.builder()
			.mode(chance(0.3) ? RestartPolicy.Mode.ALWAYS : RestartPolicy.Mode.ON_FAILURE)
			.scope(oneOf(RestartPolicy.Scope.values()))
			.exclude(chance(0.2) ? Set.of(SocketException.class) : Set.of())
			.delay(oneOf(Duration.ZERO, Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(5)))
			.multiplier(oneOf(1.0, 2.0, 3.0))
			.maxDelay(oneOf(Duration.ofSeconds(5), Duration.ofSeconds(60)))
			.maxRestarts(oneOf(0, 1, 2, 5, RestartPolicy.UNLIMITED))
			.resetAfter(oneOf(Duration.ofSeconds(5), Duration.ofSeconds(60)))
			.build();
	}

	private boolean chance(double probability) {
		return this.random.nextDouble() < probability;
	}

	@SafeVarargs
	private <T> T oneOf(T... values) {
		return values[this.random.nextInt(values.length)];
	}

}
