/**
 * The service group and everything it needs to run: no Spring, no Micrometer, one thread
 * that owns all state.
 */
@NullMarked
package io.supervisor;

import org.jspecify.annotations.NullMarked;
