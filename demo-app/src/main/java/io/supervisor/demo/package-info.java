/**
 * A search engine in one process, made of three services: {@code crawler},
 * {@code pageRank} and {@code frontEnd}.
 */
@NullMarked
package io.supervisor.demo;

import org.jspecify.annotations.NullMarked;
