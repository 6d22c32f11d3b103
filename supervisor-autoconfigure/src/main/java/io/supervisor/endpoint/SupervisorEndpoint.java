package io.supervisor.endpoint;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

import io.supervisor.ServiceGroup;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/**
 * {@link Endpoint @Endpoint} that shows a group, its services and those of the groups
 * inside it, and starts and stops them. Read-only unless its access is raised.
 */
@Endpoint(id = "supervisor", defaultAccess = Access.READ_ONLY)
public class SupervisorEndpoint implements ApplicationListener<ContextClosedEvent> {

	private final ApplicationContext context;

	private final ServiceGroup group;

	private final TransitionHistory history;

	private final GroupControl control;

	private final Show showDetails;

	private final Set<String> roles;

	private final boolean writable;

	/**
	 * Create the endpoint.
	 * @param context the context that the group lives and ends with
	 * @param group the group
	 * @param historySize how many transitions are kept
	 * @param showDetails who may see what services threw, and stacks
	 * @param roles the roles of those who may see it if authorized; all if empty
	 * @param writable whether services can be started and stopped
	 */
	public SupervisorEndpoint(ApplicationContext context, ServiceGroup group, int historySize, Show showDetails,
			Set<String> roles, boolean writable) {
		this.context = context;
		this.group = group;
		this.history = new TransitionHistory(historySize);
		this.control = new GroupControl(group);
		this.showDetails = showDetails;
		this.roles = Set.copyOf(roles);
		this.writable = writable;
		this.history.follow(group);
	}

	/**
	 * The group.
	 * @return the group with all its services
	 */
	@ReadOperation
	public GroupDescriptor supervisor() {
		return describe(this.showDetails == Show.ALWAYS);
	}

	/**
	 * One service.
	 * @param path the names of the groups that it is in, then its own
	 * @return the service, or {@code null} if there is no such service
	 */
	@ReadOperation
	public @Nullable ServiceDescriptor service(@Selector(match = Match.ALL_REMAINING) String... path) {
		return describe(this.showDetails == Show.ALWAYS, path);
	}

	/**
	 * Start, stop or restart the group, or stop it at once.
	 * @param action what to do
	 * @return the group afterwards
	 */
	@WriteOperation
	public GroupDescriptor control(Action action) {
		requireAccepted(perform(action));
		return describe(this.showDetails == Show.ALWAYS);
	}

	/**
	 * Start, stop or restart a service.
	 * @param path the names of the groups that it is in, then its own
	 * @param action what to do
	 * @return the service afterwards
	 */
	@WriteOperation
	public @Nullable ServiceDescriptor controlService(@Selector(match = Match.ALL_REMAINING) String[] path,
			Action action) {
		requireAccepted(perform(action, path));
		return describe(this.showDetails == Show.ALWAYS, path);
	}

	private static void requireAccepted(Outcome outcome) {
		if (!outcome.isAccepted()) {
			throw new InvalidEndpointRequestException(outcome.reason(), outcome.reason());
		}
	}

	boolean showsDetails(SecurityContext securityContext) {
		return this.showDetails.isShown(securityContext, this.roles);
	}

	GroupDescriptor describe(boolean details) {
		return GroupDescriptor.of(this.group, this.history, details, this.writable);
	}

	@Nullable ServiceDescriptor describe(boolean details, String... path) {
		return this.control.find(Arrays.asList(path))
			.map((service) -> ServiceDescriptor.of(prefix(path), service, details))
			.orElse(null);
	}

	/**
	 * The same with where the thread of the service is now.
	 */
	@Nullable ServiceDescriptor describeWithStack(String... path) {
		return this.control.find(Arrays.asList(path))
			.map((service) -> ServiceDescriptor.of(prefix(path), service, true,
					this.control.stack(Arrays.asList(path))))
			.orElse(null);
	}

	private static String prefix(String... path) {
		String groups = String.join("/", Arrays.asList(path).subList(0, Math.max(0, path.length - 1)));
		return groups.isEmpty() ? "" : groups + "/";
	}

	Outcome perform(@Nullable Action action) {
		return this.control.perform(required(action));
	}

	Outcome perform(@Nullable Action action, String... path) {
		return this.control.perform(required(action), path);
	}

	/**
	 * An empty text is a value, and of this type none.
	 */
	private static Action required(@Nullable Action action) {
		if (action == null) {
			String reason = "The action is one of "
					+ Arrays.toString(Action.values()).toLowerCase(Locale.ROOT).replace('_', '-');
			throw new InvalidEndpointRequestException(reason, reason);
		}
		return action;
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.control.close();
		}
	}

}
