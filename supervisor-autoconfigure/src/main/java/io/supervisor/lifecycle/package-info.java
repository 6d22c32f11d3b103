/**
 * What ties the service group to the life of an application context: start and stop,
 * availability, events, and the end of the process.
 */
@NullMarked
package io.supervisor.lifecycle;

import org.jspecify.annotations.NullMarked;
