package io.supervisor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Commands on single services: the table in the Javadoc of {@link ServiceGroup}. Runs in
 * the {@linkplain GroupLoop loop}, as the {@linkplain Supervision rules} do.
 */
final class Commands {

	private final GroupLoop loop;

	private final Supervision supervision;

	/**
	 * The names of all members by their canonical form, for those who come later. Only
	 * there once somebody has come or gone.
	 */
	private @Nullable Map<String, String> spellings;

	Commands(GroupLoop loop, Supervision supervision) {
		this.loop = loop;
		this.supervision = supervision;
	}

	void onCommand(Command command) {
		if (command.kind() == Command.Kind.ADD) {
			add(command, Objects.requireNonNull(command.member()));
			return;
		}
		Member member = this.loop.byName.get(command.name());
		if (member == null) {
			command.unknown(this.loop.name);
		}
		else if (!this.loop.state.isLive() && this.loop.isClaimed()) {
			addPending(member, command);
		}
		else if (!this.loop.state.isLive() && command.kind() != Command.Kind.REMOVE) {
			command.refuse("'" + this.loop.name + "' is not running");
		}
		else if (this.loop.state == GroupState.STOPPING && command.kind() != Command.Kind.STOP) {
			command.refuse("'" + this.loop.name + "' is stopping");
		}
		else if (command.kind() == Command.Kind.REMOVE && !member.relations.dependents.isEmpty()) {
			command.refuse("'" + member.relations.dependents.get(0).name() + "' depends on it");
		}
		else if (member.state == ServiceState.STOPPING || member.state == ServiceState.STUCK
				|| isTooEarly(member, command) || (command.kind() == Command.Kind.REMOVE && member.older != null)) {
			addPending(member, command);
		}
		else {
			carryOut(member, command);
		}
	}

	/**
	 * Whether the start of the group has not reached a service that has ended in an
	 * earlier run: before its dependencies have had their turn it cannot be started, and
	 * what is asked for later cannot be done before.
	 */
	private boolean isTooEarly(Member member, Command command) {
		return this.loop.state.isLive() && !this.supervision.isInPresentRun(member)
				&& (member.pending != null || (member.state != ServiceState.NEW
						&& (command.kind() == Command.Kind.START || command.kind() == Command.Kind.RESTART)));
	}

	/**
	 * Carry out a command on a service that is not about to end.
	 */
	private void carryOut(Member member, Command command) {
		boolean done = switch (command.kind()) {
			case START -> startByHand(member);
			case STOP -> stopByHand(member);
			case RESTART -> restartByHand(member);
			case REMOVE -> remove(member);
			case ADD -> throw new IllegalStateException("a service that exists cannot be added");
		};
		if (done) {
			command.carriedOut(member);
		}
		else {
			command.underWay = command.kind() != Command.Kind.REMOVE;
			addPending(member, command);
		}
	}

	private boolean startByHand(Member member) {
		switch (member.state) {
			case BACKOFF -> {
				member.inARow = 0;
				this.loop.deadlines.cancel(member);
				this.supervision.leaveBackOff(member);
			}
			case STOPPED, COMPLETED, FAILED -> {
				member.inARow = 0;
				member.cause = null;
				member.relations.holdBackNoLonger();
				this.loop.transition(member, ServiceState.WAITING);
				this.supervision.tryStart(member);
			}
			case NEW, WAITING, STARTING, RUNNING, STOPPING, STUCK -> {
			}
		}
		return true;
	}

	private boolean stopByHand(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> this.supervision.stopUnstarted(member);
			case STARTING, RUNNING -> {
				if (this.loop.state != GroupState.STOPPING) {
					this.supervision.cancel(member, CancellationCause.STOPPED, Member.Then.STOPPED);
				}
				return !member.state.isLive();
			}
			case STOPPED, COMPLETED, FAILED -> {
				if (this.supervision.enlist(member)) {
					this.supervision.stopUnstarted(member);
				}
			}
			case STOPPING, STUCK -> {
			}
		}
		return true;
	}

	private boolean restartByHand(Member member) {
		member.inARow = 0;
		if (member.run == null || !member.run.hasBegun()) {
			return startByHand(member);
		}
		this.supervision.cancel(member, CancellationCause.RESTARTED, Member.Then.WAITING);
		return false;
	}

	private void add(Command command, Member member) {
		if (this.loop.state == GroupState.STOPPING) {
			command.refuse("'" + this.loop.name + "' is stopping");
			return;
		}
		String other = spellings().get(Names.canonical(member.name()));
		if (other != null) {
			command.failed(new IllegalArgumentException(
					"There is a service '%s' in '%s' already".formatted(other, this.loop.name)));
			return;
		}
		try {
			ServiceGraph.connect(member, this.loop.byName);
		}
		catch (IllegalArgumentException ex) {
			command.failed(ex);
			return;
		}
		spellings().put(Names.canonical(member.name()), member.name());
		this.loop.add(member);
		if (this.loop.state.isLive()) {
			this.supervision.firstStart(member);
		}
		command.carriedOut(member);
	}

	private Map<String, String> spellings() {
		if (this.spellings == null) {
			Map<String, String> spellings = new HashMap<>();
			this.loop.byName.names().forEach((name) -> spellings.put(Names.canonical(name), name));
			this.spellings = spellings;
		}
		return this.spellings;
	}

	/**
	 * Remove a member that has ended, or see to it that it ends.
	 */
	private boolean remove(Member member) {
		if (this.loop.state.isLive() && !stopByHand(member)) {
			return false;
		}
		member.relations.dependencies.forEach((dependency) -> dependency.relations.dependents.remove(member));
		spellings().remove(Names.canonical(member.name()));
		this.loop.remove(member);
		return true;
	}

	private void addPending(Member member, Command command) {
		if (member.pending == null) {
			member.pending = new ArrayList<>();
		}
		member.pending.add(command);
	}

	/**
	 * The run has ended that commands waited for.
	 */
	void carryOutPending(Member member) {
		List<Command> pending = member.pending;
		member.pending = null;
		if (pending == null) {
			return;
		}
		for (Command command : pending) {
			if (command.underWay) {
				command.carriedOut(member);
			}
			else {
				onCommand(command);
			}
		}
	}

	/**
	 * What the commands waited for will not happen.
	 */
	void refusePending(String reason) {
		for (Member member : this.loop.members) {
			if (member.pending != null) {
				member.pending.forEach((command) -> command.refuse(reason));
				member.pending = null;
			}
		}
	}

	/**
	 * A stuck service is as stopped as it will be.
	 */
	void carriedOut(Member member, Command.Kind kind) {
		if (member.pending != null) {
			member.pending.removeIf((command) -> {
				boolean done = command.underWay && command.kind() == kind;
				if (done) {
					command.carriedOut(member);
				}
				return done;
			});
		}
	}

}
