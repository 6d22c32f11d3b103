package io.supervisor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Commands on single services: the table in the Javadoc of {@link ServiceGroup}. Runs in
 * the {@linkplain GroupLoop loop}, above the rules.
 */
final class Commands {

	private final Rules rules;

	private final Ownership ownership;

	private final Group group;

	private final StartRules starts;

	private final RestartRules restarts;

	private final StopRules stops;

	/**
	 * The names of all members by their canonical form, for those who come later. Only
	 * there once somebody has come or gone.
	 */
	private @Nullable Map<String, String> spellings;

	Commands(Rules rules, Ownership ownership) {
		this.rules = rules;
		this.ownership = ownership;
		this.group = rules.group();
		this.starts = rules.starts();
		this.restarts = rules.restarts();
		this.stops = rules.stops();
	}

	void onCommand(Command command) {
		if (command.kind() == Command.Kind.ADD) {
			add(command, Objects.requireNonNull(command.member()));
			return;
		}
		Member member = this.group.roster.get(command.name());
		if (member == null) {
			command.unknown(this.group.name);
		}
		else if (!this.group.isLive() && this.ownership.isClaimed()) {
			addPending(member, command);
		}
		else if (!this.group.isLive() && command.kind() != Command.Kind.REMOVE) {
			command.refuse("'" + this.group.name + "' is not running");
		}
		else if (this.group.isStopping() && command.kind() != Command.Kind.STOP) {
			command.refuse("'" + this.group.name + "' is stopping");
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
		return this.group.isLive() && !this.group.isInPresentRun(member)
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
				this.group.agenda.cancel(member);
				this.restarts.leaveBackOff(member);
				tryStart(member);
			}
			case STOPPED, COMPLETED, FAILED -> {
				member.inARow = 0;
				member.cause = null;
				member.relations.holdBackNoLonger();
				member.relations.startInOrder(false);
				this.group.roster.transition(member, ServiceState.WAITING);
				this.starts.tryStart(member);
			}
			case NEW, WAITING, STARTING, RUNNING, STOPPING, STUCK -> {
			}
		}
		return true;
	}

	private void tryStart(Member member) {
		if (member.state == ServiceState.WAITING) {
			this.starts.tryStart(member);
		}
	}

	private boolean stopByHand(Member member) {
		switch (member.state) {
			case NEW, WAITING, BACKOFF -> this.stops.stopUnstarted(member);
			case STARTING, RUNNING -> {
				if (!this.group.isStopping()) {
					this.stops.cancel(member, CancellationCause.STOPPED, Member.Then.STOPPED);
				}
				return !member.state.isLive();
			}
			case STOPPED, COMPLETED, FAILED -> {
				if (this.starts.enlist(member)) {
					this.stops.stopUnstarted(member);
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
		this.stops.cancel(member, CancellationCause.RESTARTED, Member.Then.WAITING);
		return false;
	}

	private void add(Command command, Member member) {
		if (this.group.isStopping()) {
			command.refuse("'" + this.group.name + "' is stopping");
			return;
		}
		String other = spellings().get(Names.canonical(member.name()));
		if (other != null) {
			command.failed(new IllegalArgumentException(
					"There is a service '%s' in '%s' already".formatted(other, this.group.name)));
			return;
		}
		try {
			ServiceGraph.connect(member, this.group.roster.byName());
		}
		catch (IllegalArgumentException ex) {
			command.failed(ex);
			return;
		}
		spellings().put(Names.canonical(member.name()), member.name());
		this.group.roster.add(member);
		if (this.group.isLive()) {
			this.rules.firstStart(member);
		}
		command.carriedOut(member);
	}

	private Map<String, String> spellings() {
		if (this.spellings == null) {
			Map<String, String> spellings = new HashMap<>();
			this.group.roster.byName().names().forEach((name) -> spellings.put(Names.canonical(name), name));
			this.spellings = spellings;
		}
		return this.spellings;
	}

	/**
	 * Remove a member that has ended, or see to it that it ends.
	 */
	private boolean remove(Member member) {
		if (this.group.isLive() && !stopByHand(member)) {
			return false;
		}
		member.relations.dependencies.forEach((dependency) -> dependency.relations.dependents.remove(member));
		spellings().remove(Names.canonical(member.name()));
		this.group.roster.remove(member);
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
		for (Member member : this.group.roster.members()) {
			if (member.pending != null) {
				member.pending.forEach((command) -> command.refuse(reason));
				member.pending = null;
			}
		}
	}

	/**
	 * A stuck service is as stopped as it will be.
	 */
	void onStuck(Member member) {
		if (member.state == ServiceState.STUCK && member.pending != null) {
			member.pending.removeIf((command) -> {
				boolean done = command.underWay && command.kind() == Command.Kind.STOP;
				if (done) {
					command.carriedOut(member);
				}
				return done;
			});
		}
	}

}
