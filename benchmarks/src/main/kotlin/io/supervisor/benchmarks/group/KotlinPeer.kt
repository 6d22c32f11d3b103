package io.supervisor.benchmarks.group

import io.supervisor.benchmarks.Threads
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.future.await
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/**
 * Kotlin's `coroutineScope` with a coroutine for each service, on the default dispatcher.
 * A coroutine blocks no thread: it is suspended.
 */
internal class KotlinPeer : Peer {

	override fun canWaitInQueue() = false

	override fun group(work: Work, threads: Threads): Peer.Group = Scoped(work)

	private class Scoped(private val work: Work) : Peer.Group {

		private val scope = CompletableDeferred<Job>()

		override fun run() {
			try {
				runBlocking(Dispatchers.Default) {
					scope.complete(coroutineContext.job)
					coroutineScope {
						repeat(work.size()) { service -> launch { run(service) } }
					}
				}
			} catch (ex: CancellationException) {
				// stopped
			}
		}

		private suspend fun run(service: Int) {
			work.begin()
			try {
				if (work.isFailing(service)) {
					work.orderToFail().await()
					throw work.failure()
				}
				awaitCancellation()
			} finally {
				work.end(service)
			}
		}

		override fun stop() {
			runBlocking { scope.await() }.cancel()
		}

	}

}
