/**
 * Health of the group and of each service, read from their snapshots.
 */
@NullMarked
package io.supervisor.health;

import org.jspecify.annotations.NullMarked;
