/**
 * What the starter adds to the start of an application.
 */
@NullMarked
package io.supervisor.benchmarks.startup;

import org.jspecify.annotations.NullMarked;
