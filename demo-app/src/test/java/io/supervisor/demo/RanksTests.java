package io.supervisor.demo;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Ranks}.
 */
class RanksTests {

	@Test
	void noPages() {
		assertThat(Ranks.compute(List.of(), List.of(new Link(1, 2)))).isEmpty();
	}

	@Test
	void pageThatOthersLinkToRanksHigher() {
		Map<Long, Double> ranks = Ranks.compute(List.of(1L, 2L, 3L), List.of(new Link(1, 3), new Link(2, 3)));
		assertThat(ranks.get(3L)).isGreaterThan(ranks.get(1L));
		assertThat(ranks.get(1L)).isEqualTo(ranks.get(2L));
	}

	@Test
	void ranksAddUpToOne() {
		Map<Long, Double> ranks = Ranks.compute(List.of(1L, 2L, 3L, 4L),
				List.of(new Link(1, 2), new Link(2, 1), new Link(3, 3)));
		assertThat(ranks).hasSize(4);
		assertThat(ranks.values().stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(0.01));
	}

	@Test
	void linksToOtherPagesAreLeftOut() {
		assertThat(Ranks.compute(List.of(1L), List.of(new Link(1, 2), new Link(3, 1)))).containsOnlyKeys(1L);
	}

}
