package io.supervisor.endpoint;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.util.MimeTypeUtils;

/**
 * {@link EndpointWebExtension @EndpointWebExtension} for the {@link SupervisorEndpoint}:
 * details for those who may see them, status codes, and the page for people.
 */
@EndpointWebExtension(endpoint = SupervisorEndpoint.class)
@ImportRuntimeHints(ConsolePage.Hints.class)
@RegisterReflectionForBinding({ GroupDescriptor.class, ServiceDescriptor.class, ErrorDescriptor.class })
public class SupervisorEndpointWebExtension {

	private final SupervisorEndpoint delegate;

	/**
	 * Create the extension.
	 * @param delegate the endpoint
	 */
	public SupervisorEndpointWebExtension(SupervisorEndpoint delegate) {
		this.delegate = delegate;
	}

	/**
	 * The group.
	 * @param securityContext who asks
	 * @return the group with all its services
	 */
	@ReadOperation
	public WebEndpointResponse<GroupDescriptor> supervisor(SecurityContext securityContext) {
		return new WebEndpointResponse<>(this.delegate.describe(this.delegate.showsDetails(securityContext)));
	}

	/**
	 * The group, as a page for a browser.
	 * @return the page, which asks for the rest itself
	 */
	@ReadOperation(produces = "text/html")
	public WebEndpointResponse<String> page() {
		return new WebEndpointResponse<>(ConsolePage.html(), MimeTypeUtils.TEXT_HTML);
	}

	/**
	 * One service.
	 * @param securityContext who asks
	 * @param stack whether to show where its thread is now, if details are shown
	 * @param path the names of the groups that it is in, then its own
	 * @return the service
	 */
	@ReadOperation
	public WebEndpointResponse<OperationResponseBody> service(SecurityContext securityContext, @Nullable Boolean stack,
			@Selector(match = Match.ALL_REMAINING) Object path) {
		boolean details = this.delegate.showsDetails(securityContext);
		String[] names = ofAddress(path);
		return service(200, (details && Boolean.TRUE.equals(stack)) ? this.delegate.describeWithStack(names)
				: this.delegate.describe(details, names), names);
	}

	/**
	 * A parameter of the query or the body goes before the part of the address that it
	 * has the name of. Whoever has rules for addresses relies on the address: of the
	 * three it alone comes as an array, as long as nothing has to be converted.
	 */
	private static String[] ofAddress(Object path) {
		if (path instanceof String[] segments) {
			return segments;
		}
		String reason = "The service is named by the address, not by a parameter 'path'";
		throw new InvalidEndpointRequestException(reason, reason);
	}

	private WebEndpointResponse<OperationResponseBody> service(int status, @Nullable ServiceDescriptor service,
			String... path) {
		return (service != null) ? new WebEndpointResponse<>(service, status)
				: refusal(Outcome.unknown(String.join("/", path)));
	}

	private static WebEndpointResponse<OperationResponseBody> refusal(Outcome outcome) {
		return new WebEndpointResponse<>(new ErrorDescriptor(outcome.reason()), outcome.kind().status());
	}

	/**
	 * Start, stop or restart the group.
	 * @param securityContext who asks
	 * @param action what to do
	 * @return the group afterwards, or why not
	 */
	@WriteOperation
	public WebEndpointResponse<OperationResponseBody> control(SecurityContext securityContext, Action action) {
		Outcome outcome = this.delegate.perform(action);
		return outcome.isAccepted()
				? new WebEndpointResponse<>(this.delegate.describe(this.delegate.showsDetails(securityContext)),
						outcome.kind().status())
				: refusal(outcome);
	}

	/**
	 * Start, stop or restart a service.
	 * @param securityContext who asks
	 * @param path the names of the groups that it is in, then its own
	 * @param action what to do
	 * @return the service afterwards, or why not
	 */
	@WriteOperation
	public WebEndpointResponse<OperationResponseBody> controlService(SecurityContext securityContext,
			@Selector(match = Match.ALL_REMAINING) Object path, Action action) {
		String[] names = ofAddress(path);
		Outcome outcome = this.delegate.perform(action, names);
		return outcome.isAccepted()
				? service(outcome.kind().status(),
						this.delegate.describe(this.delegate.showsDetails(securityContext), names), names)
				: refusal(outcome);
	}

}
