package io.supervisor.demo.failure;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

import io.supervisor.CancellationCause;
import io.supervisor.Registration;
import io.supervisor.ServiceContext;

/**
 * A context that throws once its time is over, unless the run was cancelled before.
 */
class FailingContext implements ServiceContext {

	private final ServiceContext context;

	private final Duration after;

	private final long start = System.nanoTime();

	FailingContext(ServiceContext context, Duration after) {
		this.context = context;
		this.after = after;
	}

	@Override
	public String serviceName() {
		return this.context.serviceName();
	}

	@Override
	public int attempt() {
		return this.context.attempt();
	}

	@Override
	public boolean isCancelled() {
		return this.context.isCancelled() || failIfDue();
	}

	@Override
	public Optional<CancellationCause> cancellationCause() {
		return this.context.cancellationCause();
	}

	@Override
	public void awaitCancellation() throws InterruptedException {
		while (!this.context.awaitCancellation(remaining())) {
			failIfDue();
		}
	}

	@Override
	public boolean awaitCancellation(Duration timeout) throws InterruptedException {
		Duration remaining = remaining();
		Duration wait = (timeout.compareTo(remaining) < 0) ? timeout : remaining;
		return this.context.awaitCancellation(wait) || failIfDue();
	}

	@Override
	public <T> T interruptibly(Callable<T> blocking) throws Exception {
		return this.context.interruptibly(blocking);
	}

	@Override
	public Registration onCancel(Runnable action) {
		return this.context.onCancel(action);
	}

	@Override
	public void ready() {
		this.context.ready();
	}

	@Override
	public void heartbeat() {
		this.context.heartbeat();
	}

	@Override
	public void degraded(String reason) {
		this.context.degraded(reason);
	}

	@Override
	public void extendStop(Duration duration) {
		this.context.extendStop(duration);
	}

	@Override
	public void status(String text) {
		this.context.status(text);
	}

	@Override
	public <T> T step(String name, Callable<T> work) throws Exception {
		return this.context.step(name, work);
	}

	@Override
	public long fencingToken() {
		return this.context.fencingToken();
	}

	@Override
	public int shard() {
		return this.context.shard();
	}

	@Override
	public int shardCount() {
		return this.context.shardCount();
	}

	private Duration remaining() {
		Duration remaining = this.after.minusNanos(System.nanoTime() - this.start);
		return remaining.isNegative() ? Duration.ZERO : remaining;
	}

	private boolean failIfDue() {
		if (remaining().isZero()) {
			throw new IllegalStateException("'%s' failed after %s s, as 'demo.fail' asked for".formatted(serviceName(),
					this.after.toSeconds()));
		}
		return false;
	}

}
