package io.supervisor;

import java.util.Objects;

/**
 * A group as a member of another one: a service that announces its readiness when the
 * group is running (rule 3).
 */
record NestedGroup(ServiceGroup group) implements Service {

	NestedGroup {
		Objects.requireNonNull(group, "'group' must not be null");
	}

	@Override
	public void run(ServiceContext context) {
		this.group.loop().run(context, context::ready);
	}

	@Override
	public boolean announcesReadiness() {
		return true;
	}

}
