/**
 * The same work, done by a group of services and by its peers.
 */
@NullMarked
package io.supervisor.benchmarks.group;

import org.jspecify.annotations.NullMarked;
