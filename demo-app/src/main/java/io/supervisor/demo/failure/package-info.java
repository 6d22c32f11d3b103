/**
 * The switch that makes a service of the demo fail, without the service knowing.
 */
@NullMarked
package io.supervisor.demo.failure;

import org.jspecify.annotations.NullMarked;
