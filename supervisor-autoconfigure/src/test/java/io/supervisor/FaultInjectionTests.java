package io.supervisor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

import io.supervisor.faults.FaultPlayer;
import io.supervisor.faults.Faults;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random groups whose core fails: at each place where it allocates or calls somebody
 * else, an error of the JVM is thrown, once or for a while. A longer run:
 * {@code -Dsupervisor.faults=100000}. What goes wrong is played again alone by
 * {@code -Dsupervisor.seed=…} and {@code -Dsupervisor.fault=…}.
 */
@ExtendWith(SilentLog.class)
class FaultInjectionTests {

	/**
	 * How many plays.
	 */
	private static final int PLAYS = Integer.getInteger("supervisor.faults", 200);

	/**
	 * How many of them have the same seed.
	 */
	private static final int FAULTS_PER_SEED = Integer.getInteger("supervisor.faults.each", 20);

	/**
	 * Each leaves threads behind.
	 */
	private static final int MOST_FINDINGS = 300;

	private final InjectedCore core = InjectedCore.create();

	private final FaultPlayer player = this.core.player(FaultScript.Player.class);

	private final List<Finding> findings = new ArrayList<>();

	private final Set<String> places = new HashSet<>();

	private int seeds;

	private int plays;

	@Test
	void anErrorAnywhereEndsTheGroupAtMost() {
		@Nullable String fault = System.getProperty("supervisor.fault");
		long seed = Long.getLong("supervisor.seed", 1);
		if (fault != null) {
			StringBuilder text = new StringBuilder();
			Faults faults = new Faults(Faults.Plan.parse(fault));
			Throwable broken = this.player.play(seed, faults, text);
			System.out.println(text.append(faults.first()));
			assertThat(broken).isNull();
			return;
		}
		for (; this.plays < PLAYS && this.findings.size() < MOST_FINDINGS; seed++) {
			play(seed);
		}
		System.out.printf(Locale.ROOT, "Faults: %d plays of %d groups, %d of %d places, %d went wrong%n", this.plays,
				this.seeds, this.places.size(), this.core.places().size(), this.findings.size());
		summarize();
		assertThat(this.findings).isEmpty();
	}

	private void play(long seed) {
		this.seeds++;
		Faults count = new Faults(Faults.Plan.count());
		Throwable broken = this.player.play(seed, count, null);
		if (broken != null) {
			this.findings.add(new Finding(seed, count.plan(), "without any fault", broken));
			return;
		}
		Random random = new Random(seed);
		for (int i = 0; i < FAULTS_PER_SEED; i++) {
			play(this.player, seed, plan(random, count.hits()));
		}
	}

	/**
	 * On real threads, where the same seed takes another course each time.
	 */
	@Test
	void anErrorAnywhereOnRealThreadsEndsTheGroupAtMost() {
		FaultPlayer stress = this.core.player(FaultStress.class);
		int groups = Math.max(1, PLAYS / FAULTS_PER_SEED);
		Random random = new Random(Long.getLong("supervisor.seed", 1));
		for (int i = 0; i < groups && this.findings.size() < 5; i++) {
			play(stress, random.nextLong(),
					Faults.Plan.once(Faults.Kind.values()[random.nextInt(2)], random.nextInt(1500)));
		}
		System.out.printf(Locale.ROOT, "Faults on real threads: %d groups, %d went wrong%n", this.plays,
				this.findings.size());
		summarize();
		assertThat(this.findings).isEmpty();
	}

	private static Faults.Plan plan(Random random, int hits) {
		int at = random.nextInt(hits);
		Faults.Kind kind = Faults.Kind.values()[random.nextInt(2)];
		return switch (random.nextInt(6)) {
			case 0 -> new Faults.Plan(kind, at, 2 + random.nextInt(20), 0, 1);
			case 1 -> new Faults.Plan(Faults.Kind.MEMORY, at, 0, random.nextInt(10_000) * 1_000_000L,
					random.nextBoolean() ? 1 : 0.3);
			default -> Faults.Plan.once(kind, at);
		};
	}

	private void play(FaultPlayer player, long seed, Faults.Plan plan) {
		this.plays++;
		Faults faults = new Faults(plan);
		Throwable broken = player.play(seed, faults, null);
		if (faults.first() != null) {
			this.places.add(faults.first().substring(0, faults.first().indexOf(" on ")));
		}
		if (broken != null) {
			Finding finding = new Finding(seed, plan, String.valueOf(faults.first()), broken);
			this.findings.add(finding);
		}
	}

	private void summarize() {
		Map<String, List<Finding>> byPlace = new TreeMap<>();
		for (Finding finding : this.findings) {
			byPlace.computeIfAbsent(finding.place(), (place) -> new ArrayList<>()).add(finding);
		}
		byPlace.values()
			.stream()
			.sorted(Comparator.comparing((List<Finding> same) -> same.size()).reversed())
			.forEach((same) -> System.out.println(same.size() + " x " + same.get(0)));
	}

	/**
	 * Something that went wrong.
	 */
	private record Finding(long seed, Faults.Plan plan, String place, Throwable broken) {

		@Override
		public String toString() {
			return "%s: %s: -Dsupervisor.seed=%s -Dsupervisor.fault=%s".formatted(this.place,
					this.broken.toString().lines().findFirst().orElse(""), this.seed, this.plan);
		}

	}

}
