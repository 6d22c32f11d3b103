package io.supervisor;

/**
 * A group did what a rule forbids, or did not do what one demands.
 */
final class RuleBroken extends AssertionError {

	private static final long serialVersionUID = 1L;

	RuleBroken(String rule, String what) {
		super(rule + ": " + what);
	}

}
