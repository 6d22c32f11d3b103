package io.supervisor;

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
		else if (member.state == ServiceState.STOPPING || member.state == ServiceState.STUCK) {
			onCommandForOneThatEnds(member, command);
		}
		else if (isTooEarly(member, command) || (command.kind() == Command.Kind.REMOVE && member.older != null)) {
			addPending(member, command);
		}
		else {
			carryOut(member, command);
		}
	}

	/**
	 * It waits for the end of the run; but one that is stuck has stopped already.
	 */
	private void onCommandForOneThatEnds(Member member, Command command) {
		addPending(member, command);
		onStuck(member);
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
			spellings().put(Names.canonical(member.name()), member.name());
			this.group.roster.add(member);
		}
		catch (Throwable ex) {
			// a dependency that there is not, or no memory: all as it was
			disconnect(member);
			spellings().remove(Names.canonical(member.name()));
			command.failed(ex);
			return;
		}
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
		removeEnded(member);
		return true;
	}

	/**
	 * Remove a member that has ended.
	 */
	void removeEnded(Member member) {
		Map<String, String> spellings = spellings();
		this.group.roster.remove(member);
		spellings.remove(Names.canonical(member.name()));
		disconnect(member);
	}

	private static void disconnect(Member member) {
		List<Member> dependencies = member.relations.dependencies;
		for (int i = 0; i < dependencies.size(); i++) {
			List<Member> dependents = dependencies.get(i).relations.dependents;
			if (!dependents.isEmpty()) {
				dependents.remove(member);
			}
		}
	}

	private void addPending(Member member, Command command) {
		command.nextPending = member.pending;
		member.pending = command;
	}

	/**
	 * The run has ended that commands waited for. Of those that want it to run or not to
	 * run the last one counts, and the others are done with it.
	 */
	void carryOutPending(Member member) {
		Command first = takePending(member);
		for (Command command = first; command != null; command = command.nextPending) {
			if (command.underWay) {
				answer(command, member);
			}
			else if (!isSuperseded(command)) {
				carryOutNow(command);
			}
		}
		for (Command command = first; command != null; command = command.nextPending) {
			if (isSuperseded(command)) {
				answer(command, member);
			}
		}
	}

	private void carryOutNow(Command command) {
		try {
			onCommand(command);
		}
		catch (Throwable ex) {
			command.failed(ex);
		}
	}

	private static void answer(Command command, Member member) {
		try {
			command.carriedOut(member);
		}
		catch (Throwable ex) {
			command.failed(ex);
		}
	}

	/**
	 * Those that wait, the first one first.
	 */
	private static @Nullable Command takePending(Member member) {
		@Nullable Command first = null;
		Command command = member.pending;
		member.pending = null;
		while (command != null) {
			Command next = command.nextPending;
			command.nextPending = first;
			first = command;
			command = next;
		}
		return first;
	}

	private boolean isSuperseded(Command command) {
		return command.kind() != Command.Kind.REMOVE && command.nextPending != null;
	}

	/**
	 * What the commands waited for will not happen.
	 */
	void refusePending(String reason) {
		for (Member member : this.group.roster.members()) {
			for (Command command = takePending(member); command != null; command = command.nextPending) {
				try {
					command.refuse(reason);
				}
				catch (Throwable ex) {
					command.failed(ex);
				}
			}
		}
	}

	/**
	 * A stuck service is as stopped as it will be: what wanted it to stop is done, and
	 * with it what was asked for before. The latest such command stays, so that it counts
	 * when the thread ends after all.
	 */
	void onStuck(Member member) {
		if (member.state != ServiceState.STUCK) {
			return;
		}
		boolean stopped = false;
		Command later = null;
		for (Command command = member.pending; command != null; command = command.nextPending) {
			boolean superseded = stopped && command.kind() != Command.Kind.REMOVE;
			stopped |= command.kind() == Command.Kind.STOP;
			if (stopped && command.kind() != Command.Kind.REMOVE) {
				command.carriedOut(member);
			}
			if (superseded && later != null) {
				later.nextPending = command.nextPending;
			}
			else {
				later = command;
			}
		}
	}

}
