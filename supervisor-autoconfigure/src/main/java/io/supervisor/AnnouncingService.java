package io.supervisor;

import java.util.Objects;

/**
 * A service that is ready once it says so.
 */
record AnnouncingService(Service service) implements Service {

	AnnouncingService {
		Objects.requireNonNull(service, "'service' must not be null");
	}

	@Override
	public void run(ServiceContext context) throws Exception {
		this.service.run(context);
	}

	@Override
	public boolean announcesReadiness() {
		return true;
	}

}
