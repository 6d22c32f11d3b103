package io.supervisor;

import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * What the judge knows of one command.
 *
 * @param definition of the service to add
 * @param service the service that it was for, if there was one
 * @param stateBefore the state of that service when the command was given
 * @param transitionsBefore how many transitions that had made
 * @param groupBefore the state of the group
 */
record JudgedCommand(Command.Kind kind, String name, @Nullable ServiceDefinition definition,
		Future<ServiceSnapshot> result, @Nullable JudgedService service, ServiceState stateBefore,
		int transitionsBefore, GroupState groupBefore) {

	/**
	 * What it came to, or {@code null} if it was carried out.
	 */
	@Nullable Throwable refusal() {
		try {
			this.result.get();
			return null;
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * It is done: was it done right?
	 * @param superseded whether there is a later one for the service, which counts
	 */
	void check(Judge judge, boolean superseded) {
		Throwable refusal = refusal();
		if (refusal == null) {
			if (!superseded) {
				checkCarriedOut(judge);
			}
		}
		else if (refusal instanceof NoSuchElementException) {
			judge.must(this.service == null || !judge.has(this.service), "commands", this, "is for one that exists");
		}
		else if (this.kind == Command.Kind.ADD) {
			boolean stopping = judge.state() == GroupState.STOPPING || this.groupBefore == GroupState.STOPPING
					|| !judge.state().isLive();
			judge.must((refusal instanceof IllegalArgumentException) ? judge.refusesToAdd(this) : stopping, "commands",
					this, "was refused for no reason");
		}
		else {
			judge.must(refusal instanceof IllegalStateException, "commands", this, "failed");
			boolean over = !judge.state().isLive() || !this.groupBefore.isLive();
			boolean stopping = judge.state() == GroupState.STOPPING || this.groupBefore == GroupState.STOPPING;
			boolean needed = this.kind == Command.Kind.REMOVE && this.service != null && this.service.hadDependents;
			judge.must(over || needed || (stopping && this.kind != Command.Kind.STOP), "commands", this,
					"was refused for no reason");
		}
	}

	private void checkCarriedOut(Judge judge) {
		JudgedService service = this.service;
		switch (this.kind) {
			case ADD -> {
			}
			case REMOVE -> judge.must(service != null && !service.isLive(), "commands", this, "was removed alive");
			case STOP -> judge.must(service != null && !state().isLive() && state() != ServiceState.WAITING
					&& state() != ServiceState.BACKOFF, "commands", this, "did not stop it: " + state());
			case START ->
				judge.must(
						service != null && (!this.stateBefore.isTerminal()
								|| service.transitions > this.transitionsBefore || this.groupBefore.isTerminal()),
						"commands", this, "did not start it");
			case RESTART ->
				judge.must(
						service != null && (this.stateBefore == ServiceState.NEW
								|| this.stateBefore == ServiceState.WAITING || this.stateBefore == ServiceState.STARTING
								|| service.startNow || service.transitions > this.transitionsBefore),
						"commands", this, "did not restart it");
		}
	}

	ServiceState state() {
		try {
			return this.result.get().state();
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return this.kind + " " + this.name;
	}

}
