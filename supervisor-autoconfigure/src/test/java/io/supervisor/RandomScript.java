package io.supervisor;

import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * A random tree of groups, and what happens to it, all from one seed. The script can be
 * read when it is played once more.
 */
final class RandomScript {

	private static final long MILLISECOND = 1_000_000L;

	private static final long[] STEPS = { 0, 1, MILLISECOND, 100 * MILLISECOND, 600 * MILLISECOND, 1000 * MILLISECOND,
			1000 * MILLISECOND, 3000 * MILLISECOND, 5000 * MILLISECOND, 10_000 * MILLISECOND, 30_000 * MILLISECOND };

	private static final List<Long> EXTENSIONS = List.of(MILLISECOND, 3000 * MILLISECOND, 12_000 * MILLISECOND,
			60_000 * MILLISECOND, JudgedRun.NEVER);

	private final Random random;

	private final Coverage coverage;

	/**
	 * What has happened, or {@code null} if nobody will read it.
	 */
	private final @Nullable StringBuilder text;

	private final SimulatedThreads threads = new SimulatedThreads();

	private final List<SimulatedGroup> groups = new ArrayList<>();

	private final RandomDefinitions definitions;

	private final SimulatedGroup root;

	private final List<SimulatedRun> submitted = new ArrayList<>();

	private final List<SimulatedRun> live = new ArrayList<>();

	/**
	 * Those with another thread that has announced their readiness in time, and is slow
	 * to tell.
	 */
	private final List<SimulatedRun> late = new ArrayList<>();

	private final List<SimulatedGate.SimulatedPass> passes = new ArrayList<>();

	private final boolean promptExecutor;

	private final boolean promptThreads;

	private final Throwable sameAgain = new Thrown("the same again");

	private boolean refusing = true;

	RandomScript(long seed, Coverage coverage, boolean legible) {
		// seeds that follow each other begin alike
		this.random = new Random(seed * 0x9E3779B97F4A7C15L);
		this.coverage = coverage;
		this.text = legible ? new StringBuilder() : null;
		this.promptExecutor = chance(0.6);
		this.promptThreads = chance(0.5);
		this.definitions = new RandomDefinitions(this.random);
		this.root = group(this.definitions, "g", this.definitions.size(), 0);
	}

	SimulatedGroup group(RandomDefinitions definitions, String name, int size, int depth) {
		SimulatedGroup group = new SimulatedGroup(this, definitions, name, size, depth);
		this.groups.add(group);
		this.coverage.services(size);
		return group;
	}

	SimulatedThreads threads() {
		return this.threads;
	}

	Coverage coverage() {
		return this.coverage;
	}

	void saw(Sight sight) {
		this.coverage.saw(sight);
	}

	void note(Supplier<String> line) {
		if (this.text != null) {
			this.text.append(RandomDefinitions.duration(this.threads.elapsed()))
				.append(' ')
				.append(line.get())
				.append('\n');
		}
	}

	/**
	 * Run the group up to four times, and let things happen to it.
	 */
	void play() {
		this.coverage.group();
		if (chance(0.02)) {
			note(() -> "stop before the first run");
			this.root.stop();
		}
		int rounds = 1 + this.random.nextInt(chance(0.3) ? 4 : 1);
		for (int i = 0; i < rounds; i++) {
			playRound();
		}
		endAll();
		for (SimulatedGroup group : this.groups) {
			group.judge().over();
		}
	}

	private void playRound() {
		boolean resume = chance(0.3);
		boolean stopFirst = chance(0.02);
		note(() -> (resume ? "resume" : "begin") + (stopFirst ? ", stopped before" : ""));
		this.root.begin(resume, null, stopFirst);
		int steps = 5 + this.random.nextInt(50);
		for (int i = 0; i < steps && this.root.isLive(); i++) {
			step();
		}
		if (chance(0.9)) {
			note(() -> "stop");
			this.root.stop();
		}
		for (int i = this.random.nextInt(10); i > 0 && this.root.isLive(); i--) {
			step();
		}
		if (this.root.isLive()) {
			note(() -> "stop and wait for the end");
			this.root.stop();
			advance(60_000 * MILLISECOND);
		}
		if (chance(0.4)) {
			endAll();
		}
		for (int i = this.random.nextInt(4); i > 0; i--) {
			command();
			end();
		}
		settle();
	}

	private void step() {
		this.coverage.step();
		switch (this.random.nextInt(21)) {
			case 0, 1 -> enter();
			case 2, 3 -> ready();
			case 4 -> end();
			case 5, 6, 7 -> fail();
			case 8, 9, 10 -> advance(STEPS[this.random.nextInt(STEPS.length)]);
			case 11, 12 -> command();
			case 13, 14 -> gate();
			case 15 -> beat();
			case 16 -> action();
			case 17 -> pause();
			case 18 -> degrade();
			case 19 -> extendStop();
			default -> rare();
		}
		if (chance(0.6)) {
			settle();
		}
		else if (chance(0.5)) {
			SimulatedGroup group = oneOf(this.groups);
			if (group.isLive() && !group.isDue()) {
				note(() -> group.name() + " looks");
				group.turn();
			}
		}
	}

	private void rare() {
		switch (this.random.nextInt(10)) {
			case 0 -> {
				if (chance(0.3)) {
					SimulatedGroup group = oneOf(this.groups);
					boolean now = chance(0.5);
					note(() -> "stop " + group.name() + (now ? " now" : ""));
					if (now) {
						group.stopNow();
					}
					else {
						group.stop();
					}
				}
			}
			case 1 -> {
				if (chance(0.3)) {
					note(() -> "interrupt");
					this.root.interrupt();
				}
			}
			case 2, 3 -> add();
			case 4 -> unknown();
			case 5, 6 -> tellLate();
			default -> {
				if (this.threads.hasTasks()) {
					runTask();
				}
			}
		}
	}

	JudgedRun.Handling handling() {
		if (!this.refusing) {
			return JudgedRun.Handling.ACCEPTED;
		}
		return switch (this.random.nextInt(50)) {
			case 0 -> JudgedRun.Handling.REFUSED;
			case 1 -> JudgedRun.Handling.CALLED_IN_THE_LOOP;
			default -> JudgedRun.Handling.ACCEPTED;
		};
	}

	boolean gateFails() {
		return this.refusing && chance(0.03);
	}

	void submitted(SimulatedGroup group, Run run, JudgedRun judged, @Nullable SimulatedGroup nested) {
		int kind = this.random.nextInt(10);
		SimulatedRun.Reaction reaction = (kind < 6) ? SimulatedRun.Reaction.AT_ONCE
				: (kind < 8) ? SimulatedRun.Reaction.TO_THE_INTERRUPT : SimulatedRun.Reaction.NOT_AT_ALL;
		Throwable lastWords = chance(0.7) ? null : thrown();
		this.submitted.add(new SimulatedRun(group, run, judged, nested, reaction, lastWords));
	}

	void requested(SimulatedGate.SimulatedPass pass) {
		this.passes.add(pass);
	}

	/**
	 * A run has ended.
	 */
	void left(SimulatedRun run) {
		this.live.remove(run);
		run.group.touch();
	}

	private void enter() {
		if (!this.submitted.isEmpty()) {
			enter(this.submitted.remove(this.random.nextInt(this.submitted.size())));
		}
	}

	private void enter(SimulatedRun run) {
		note(() -> run + " begins");
		run.enter();
		run.group.touch();
		if (run.entered) {
			this.live.add(run);
			if (run.nested != null) {
				run.nested.begin(false, run, false);
			}
		}
	}

	private @Nullable SimulatedRun anyLive() {
		if (this.live.isEmpty()) {
			return null;
		}
		SimulatedRun run = oneOf(this.live);
		return (run.nested == null) ? run : null;
	}

	private void ready() {
		SimulatedRun run = anyLive();
		if (run != null && run.judged.service.announces) {
			note(() -> run + " is ready");
			recover(run);
		}
	}

	private void recover(SimulatedRun run) {
		run.group.judge().readied(run.judged);
		run.group.judge().says(run.judged, null);
		run.run.ready();
		run.group.touch();
	}

	/**
	 * Those that were cancelled ask for more time. Not those with a lease, of which the
	 * judge does not know yet what it leaves when it is extended as well.
	 */
	private void extendStop() {
		long nanos = oneOf(EXTENSIONS);
		for (SimulatedRun run : this.live) {
			if (run.nested == null && run.run.isCancelled() && run.judged.pass == null) {
				note(() -> run + " extends its stop by " + RandomDefinitions.duration(nanos));
				run.group.judge().extendsStop(run.judged, Judge.plus(this.threads.elapsed(), nanos));
				run.run.extendStop(RandomDefinitions.duration(nanos));
				run.group.touch();
			}
		}
	}

	private void degrade() {
		SimulatedRun run = anyLive();
		if (run == null) {
			return;
		}
		String reason = "reason " + this.random.nextInt(3);
		if (chance(0.4) && run.judged.degraded != null) {
			note(() -> run + " is well again");
			recover(run);
		}
		else {
			note(() -> run + " is degraded: " + reason);
			run.group.judge().says(run.judged, reason);
			run.run.degraded(reason);
			run.group.touch();
		}
	}

	private void beat() {
		note(() -> "all beat");
		for (SimulatedRun run : this.live) {
			run.run.heartbeat();
			run.group.judge().beat(run.judged);
		}
	}

	private void end() {
		SimulatedRun run = anyLive();
		if (run != null) {
			end(run, null);
		}
	}

	private void fail() {
		SimulatedRun run = anyLive();
		if (run != null) {
			end(run, thrown());
		}
	}

	private void end(SimulatedRun run, @Nullable Throwable thrown) {
		note(() -> run + ((thrown != null) ? " throws " + thrown : " returns"));
		run.end(thrown);
		left(run);
		if (chance(0.1) && run.judged.service.announces) {
			run.group.judge().says(run.judged, null);
			run.run.ready();
			this.late.add(run);
		}
	}

	private Throwable thrown() {
		return switch (this.random.nextInt(12)) {
			case 0 -> new InterruptedException();
			case 1 -> new SocketException("closed");
			case 2 -> new UnrecoverableServiceException("no");
			case 3 -> new LinkageError("no such class");
			case 4 -> new CancellationException();
			case 5 -> new IOException(new InterruptedException());
			case 6 -> new StackOverflowError();
			case 7 -> this.sameAgain;
			default -> new Thrown("gone");
		};
	}

	/**
	 * The whole process stands still.
	 */
	private void pause() {
		long nanos = STEPS[this.random.nextInt(STEPS.length)];
		note(() -> "pause " + RandomDefinitions.duration(nanos));
		if (nanos > 0) {
			this.coverage.saw(Sight.PAUSED_PROCESS);
			this.threads.pause(nanos);
			settle(true);
		}
	}

	private void tellLate() {
		if (!this.late.isEmpty()) {
			SimulatedRun run = this.late.remove(this.random.nextInt(this.late.size()));
			note(() -> run + " was ready before it ended");
			this.coverage.saw(Sight.LATE_READINESS);
			run.run.loop().post(new Run.Ready(run.run));
			run.group.touch();
		}
	}

	private void action() {
		SimulatedRun run = anyLive();
		if (run == null) {
			return;
		}
		boolean throwing = chance(0.3);
		note(() -> run + " registers an action" + (throwing ? " that throws" : ""));
		run.run.onCancel(() -> {
			run.judged.disturb();
			if (throwing) {
				Thrown thrown = new Thrown("in an action");
				run.group.judge().actionFailed(run.judged, thrown);
				throw thrown;
			}
		});
		run.group.touch();
	}

	private void runTask() {
		this.threads.runTask(this.random);
		this.groups.forEach(SimulatedGroup::touch);
	}

	private void gate() {
		this.passes.removeIf((pass) -> pass.judged().released);
		if (this.passes.isEmpty()) {
			return;
		}
		SimulatedGate.SimulatedPass pass = oneOf(this.passes);
		JudgedPass judged = pass.judged();
		String service = pass.pass().service();
		Judge judge = pass.group().judge();
		pass.group().touch();
		int what = this.random.nextInt(10);
		if (!judged.granted) {
			if (what < 6) {
				long until = this.threads.elapsed() + (1 + this.random.nextInt(40)) * 500 * MILLISECOND;
				note(() -> pass.group().name() + "/" + service + " is granted its lease until "
						+ RandomDefinitions.duration(until));
				judge.granted(judged, until);
				pass.pass().granted(7, SimulatedThreads.nanoTimeAt(until));
			}
			else {
				boolean held = what < 9;
				note(() -> pass.group().name() + "/" + service + " is held elsewhere: " + held);
				judge.heldElsewhere(service, judged, held);
				pass.pass().heldBy(held ? "another" : null, null);
			}
		}
		else if (!judged.revoked && !judged.handedOver) {
			if (what < 7) {
				long until = this.threads.elapsed() + (1 + this.random.nextInt(40)) * 500 * MILLISECOND;
				note(() -> pass.group().name() + "/" + service + " has its lease extended until "
						+ RandomDefinitions.duration(until));
				judge.extended(judged, until);
				pass.pass().extended(SimulatedThreads.nanoTimeAt(until));
			}
			else if (what < 9) {
				note(() -> pass.group().name() + "/" + service + " is to hand over");
				judge.handedOver(judged);
				pass.pass().handOver();
			}
			else {
				note(() -> pass.group().name() + "/" + service + " has its lease revoked");
				judge.revoked(service, judged);
				pass.pass().revoked();
			}
		}
	}

	private void command() {
		SimulatedGroup group = oneOf(this.groups);
		List<String> names = group.judge().names();
		if (names.isEmpty()) {
			return;
		}
		command(group, oneOf(names));
	}

	private void unknown() {
		command(oneOf(this.groups), "unknown");
	}

	private void command(SimulatedGroup group, String name) {
		int kind = this.random.nextInt(10);
		Command.Kind command = (kind < 3) ? Command.Kind.START
				: (kind < 6) ? Command.Kind.STOP : (kind < 9) ? Command.Kind.RESTART : Command.Kind.REMOVE;
		note(() -> command + " " + group.name() + "/" + name);
		group.command(command, name);
	}

	private void add() {
		SimulatedGroup group = oneOf(this.groups);
		List<String> names = group.judge().names();
		String name = (chance(0.2) && !names.isEmpty()) ? oneOf(names) : "t" + this.random.nextInt(1000);
		group.add(this.definitions, name);
	}

	/**
	 * Let time pass, stopping at each deadline on the way.
	 */
	private void advance(long nanos) {
		note(() -> "advance " + RandomDefinitions.duration(nanos));
		settle();
		long left = nanos;
		while (left > 0) {
			long step = left;
			for (SimulatedGroup group : this.groups) {
				step = Math.min(step, group.untilNextDeadline());
			}
			if (chance(0.2)) {
				beat();
			}
			this.threads.advance(step);
			left -= step;
			settle(true);
			if (this.groups.stream().noneMatch(SimulatedGroup::isLive)) {
				this.threads.advance(left);
				return;
			}
		}
	}

	private void settle() {
		settle(false);
	}

	/**
	 * Let all that is awake go on until it would wait.
	 */
	private void settle(boolean timeHasPassed) {
		boolean more = true;
		while (more) {
			more = false;
			for (SimulatedGroup group : this.groups) {
				for (int i = 0; group.isAwake(); i++) {
					group.turn();
					more = true;
					if (i > 10_000) {
						throw new RuleBroken("26", group.name() + " does not come to rest");
					}
				}
			}
			if (this.threads.hasTasks()) {
				more = true;
				if (chance(0.5)) {
					runTask();
				}
			}
			more |= react();
			if (this.promptExecutor && !this.submitted.isEmpty()) {
				more = true;
				enter();
			}
		}
		for (SimulatedGroup group : this.groups) {
			group.settled(timeHasPassed);
		}
	}

	private boolean react() {
		boolean any = false;
		for (int i = 0; i < this.live.size(); i++) {
			SimulatedRun run = this.live.get(i);
			if (run.reacts() && (this.promptThreads || chance(0.5))) {
				end(run, run.lastWords);
				any = true;
				i--;
			}
		}
		return any;
	}

	/**
	 * Every thread comes, and leaves.
	 */
	private void endAll() {
		note(() -> "all end");
		this.refusing = false;
		for (int i = 0; i < 10_000 && !isQuiet(); i++) {
			while (!this.submitted.isEmpty()) {
				enter();
			}
			for (SimulatedRun run : List.copyOf(this.live)) {
				if (run.nested == null && !run.ended) {
					end(run, null);
				}
				else if (run.nested != null) {
					run.nested.stop();
				}
			}
			settle();
		}
		this.refusing = true;
	}

	private boolean isQuiet() {
		return this.submitted.isEmpty() && this.live.isEmpty();
	}

	private boolean chance(double probability) {
		return this.random.nextDouble() < probability;
	}

	private <T> T oneOf(List<T> values) {
		return values.get(this.random.nextInt(values.size()));
	}

	@Override
	public String toString() {
		StringBuilder state = new StringBuilder((this.text != null) ? this.text : "");
		for (SimulatedGroup group : this.groups) {
			state.append(group.group()).append('\n');
			group.group().services().forEach((service) -> state.append("  ").append(service).append('\n'));
		}
		return state.toString();
	}

	/**
	 * Costs no stack.
	 */
	private static final class Thrown extends RuntimeException {

		private static final long serialVersionUID = 1L;

		Thrown(String message) {
			super(message, null, true, false);
		}

	}

}
