package io.supervisor;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * Hands runs to an executor that may block, which the loop must not (rule 5). A daemon
 * thread does so, in the order in which the runs are started, for as long as there are
 * any. When it has been blocked for a while a second one goes on with the others, and the
 * first ends once the executor lets go of it. Of one service there is one submission at a
 * time, also where an earlier attempt was given up meanwhile. Unless stated otherwise
 * only accessed by the owner of the group.
 */
final class Submitter {

	/**
	 * How long a thread may be blocked before another one goes on.
	 */
	private static final long PATIENCE = 100_000_000L;

	private final GroupLoop loop;

	private final Group group;

	private final Executor executor;

	/**
	 * What is to be submitted. Added to by the owner of the group, taken from by the
	 * thread that submits, of which there is one that was not relieved.
	 */
	private final Queue<Submission> queue = new ConcurrentLinkedQueue<>();

	private final Deadline look = new Look();

	/**
	 * The one that submits; it may have come to its end.
	 */
	private @Nullable Worker worker;

	/**
	 * Whether one that was relieved is still blocked.
	 */
	private boolean relieved;

	Submitter(GroupLoop loop, Executor executor) {
		this.loop = loop;
		this.group = loop.group();
		this.executor = executor;
	}

	/**
	 * Have a run submitted, once the executor has returned from an earlier one of the
	 * same service. Throws what keeps it from that.
	 */
	void submit(Submission submission) {
		Member member = submission.member();
		Submission earlier = member.submission;
		if (earlier != null) {
			earlier.after = submission;
			return;
		}
		this.queue.add(submission);
		try {
			ensureWorker();
		}
		catch (Throwable ex) {
			this.queue.remove(submission);
			throw ex;
		}
		member.submission = submission;
		if (!this.look.isSet()) {
			this.group.agenda.set(this.look, 0);
		}
	}

	/**
	 * The executor has returned from a submission.
	 * @return the one of the same service that can follow now, if any
	 */
	@Nullable Submission returned(Submission submission) {
		if (submission.isRelieved()) {
			this.relieved = false;
			this.group.agenda.set(this.look, 0);
		}
		Member member = submission.member();
		if (member.submission == submission) {
			member.submission = null;
		}
		return submission.after;
	}

	private void ensureWorker() {
		if (this.worker == null || this.worker.hasEnded()) {
			this.worker = null;
			Worker worker = new Worker();
			this.group.timing.start(GroupThreads.daemon("supervisor-submitter", worker, this.group.classLoader));
			this.worker = worker;
		}
	}

	/**
	 * Look whether the thread that submits is blocked, or there is none where there was
	 * none to be had.
	 */
	private void look() {
		if (this.queue.isEmpty()) {
			return;
		}
		Worker worker = this.worker;
		Submission present = (worker != null) ? worker.present() : null;
		long left = (present != null) ? PATIENCE - (this.group.agenda.now() - present.begunAt) : PATIENCE;
		if (worker != null && present != null && left <= 0) {
			if (this.relieved) {
				// both are blocked: the next look comes with the first that is not
				return;
			}
			if (worker.relieve(present)) {
				this.relieved = true;
				this.worker = null;
			}
			left = PATIENCE;
		}
		this.group.agenda.set(this.look, left);
		ensureWorker();
	}

	/**
	 * The moment to look at what the thread is at.
	 */
	private final class Look extends Deadline {

		@Override
		void due(Rules rules) {
			try {
				look();
			}
			catch (OutOfMemoryError ex) {
				// no thread to be had: with the next look
			}
		}

	}

	/**
	 * What a thread that submits does.
	 */
	private final class Worker implements Runnable {

		private static final Object BETWEEN_TWO = new Object();

		private static final Object RELIEVED = new Object();

		private static final Object ENDED = new Object();

		/**
		 * The submission that the executor was called with, or a mark. Changed by the
		 * thread itself; by the owner of the group, by CAS, when it relieves it.
		 */
		private final AtomicReference<Object> at = new AtomicReference<>(BETWEEN_TWO);

		@Override
		public void run() {
			while (true) {
				Submission submission = Submitter.this.queue.poll();
				if (submission != null) {
					if (!submit(submission)) {
						return;
					}
				}
				else if (end()) {
					return;
				}
			}
		}

		/**
		 * Call the executor.
		 * @return {@code false} if another one goes on in place of this one
		 */
		private boolean submit(Submission submission) {
			submission.begunAt = Submitter.this.group.timing.nanoTime();
			this.at.set(submission);
			submission.perform(Submitter.this.executor);
			submission.describe();
			boolean relieved = !this.at.compareAndSet(submission, BETWEEN_TWO);
			if (relieved) {
				submission.relieved();
			}
			Thread.interrupted();
			Submitter.this.loop.postAtBottom(submission);
			return !relieved;
		}

		/**
		 * End, unless something was added meanwhile and nobody else sees to it.
		 */
		private boolean end() {
			this.at.set(ENDED);
			return Submitter.this.queue.isEmpty() || !this.at.compareAndSet(ENDED, BETWEEN_TWO);
		}

		/**
		 * For the owner of the group, as are the following. One that has ended does not
		 * go on.
		 */
		boolean hasEnded() {
			return this.at.compareAndSet(ENDED, RELIEVED);
		}

		@Nullable Submission present() {
			return (this.at.get() instanceof Submission submission) ? submission : null;
		}

		boolean relieve(Submission submission) {
			return this.at.compareAndSet(submission, RELIEVED);
		}

	}

}
