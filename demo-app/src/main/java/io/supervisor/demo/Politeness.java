package io.supervisor.demo;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Keeps a distance in time between two requests to the same host. Not by the time of day:
 * when that is set back an hour, there would be an hour without requests.
 */
class Politeness {

	private static final Duration DEFAULT_DELAY = Duration.ofSeconds(1);

	private final LongSupplier nanoTime;

	private final @Nullable Duration delay;

	private final Map<String, Long> earliest = new HashMap<>();

	Politeness(LongSupplier nanoTime, @Nullable Duration delay) {
		this.nanoTime = nanoTime;
		this.delay = delay;
	}

	/**
	 * Book the next request to a host.
	 * @param url what will be requested
	 * @return how long to wait before the request
	 */
	Duration reserve(URI url) {
		long now = this.nanoTime.getAsLong();
		long wait = Math.max(0, this.earliest.getOrDefault(url.getAuthority(), now) - now);
		this.earliest.put(url.getAuthority(), now + wait + delay(url).toNanos());
		return Duration.ofNanos(wait);
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
