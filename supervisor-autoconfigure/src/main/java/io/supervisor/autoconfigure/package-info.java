/**
 * Spring Boot auto-configuration: finds the services of an application and wires their
 * group, its properties and whoever reads it.
 */
@NullMarked
package io.supervisor.autoconfigure;

import org.jspecify.annotations.NullMarked;
