/**
 * A group of services as Micrometer meters.
 */
@NullMarked
package io.supervisor.metrics;

import org.jspecify.annotations.NullMarked;
