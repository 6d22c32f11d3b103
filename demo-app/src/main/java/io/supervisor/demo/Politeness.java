package io.supervisor.demo;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Keeps a distance in time between two requests to the same host.
 */
class Politeness {

	private static final Duration DEFAULT_DELAY = Duration.ofSeconds(1);

	private final InstantSource clock;

	private final @Nullable Duration delay;

	private final Map<String, Instant> earliest = new HashMap<>();

	Politeness(InstantSource clock, @Nullable Duration delay) {
		this.clock = clock;
		this.delay = delay;
	}

	/**
	 * Book the next request to a host.
	 * @param url what will be requested
	 * @return how long to wait before the request
	 */
	Duration reserve(URI url) {
		Instant now = this.clock.instant();
		Instant slot = this.earliest.getOrDefault(url.getAuthority(), now);
		slot = slot.isBefore(now) ? now : slot;
		this.earliest.put(url.getAuthority(), slot.plus(delay(url)));
		return Duration.between(now, slot);
	}

	private Duration delay(URI url) {
		if (this.delay != null) {
			return this.delay;
		}
		return isThisMachine(url.getHost()) ? Duration.ZERO : DEFAULT_DELAY;
	}

	private static boolean isThisMachine(String host) {
		try {
			return InetAddress.getByName(host).isLoopbackAddress();
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

}
