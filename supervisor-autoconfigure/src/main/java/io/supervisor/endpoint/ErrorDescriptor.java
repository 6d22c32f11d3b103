package io.supervisor.endpoint;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Why something was not done.
 *
 * @param error the reason, as a sentence
 */
public record ErrorDescriptor(String error) implements OperationResponseBody {

}
