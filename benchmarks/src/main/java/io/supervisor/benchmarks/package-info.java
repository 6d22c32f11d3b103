/**
 * Measures the group beside what people would otherwise use.
 */
@NullMarked
package io.supervisor.benchmarks;

import org.jspecify.annotations.NullMarked;
