package io.supervisor;

import org.jspecify.annotations.Nullable;

/**
 * What the judge knows of one pass for a gate.
 */
final class JudgedPass {

	/**
	 * Posted is not seen: the loop has had a look once the next turn begins.
	 */
	boolean granted;

	long validUntil;

	boolean revoked;

	boolean handedOver;

	boolean heldElsewhere;

	boolean released;

	@Nullable JudgedRun run;

}
