package io.supervisor;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Members are found by their names.
 */
class MembersByNameTests {

	private final MembersByName byName = new MembersByName();

	@Test
	void findsEachOfManyAndNoOther() {
		List<Member> members = IntStream.range(0, 1000).mapToObj((i) -> member("service-" + i)).toList();
		members.forEach(this.byName::add);
		assertThat(members).allSatisfy((member) -> assertThat(this.byName.get(member.name())).isSameAs(member));
		assertThat(this.byName.get("service-1000")).isNull();
		assertThat(this.byName.names()).hasSize(1000).contains("service-0", "service-999");
	}

	/**
	 * All have the same hash, so that each is behind the ones before it.
	 */
	@Test
	void findsThoseBehindOneThatWasRemoved() {
		Member first = member("AaAa");
		Member second = member("AaBB");
		Member third = member("BBAa");
		this.byName.add(first);
		this.byName.add(second);
		this.byName.add(third);
		this.byName.remove(first);
		assertThat(this.byName.get("AaAa")).isNull();
		assertThat(this.byName.get("AaBB")).isSameAs(second);
		assertThat(this.byName.get("BBAa")).isSameAs(third);
		assertThat(this.byName.get("BBBB")).isNull();
		Member again = member("AaAa");
		this.byName.add(again);
		assertThat(this.byName.get("AaAa")).isSameAs(again);
		assertThat(this.byName.names()).containsExactlyInAnyOrder("AaAa", "AaBB", "BBAa");
	}

	@Test
	void findsNoneWhereThereIsNone() {
		assertThat(this.byName.get("service")).isNull();
		assertThat(this.byName.names()).isEmpty();
	}

	private static Member member(String name) {
		return new Member(ServiceDefinition.of(name, ServiceContext::awaitCancellation), Instant.EPOCH);
	}

}
