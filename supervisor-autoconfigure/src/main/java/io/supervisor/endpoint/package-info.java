/**
 * The actuator endpoint: what the group does, for tools and for people, and commands.
 */
@NullMarked
package io.supervisor.endpoint;

import org.jspecify.annotations.NullMarked;
