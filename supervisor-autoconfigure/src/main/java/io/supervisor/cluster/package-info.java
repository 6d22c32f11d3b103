/**
 * Services that one replica of the application runs, or that all replicas share: leases
 * and who keeps them (design §8). The core only knows a {@linkplain io.supervisor.RunGate
 * gate} before a run.
 */
@NullMarked
package io.supervisor.cluster;

import org.jspecify.annotations.NullMarked;
