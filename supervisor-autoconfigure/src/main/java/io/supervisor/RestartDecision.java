package io.supervisor;

/**
 * What follows a run that ended by itself.
 *
 * @param kind restart, accept the end, or give up
 * @param count for a restart its number in the row, for a spent budget how often the
 * service ended in a row
 */
record RestartDecision(Kind kind, int count) {

	static RestartDecision restart(int number) {
		return new RestartDecision(Kind.RESTART, number);
	}

	static RestartDecision budgetSpent(int ends) {
		return new RestartDecision(Kind.BUDGET_SPENT, ends);
	}

	static RestartDecision noRestart(ServiceExit exit) {
		return new RestartDecision((exit == ServiceExit.COMPLETED) ? Kind.COMPLETE : Kind.FAIL, 0);
	}

	enum Kind {

		RESTART, COMPLETE, FAIL, BUDGET_SPENT

	}

}
