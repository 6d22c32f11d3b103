package io.supervisor;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * A gate that does what the script says.
 */
final class SimulatedGate implements RunGate {

	private final SimulatedGroup group;

	private final RandomScript script;

	private final Map<Pass, JudgedPass> passes = new IdentityHashMap<>();

	SimulatedGate(SimulatedGroup group, RandomScript script) {
		this.group = group;
		this.script = script;
	}

	@Override
	public void request(Pass pass) {
		boolean fails = this.script.gateFails();
		this.script
			.note(() -> this.group.name() + "/" + pass.service() + " asks for its lease" + (fails ? ", but" : ""));
		JudgedPass judged = this.group.judge().requested(this, pass.service(), fails);
		this.passes.put(pass, judged);
		if (fails) {
			throw new IllegalStateException("no database");
		}
		this.script.requested(new SimulatedPass(this.group, pass, judged));
	}

	@Override
	public void release(Pass pass) {
		JudgedPass judged = this.passes.get(pass);
		if (judged == null) {
			throw new RuleBroken("lease", "a lease of another service was given back");
		}
		this.group.judge().released(pass.service(), judged);
	}

	/**
	 * A pass that somebody waits for, or has.
	 */
	record SimulatedPass(SimulatedGroup group, Pass pass, JudgedPass judged) {

	}

}
