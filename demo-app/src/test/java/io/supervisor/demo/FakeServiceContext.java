package io.supervisor.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

import io.supervisor.CancellationCause;
import io.supervisor.Registration;
import io.supervisor.ServiceContext;

/**
 * A context in which time does not pass: waits with a time-out are recorded and over at
 * once. The run is cancelled by the test, or in the first wait that the test chose.
 */
public class FakeServiceContext implements ServiceContext {

	private final CountDownLatch cancelled = new CountDownLatch(1);

	private final CountDownLatch ready = new CountDownLatch(1);

	private final List<Duration> waits = new ArrayList<>();

	private Predicate<Duration> cancelOnWait = (timeout) -> false;

	private long token = 1;

	private int shard;

	private int shardCount = 1;

	/**
	 * Cancel the run in the first wait of a certain length.
	 * @param timeout the length
	 * @return this context
	 */
	public FakeServiceContext cancelOnWait(Duration timeout) {
		this.cancelOnWait = timeout::equals;
		return this;
	}

	/**
	 * Cancel the run in a certain wait.
	 * @param number the number of the wait, from 1
	 * @return this context
	 */
	public FakeServiceContext cancelOnWait(int number) {
		this.cancelOnWait = (timeout) -> this.waits.size() == number;
		return this;
	}

	/**
	 * Be a run with a certain fencing token.
	 * @param token the token
	 * @return this context
	 */
	public FakeServiceContext withToken(long token) {
		this.token = token;
		return this;
	}

	/**
	 * Be a run of a certain shard.
	 * @param shard the number of the shard
	 * @param shardCount how many there are
	 * @return this context
	 */
	public FakeServiceContext asShard(int shard, int shardCount) {
		this.shard = shard;
		this.shardCount = shardCount;
		return this;
	}

	public void cancel() {
		this.cancelled.countDown();
	}

	public boolean isReady() {
		return this.ready.getCount() == 0;
	}

	public void awaitReady() throws InterruptedException {
		this.ready.await();
	}

	public List<Duration> waits() {
		return this.waits;
	}

	@Override
	public String serviceName() {
		return "fake";
	}

	@Override
	public int attempt() {
		return 1;
	}

	@Override
	public boolean isCancelled() {
		return this.cancelled.getCount() == 0;
	}

	@Override
	public Optional<CancellationCause> cancellationCause() {
		return Optional.empty();
	}

	@Override
	public void awaitCancellation() throws InterruptedException {
		this.cancelled.await();
	}

	@Override
	public boolean awaitCancellation(Duration timeout) {
		this.waits.add(timeout);
		if (this.cancelOnWait.test(timeout)) {
			cancel();
		}
		return isCancelled();
	}

	@Override
	public <T> T interruptibly(Callable<T> blocking) throws Exception {
		if (isCancelled()) {
			throw new InterruptedException();
		}
		return blocking.call();
	}

	@Override
	public Registration onCancel(Runnable action) {
		return () -> {
		};
	}

	@Override
	public void ready() {
		this.ready.countDown();
	}

	@Override
	public void heartbeat() {
	}

	@Override
	public void degraded(String reason) {
	}

	@Override
	public void extendStop(Duration duration) {
	}

	@Override
	public void status(String text) {
	}

	@Override
	public <T> T step(String name, Callable<T> work) throws Exception {
		return work.call();
	}

	@Override
	public long fencingToken() {
		return this.token;
	}

	@Override
	public int shard() {
		return this.shard;
	}

	@Override
	public int shardCount() {
		return this.shardCount;
	}

}
