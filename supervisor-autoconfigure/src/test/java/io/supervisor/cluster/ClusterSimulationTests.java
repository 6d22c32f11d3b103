package io.supervisor.cluster;

import java.time.Duration;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Replicas that share services, on simulated time, under faults. The
 * {@link SimulatedCluster} throws where two runs overlap or a token does not grow.
 */
class ClusterSimulationTests {

	private static final int REPLICAS = Integer.getInteger("supervisor.replicas", 40);

	private static final int SHARDS = Integer.getInteger("supervisor.shards", 800);

	private static final List<String> SINGLETONS = List.of("app/pageRank");

	@Test
	void oneOfManyReplicasRunsASingleton() {
		SimulatedCluster cluster = cluster(1, 5, 0);
		cluster.advance(Duration.ofSeconds(5));
		assertThat(cluster.running("app/pageRank")).isOne();
	}

	@Test
	void anotherReplicaTakesOverFromADeadOne() {
		SimulatedCluster cluster = cluster(2, 5, 0);
		cluster.advance(Duration.ofSeconds(20));
		holder(cluster).kill();
		cluster.worstGap();
		cluster.advance(Duration.ofSeconds(40));
		assertThat(cluster.running("app/pageRank")).isOne();
		assertThat(cluster.worstGap())
			.isLessThanOrEqualTo(SimulatedCluster.TIME_TO_LIVE.plus(SimulatedCluster.POLL.multipliedBy(2)));
	}

	@Test
	void stopHandsOverAtOnce() {
		SimulatedCluster cluster = cluster(3, 5, 0);
		cluster.advance(Duration.ofSeconds(20));
		cluster.worstGap();
		holder(cluster).stop();
		cluster.advance(Duration.ofSeconds(20));
		assertThat(cluster.running("app/pageRank")).isOne();
		assertThat(cluster.worstGap()).isLessThanOrEqualTo(SimulatedCluster.POLL);
	}

	@Test
	void replicasShareEvenly() {
		SimulatedCluster cluster = cluster(4, REPLICAS, SHARDS);
		cluster.advance(Duration.ofMinutes(2));
		assertBalanced(cluster);
		cluster.handedOver();
		cluster.statements();
		cluster.advance(Duration.ofMinutes(1));
		assertThat(cluster.handedOver()).isZero();
		print("at rest: %.1f statements a second", cluster.statements() / 60.0);
	}

	@Test
	void newReplicaGetsItsPartByHandOverAndNothingElseMoves() {
		SimulatedCluster cluster = cluster(5, REPLICAS, SHARDS);
		cluster.advance(Duration.ofMinutes(2));
		cluster.handedOver();
		cluster.join(List.of(), SHARDS);
		cluster.advance(Duration.ofMinutes(1));
		assertBalanced(cluster);
		int share = SHARDS / (REPLICAS + 1) + 1;
		int handedOver = cluster.handedOver();
		assertThat(handedOver).isBetween(1, share);
		print("one replica more: %d shards handed over, its share is %d", handedOver, share - 1);
	}

	@Test
	void deadReplicasShardsAreTakenOver() {
		SimulatedCluster cluster = cluster(6, REPLICAS, SHARDS);
		cluster.advance(Duration.ofMinutes(2));
		cluster.handedOver();
		cluster.worstGap();
		cluster.pick().kill();
		cluster.statements();
		cluster.advance(Duration.ofMinutes(1));
		assertBalanced(cluster);
		Duration worstGap = cluster.worstGap();
		int handedOver = cluster.handedOver();
		assertThat(worstGap)
			.isLessThanOrEqualTo(SimulatedCluster.TIME_TO_LIVE.plus(SimulatedCluster.POLL.multipliedBy(10)));
		assertThat(handedOver).isLessThanOrEqualTo(REPLICAS);
		print("one replica dead: its shards ran again after %s at the latest, %d others handed over, %.1f statements a second",
				worstGap, handedOver, cluster.statements() / 60.0);
	}

	@Test
	void callThatHangsLosesTheLeaseInTime() {
		SimulatedCluster cluster = cluster(7, 3, 30);
		cluster.advance(Duration.ofSeconds(65));
		holder(cluster).hang(Duration.ofMinutes(3));
		cluster.advance(Duration.ofMinutes(2));
		assertThat(cluster.running("app/pageRank")).isOne();
		cluster.advance(Duration.ofMinutes(2));
		assertThat(cluster.running("app/pageRank")).isOne();
		assertBalanced(cluster);
	}

	@Test
	void storeThatFailsForAMinuteCostsOnlyThatMinute() {
		SimulatedCluster cluster = cluster(8, 3, 30);
		cluster.advance(Duration.ofSeconds(65));
		cluster.failStore(true);
		cluster.statements();
		cluster.advance(Duration.ofMinutes(1));
		assertThat(cluster.running("")).isZero();
		assertThat(cluster.statements()).isLessThan(3 * 60 * 2);
		cluster.failStore(false);
		cluster.advance(Duration.ofSeconds(40));
		assertBalanced(cluster);
	}

	/**
	 * The faults that {@code ClusterFaultTests} tries on three real processes, one after
	 * the other.
	 */
	@Test
	void replicasShareEvenlyAgainAfterEachFault() {
		SimulatedCluster cluster = cluster(9, REPLICAS, SHARDS);
		cluster.advance(Duration.ofMinutes(2));
		for (Fault fault : Fault.values()) {
			cluster.worstGap();
			cluster.moved();
			cluster.statements();
			fault.strike(cluster);
			cluster.advance(Duration.ofMinutes(2));
			assertThat(cluster.running("app/pageRank")).isOne();
			assertBalanced(cluster);
			int moved = cluster.moved();
			assertThat(moved).as("shards that moved after: %s", fault.what).isLessThanOrEqualTo(fault.mayMove(cluster));
			print("%s: without a run for %.1f s at most, %d leases moved, %.1f statements a second", fault.what,
					cluster.worstGap().toMillis() / 1e3, moved, cluster.statements() / 120.0);
		}
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })
	void nothingOverlapsWhateverHappens(long seed) {
		SplittableRandom random = new SplittableRandom(seed);
		SimulatedCluster cluster = cluster(seed, 8, 100);
		for (int i = 0; i < 200; i++) {
			cluster.advance(Duration.ofMillis(random.nextInt(20_000)));
			switch (random.nextInt(8)) {
				case 0 -> cluster.join(SINGLETONS, 100);
				case 1 -> {
					if (cluster.replicas().size() > 2) {
						cluster.pick().kill();
					}
				}
				case 2 -> cluster.pick().pause(Duration.ofSeconds(random.nextInt(90)));
				case 3 -> cluster.pick().hang(Duration.ofSeconds(random.nextInt(90)));
				case 4 -> cluster.pick().fail(true);
				case 5 -> cluster.replicas().forEach((replica) -> replica.fail(false));
				case 6 -> cluster.failStore(random.nextInt(4) == 0);
				default -> cluster.failStore(false);
			}
		}
		cluster.failStore(false);
		cluster.replicas().forEach((replica) -> replica.fail(false));
		cluster.advance(Duration.ofMinutes(4));
		assertThat(cluster.running("app/pageRank")).isOne();
		assertBalanced(cluster);
	}

	private static void print(String format, Object... figures) {
		System.out.printf(Locale.ROOT, "%d replicas, %d shards, ", REPLICAS, SHARDS);
		System.out.printf(Locale.ROOT, format + "%n", figures);
	}

	private static SimulatedCluster.Replica holder(SimulatedCluster cluster) {
		return cluster.replicas().stream().filter((replica) -> replica.holds("app/pageRank")).findFirst().orElseThrow();
	}

	private static void assertBalanced(SimulatedCluster cluster) {
		IntSummaryStatistics held = cluster.replicas()
			.stream()
			.mapToInt(SimulatedCluster.Replica::shards)
			.summaryStatistics();
		assertThat(held.getSum()).isEqualTo(cluster.shards());
		assertThat(held.getMax() - held.getMin()).isLessThanOrEqualTo(1);
	}

	private static SimulatedCluster cluster(long seed, int replicas, int shards) {
		SimulatedCluster cluster = new SimulatedCluster(seed);
		for (int i = 0; i < replicas; i++) {
			cluster.join(SINGLETONS, shards);
			cluster.advance(Duration.ofMillis(100));
		}
		return cluster;
	}

	private enum Fault {

		NONE("nothing") {
			@Override
			void strike(SimulatedCluster cluster) {
			}

			@Override
			int mayMove(SimulatedCluster cluster) {
				return 0;
			}
		},

		KILL("kill -9 of a replica, and another one in its place") {
			@Override
			void strike(SimulatedCluster cluster) {
				holder(cluster).kill();
				cluster.join(SINGLETONS, SHARDS);
			}

			@Override
			int mayMove(SimulatedCluster cluster) {
				return 2 * share(cluster);
			}
		},

		PAUSE("a replica paused for a minute") {
			@Override
			void strike(SimulatedCluster cluster) {
				holder(cluster).pause(Duration.ofMinutes(1));
			}

			@Override
			int mayMove(SimulatedCluster cluster) {
				return 2 * share(cluster);
			}
		},

		REFUSED("the connections of a replica refused for a minute") {
			@Override
			void strike(SimulatedCluster cluster) {
				SimulatedCluster.Replica replica = holder(cluster);
				replica.fail(true);
				cluster.advance(Duration.ofMinutes(1));
				replica.fail(false);
			}

			@Override
			int mayMove(SimulatedCluster cluster) {
				return 2 * share(cluster);
			}
		},

		HANGS("all calls hang for a minute") {
			@Override
			void strike(SimulatedCluster cluster) {
				cluster.replicas().forEach((replica) -> replica.hang(Duration.ofMinutes(1)));
			}
		},

		RESTART("the database restarted in three seconds") {
			@Override
			void strike(SimulatedCluster cluster) {
				cluster.failStore(true);
				cluster.advance(Duration.ofSeconds(3));
				cluster.failStore(false);
			}

			@Override
			int mayMove(SimulatedCluster cluster) {
				return 0;
			}
		},

		STATEMENTS_FAIL("all statements fail for a minute") {
			@Override
			void strike(SimulatedCluster cluster) {
				cluster.failStore(true);
				cluster.advance(Duration.ofMinutes(1));
				cluster.failStore(false);
			}
		},

		ALL("all replicas stopped and started at once") {
			@Override
			void strike(SimulatedCluster cluster) {
				List.copyOf(cluster.replicas()).forEach(SimulatedCluster.Replica::stop);
				for (int i = 0; i < REPLICAS; i++) {
					cluster.join(SINGLETONS, SHARDS);
				}
			}
		};

		private final String what;

		Fault(String what) {
			this.what = what;
		}

		abstract void strike(SimulatedCluster cluster);

		/**
		 * How many leases may change hands.
		 */
		int mayMove(SimulatedCluster cluster) {
			return 2 * (SHARDS + 1);
		}

		/**
		 * What one replica holds at most.
		 */
		private static int share(SimulatedCluster cluster) {
			return SHARDS / cluster.replicas().size() + 2;
		}

	}

}
