package io.supervisor.lifecycle;

import io.supervisor.GroupSnapshot;
import io.supervisor.GroupState;
import io.supervisor.ServiceGroupListener;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.AvailabilityState;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * While the group has failed, the application is broken and refuses traffic. Spring Boot
 * publishes the opposite at the end of every start-up, and anybody may at any time; this
 * listener is called after all others and contradicts, until the group runs again.
 */
final class GroupAvailability implements ServiceGroupListener, ApplicationListener<AvailabilityChangeEvent<?>> {

	private final ConfigurableApplicationContext context;

	/**
	 * What others have published last: what is to hold once the group runs again. Guarded
	 * by this object, as are the following.
	 */
	private @Nullable LivenessState liveness;

	private @Nullable ReadinessState readiness;

	private boolean broken;

	private boolean refusing;

	GroupAvailability(ConfigurableApplicationContext context) {
		this.context = context;
	}

	@Override
	public void groupStateChanged(GroupState from, GroupSnapshot group) {
		if (group.failed()) {
			if (mark(true, true)) {
				publish(LivenessState.BROKEN);
				publish(ReadinessState.REFUSING_TRAFFIC);
			}
			return;
		}
		switch (group.state()) {
			case STARTING -> release(false, true);
			case RUNNING, COMPLETED -> release(false, false);
			case NEW, STOPPING, STOPPED, FAILED -> {
			}
		}
	}

	private synchronized boolean mark(boolean broken, boolean refusing) {
		boolean changed = this.broken != broken || this.refusing != refusing;
		this.broken = broken;
		this.refusing = refusing;
		return changed;
	}

	/**
	 * The group runs again: it is alive from its start, and takes traffic when it is
	 * running.
	 */
	private void release(boolean broken, boolean refusing) {
		LivenessState liveness;
		ReadinessState readiness;
		synchronized (this) {
			liveness = (this.broken && !broken) ? this.liveness : null;
			readiness = (this.refusing && !refusing) ? this.readiness : null;
			this.broken &= broken;
			this.refusing &= refusing;
		}
		if (liveness != null) {
			publish(liveness);
		}
		if (readiness != null) {
			publish(readiness);
		}
	}

	private void publish(AvailabilityState state) {
		if (this.context.isActive()) {
			AvailabilityChangeEvent.publish(this.context, this, state);
		}
	}

	@Override
	public void onApplicationEvent(AvailabilityChangeEvent<?> event) {
		if (event.getSource() == this) {
			return;
		}
		AvailabilityState answer = null;
		synchronized (this) {
			if (event.getState() instanceof LivenessState state) {
				this.liveness = state;
				answer = (this.broken && state != LivenessState.BROKEN) ? LivenessState.BROKEN : null;
			}
			else if (event.getState() instanceof ReadinessState state) {
				this.readiness = state;
				answer = (this.refusing && state != ReadinessState.REFUSING_TRAFFIC) ? ReadinessState.REFUSING_TRAFFIC
						: null;
			}
		}
		if (answer != null) {
			publish(answer);
		}
	}

}
