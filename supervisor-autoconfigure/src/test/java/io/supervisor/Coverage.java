package io.supervisor;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * Counts what simulations came across. For any thread.
 */
final class Coverage {

	private final LongAdder[] sights = Arrays.stream(Sight.values())
		.map((sight) -> new LongAdder())
		.toArray(LongAdder[]::new);

	private final LongAdder groups = new LongAdder();

	private final LongAdder services = new LongAdder();

	private final LongAdder steps = new LongAdder();

	private final LongAdder runs = new LongAdder();

	private final LongAdder transitions = new LongAdder();

	void saw(Sight sight) {
		this.sights[sight.ordinal()].increment();
	}

	void group() {
		this.groups.increment();
	}

	void services(int number) {
		this.services.add(number);
	}

	void step() {
		this.steps.increment();
	}

	void run() {
		this.runs.increment();
	}

	void transition() {
		this.transitions.increment();
	}

	List<Sight> unseen() {
		return Arrays.stream(Sight.values()).filter((sight) -> this.sights[sight.ordinal()].sum() == 0).toList();
	}

	@Override
	public String toString() {
		return "%s groups, %s services, %s steps, %s runs, %s transitions; ".formatted(this.groups, this.services,
				this.steps, this.runs, this.transitions)
				+ Arrays.stream(Sight.values())
					.map((sight) -> sight.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " "
							+ this.sights[sight.ordinal()])
					.collect(Collectors.joining(", "));
	}

}
